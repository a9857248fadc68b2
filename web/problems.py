"""Refusals in the form of RFC 9457: for people JSON that says what to do, for pages a status to act on."""

from flask import Response
from pydantic import BaseModel, ConfigDict

MEDIA_TYPE = "application/problem+json"


class Problem(BaseModel):
    """Why a request was not served; the title says what to do."""

    model_config = ConfigDict(frozen=True)

    type: str = "about:blank"
    title: str
    status: int


def problem(status: int, title: str) -> Response:
    """Return a problem as an answer that no cache keeps."""
    body = Problem(title=title, status=status).model_dump_json()
    return Response(body, status, {"Cache-Control": "no-store"}, content_type=MEDIA_TYPE)
