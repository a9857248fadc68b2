"""The swap script, and whether we are alive."""

from flask import Blueprint, Response, jsonify, request
from flask.blueprints import BlueprintSetupState
from werkzeug.datastructures import Accept
from werkzeug.exceptions import NotFound

from web.desk import desk
from web.script.bundle import IDENTITY, swap_script

DEFAULT_PATH = "/swap.js"
# No number is ever in the script, so a stale one is harmless; waiting for a 304 would lose the race to first paint.
FRESH = "public, max-age=0, stale-while-revalidate=86400"
PINNED = "public, max-age=31536000, immutable"
HEADERS = {
    "Content-Type": "text/javascript; charset=utf-8",
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}

bp = Blueprint("script", __name__)


@bp.record
def _route(state: BlueprintSetupState) -> None:
    """Serve the script under the configured path, and its pinned version beside it."""
    swap_script()  # now, as the first visitor should not wait for the minifier
    path: str = state.options["script_path"]
    for rule in {path, DEFAULT_PATH}:  # tags that were pasted before the path was changed go on working
        state.add_url_rule(rule, "latest", send_latest)
        state.add_url_rule(f"{rule.removesuffix('.js')}.<string(length=8):version>.js", "pinned", send_pinned)


def send_latest() -> Response:
    """Send the script, or 304 to a browser that has it."""
    return _send(FRESH)


def send_pinned(version: str) -> Response:
    """Send the script to tags that name this version. Raises NotFound for any other: its integrity would not match."""
    if version != swap_script().version:
        raise NotFound(
            "This version of the script is not served here: print the tag again with `leaseline site tag --pinned`."
        )
    return _send(PINNED)


@bp.get("/healthz")
def tell_health() -> Response:
    """Tell whether the database can be read; when it cannot, the store's error makes the answer a 503."""
    desk().store.sites.all()
    response = jsonify(status="ok")
    response.headers["Cache-Control"] = "no-store"
    return response


def _send(cache_control: str) -> Response:
    bundle = swap_script()
    coding = _choose(request.accept_encodings, list(bundle.encoded))
    response = Response(bundle.encoded[coding], headers={**HEADERS, "Cache-Control": cache_control})
    response.vary.add("Accept-Encoding")
    if coding != IDENTITY:
        response.content_encoding = coding
    response.set_etag(bundle.etag(coding))
    response.make_conditional(request)
    return response


def _choose(accepted: Accept, codings: list[str]) -> str:
    """Return the coding that the browser likes best, the shorter where it likes two alike."""
    best = max(codings, key=accepted.quality)
    return best if accepted.quality(best) > 0 else IDENTITY
