"""The public lease API: what all its requests have in common.

Every answer is for a page that has a number of its own and keeps it when anything here fails. Requests are CORS-simple
(POST, text/plain, no cookie), so that a browser asks no leave first. What is a visitor's can be read by the origins
alone that the site lists; a refusal, which says nothing of anybody, by all: else a page would try again in vain.
"""

from flask import Blueprint, Response, g, jsonify, request
from werkzeug.exceptions import BadRequest, TooManyRequests

from web.contract import PATH, document
from web.desk import desk
from web.lease import leases, taps

bp = Blueprint("api", __name__)
bp.register_blueprint(leases.bp)
bp.register_blueprint(taps.bp)


@bp.get(f"/{PATH}")
def describe() -> Response:
    """Describe this API in OpenAPI 3.1."""
    return jsonify(document())


@bp.before_request
def take_turn() -> None:
    """Wait until few others are at work. Raises TooManyRequests where too many wait already."""
    request.get_data()  # first, as a body that never ends must not hold a turn
    if not desk().turns.take():
        raise TooManyRequests("Too many ask at once: keep the page's own number and ask again later.")
    g.at_work = True


@bp.teardown_request
def end_turn(_: BaseException | None) -> None:
    """Let the next request work."""
    if g.pop("at_work", False):
        desk().turns.end()


@bp.after_request
def for_whom(response: Response) -> Response:
    """Let the right origins read the answer, and no cache keep it: a number shown twice is two visitors' number."""
    response.headers["Cache-Control"] = "no-store"
    response.vary.add("Origin")
    if "origin" in g:
        response.headers["Access-Control-Allow-Origin"] = g.origin
    elif response.status_code >= BadRequest.code:
        response.headers["Access-Control-Allow-Origin"] = "*"
    return response
