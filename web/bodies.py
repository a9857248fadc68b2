"""What pages send, read strictly: JSON in a `text/plain` POST, which a browser sends across origins unasked.

Keys that are not known are passed over, as a script from a browser's cache may be newer or older than the server.
"""

from typing import Annotated, TypeVar

from flask import request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from werkzeug.exceptions import BadRequest

MOST_BYTES = 16 * 1024
MOST_FOUND = 50

Text = Annotated[str, StringConstraints(max_length=MOST_BYTES)]
Digits = Annotated[str, StringConstraints(pattern=r"^\+?[0-9]{6,20}$")]


class _Body(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")

    site: Text


class LeaseRequest(_Body):
    """A page asks for numbers; `found` are the phone-like digits that stand on it."""

    visitor: Text = ""
    url: Text = ""
    referrer: Text = ""
    found: Annotated[tuple[Digits, ...], Field(max_length=MOST_FOUND)]


class BeatRequest(_Body):
    """A visible page still shows the numbers of its leases."""

    lease: Text
    url: Text = ""


class ByeRequest(_Body):
    """A page that held leases was left."""

    lease: Text


Body = TypeVar("Body", bound=_Body)


def read_body(kind: type[Body]) -> Body:
    """Return the request's body. Raises BadRequest, which says what is wrong with it and repeats nothing of it."""
    try:
        return kind.model_validate_json(request.get_data())
    except ValidationError as error:
        fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(map(str, fault["loc"])) or "body"
        raise BadRequest(f"Send a JSON object as the lease API describes it: {where}: {fault['msg']}") from error
