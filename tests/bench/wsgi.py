"""The product's own Flask app with three routes that only the bench has, and a clock that its requests may set."""

import os
import shlex
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from time import sleep

from flask import Blueprint, Flask, Response, current_app, has_request_context, jsonify, request

import web.app
from gateway.asterisk import agi
from gateway.config import load
from gateway.core.calls.call import InboundCall
from gateway.core.calls.routing import decide
from gateway.store import open_sqlite
from web.desk import desk

EXTENSION = "bench"
CLOCK = "X-Bench-Clock"
bp = Blueprint("bench", __name__)


def from_environment() -> Flask:
    """Create the app for a WSGI server, as web.app does."""
    Thread(target=_leave_with, args=(os.getppid(),), daemon=True).start()
    config = load(Path(os.environ["LEASELINE_CONFIG"]))
    app = web.app.create_app(config, open_sqlite(config.database.path), _now)
    app.extensions[EXTENSION] = config.routes()
    app.register_blueprint(bp)
    return app


def _now() -> datetime:
    """Return the time that the request is told to be of, so that hours pass in seconds; else the real one."""
    told = request.headers.get(CLOCK) if has_request_context() else None
    return datetime.fromisoformat(told) if told else datetime.now(UTC)


def _leave_with(parent: int) -> None:
    """End this process when granian's own, which would have stopped it, was killed by force."""
    while os.getppid() == parent:
        sleep(1.0)
    os._exit(1)


@bp.get("/bench/route")
def route() -> Response:
    """Decide a call as the FastAGI controller does, and return the variables that it would set."""
    asked = request.args
    call = InboundCall(asked["id"], asked["dialled"], asked["trunk"], asked["caller"], desk().now())
    plan = decide(desk().store.calls, current_app.extensions[EXTENSION], call).plan
    # The very words that go to Asterisk over FastAGI, without `EXEC MSet` before them.
    return Response(shlex.split(agi.commands(plan)[0])[-1], content_type="text/plain")


@bp.post("/bench/nothing")
def do_nothing() -> str:
    """Do nothing: what remains is the server, Flask and the client."""
    request.get_data()  # granian closes a connection whose request was not read to its end
    return "ok"


@bp.get("/bench/store")
def tell_store() -> Response:
    """Tell how the connection that serves requests writes: journal mode and synchronous level."""
    return jsonify(writes=desk().store.check_writable())
