"""The contract of the lease API: bodies read and answers written by their models, and the OpenAPI made of these.

SpecTree reads a body as JSON only where its media type says so, and tells a stranger's input back to him when it does
not fit. Pages send `text/plain`, and hear which field is wrong and nothing else.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from flask import Request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ValidationError
from spectree import Response, SpecTree
from spectree.plugins.base import Context
from spectree.plugins.flask_plugin import FlaskPlugin
from werkzeug.exceptions import BadRequest

from web import problems
from web.problems import Problem

PATH = "openapi.json"
REFUSALS = (400, 403, 404, 413, 429, 500, 503)
Model = TypeVar("Model", bound=BaseModel)


class _TextPlugin(FlaskPlugin):
    """Reads every body as JSON, whatever its media type."""

    def request_validation(self, request: Request, _query: Any, json: type[BaseModel], *_: Any) -> None:
        """Read the body. Raises BadRequest, which says what is wrong with it and repeats nothing of it."""
        request.context = Context(None, read_body(json, request.get_data()), None, None, None)  # type: ignore[attr-defined]


api = SpecTree(
    backend=_TextPlugin,
    title="Leaseline lease API",
    version="v1",
    path=PATH,
    page_templates={},
    mode="strict",
    validation_error_status=400,
    validation_error_model=Problem,
    naming_strategy=lambda model: model.__name__,
    nested_naming_strategy=lambda _, child: child,
)


def endpoint(
    answer: type[BaseModel] | None, *refusals: int
) -> Callable[[Callable[..., Any]], Callable[..., ResponseReturnValue]]:
    """Bind a view to the model of its `json` argument, to its answer (None: 204) and to the refusals it knows."""
    answers: dict[str, Any] = {"HTTP_200": answer} if answer else {"HTTP_204": None}
    answers |= {f"HTTP_{status}": Problem for status in (*REFUSALS, *refusals)}
    return api.validate(resp=Response(**answers))


def read_body(kind: type[Model], data: bytes) -> Model:
    """Return a body. Raises BadRequest, which says what is wrong with it and repeats nothing of it."""
    try:
        return kind.model_validate_json(data)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
        known = _fields(kind)
        where = ".".join(str(part) for part in fault["loc"] if isinstance(part, int) or part in known) or "body"
        raise BadRequest(f"Send a JSON object as /{PATH} describes it: {where}: {fault['msg']}") from error


@cache
def _fields(kind: type[BaseModel]) -> frozenset[str]:
    """Return the names of a body's fields, of its parts too: any other name is the sender's."""
    schema = kind.model_json_schema()
    parts = [schema, *schema.get("$defs", {}).values()]
    return frozenset(name for part in parts for name in part.get("properties", {}))


def document() -> dict[str, Any]:
    """Return the OpenAPI document, with the media types that really travel."""
    found: dict[str, Any] = {**api.spec, "paths": {}}
    for path, operations in api.spec["paths"].items():
        found["paths"][path] = {method: _as_sent(operation) for method, operation in operations.items()}
    return found


def _as_sent(operation: dict[str, Any]) -> dict[str, Any]:
    body = operation["requestBody"]
    schema = body["content"]["application/json"]["schema"]
    as_text = {"schema": {"type": "string", "contentMediaType": "application/json", "contentSchema": schema}}
    content = {"text/plain": as_text, "application/json": {"schema": schema}}
    answers = {
        status: _as_problem(answer) if int(status) >= BadRequest.code else answer
        for status, answer in operation["responses"].items()
    }
    return {**operation, "requestBody": {**body, "content": content}, "responses": answers}


def _as_problem(answer: dict[str, Any]) -> dict[str, Any]:
    return {**answer, "content": {problems.MEDIA_TYPE: answer["content"]["application/json"]}}
