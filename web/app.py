"""The Flask app: the swap script and the lease API. The only place of the page side that reads a clock.

No failure leaves here as a traceback or as HTML: a page's script reads JSON, and keeps the page's own number on
anything but a 200.
"""

import logging
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask, Response, jsonify
from werkzeug.exceptions import HTTPException, InternalServerError

from gateway.config import DEFAULT_PATH, Config, load, read_keys
from gateway.store.admin import Administration
from gateway.store.ledger import SqlLedger
from gateway.store.sqlite import SqliteStore, StoreError
from web import leases, script
from web.bodies import MOST_BYTES
from web.desk import EXTENSION, Desk
from web.tokens import Tokens

log = logging.getLogger(__name__)


def _utc_now() -> datetime:
    return datetime.now(UTC)


def create_app(config: Config, ledger: SqlLedger, now: Callable[[], datetime] = _utc_now) -> Flask:
    """Create the app over a ledger. Raises ConfigError when the signing keys cannot be had."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    tokens = Tokens(read_keys(config.web.secret_file))
    administration = Administration(ledger.store)
    app.extensions[EXTENSION] = Desk(ledger, administration, tokens, now)
    app.register_blueprint(leases.bp)
    app.register_blueprint(script.bp, script_path=config.web.script_path)
    app.register_error_handler(HTTPException, _refuse)
    app.register_error_handler(StoreError, _wait)
    app.register_error_handler(InternalServerError, _fail)
    return app


def from_environment() -> Flask:
    """Create the app for a WSGI server: LEASELINE_CONFIG names the configuration file."""
    config = load(Path(os.environ.get("LEASELINE_CONFIG", DEFAULT_PATH)))
    return create_app(config, SqlLedger(SqliteStore(config.database.path)))


def _refuse(error: HTTPException) -> Response:
    return _problem(error.code or 500, error.description or error.name)


def _wait(error: StoreError) -> Response:
    log.warning("a request went unserved, the page keeps its own number: %s", error)
    return _problem(503, "The database cannot be used just now: keep the page's own number and ask again later.")


def _fail(_: InternalServerError) -> Response:
    return _problem(500, "The server failed: keep the page's own number and ask again later.")


def _problem(status: int, title: str) -> Response:
    """Return a problem in the form of RFC 9457; the title says what to do."""
    response = jsonify(type="about:blank", title=title, status=status)
    response.status_code = status
    response.content_type = "application/problem+json"
    response.headers["Cache-Control"] = "no-store"
    return response
