"""The swap script, and whether we are alive."""

import hashlib
from pathlib import Path

from flask import Blueprint, Response, jsonify, request

from web.desk import desk

SCRIPT = Path(__file__).with_name("static") / "swap.js"
HEADERS = {
    # No number is ever in the script, so a stale one is harmless; waiting for a 304 would lose the race to first paint.
    "Cache-Control": "public, max-age=0, stale-while-revalidate=86400",
    "Content-Type": "text/javascript; charset=utf-8",
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}

bp = Blueprint("script", __name__)


@bp.get("/swap.js")
def swap_script() -> Response:
    """Send the swap script, or 304 to a browser that has it."""
    source = SCRIPT.read_bytes()
    response = Response(source, headers=HEADERS)
    response.set_etag(hashlib.sha256(source).hexdigest()[:32])
    response.make_conditional(request)
    return response


@bp.get("/healthz")
def tell_health() -> Response:
    """Tell whether the database can be read; when it cannot, the store's error makes the answer a 503."""
    desk().administration.sites()
    response = jsonify(status="ok")
    response.headers["Cache-Control"] = "no-store"
    return response
