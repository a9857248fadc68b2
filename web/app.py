"""The Flask app: the swap script and the lease API. The only place of the page side that reads a clock.

No failure leaves here as a traceback or as HTML: a page's script reads JSON, and keeps the page's own number on
anything but a 200.
"""

import logging
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask, Response
from werkzeug.exceptions import HTTPException, InternalServerError

from gateway.config import DEFAULT_PATH, Config, load, read_keys
from gateway.store import Store, StoreError, open_sqlite
from web.desk import EXTENSION, Desk
from web.lease import api
from web.lease.bodies import MOST_BYTES
from web.lease.defence.networks import Networks
from web.lease.defence.places import Places
from web.lease.tokens import Tokens
from web.problems import problem
from web.script import served

log = logging.getLogger(__name__)


def _utc_now() -> datetime:
    return datetime.now(UTC)


def create_app(config: Config, store: Store, now: Callable[[], datetime] = _utc_now) -> Flask:
    """Create the app over a store. Raises ConfigError when the signing keys or the geo database cannot be had."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    app.extensions[EXTENSION] = _desk(config, store, now)
    app.register_blueprint(api.bp)
    app.register_blueprint(served.bp, script_path=config.web.script_path)
    app.register_error_handler(HTTPException, _refuse)
    app.register_error_handler(StoreError, _wait)
    app.register_error_handler(InternalServerError, _fail)
    return app


def _desk(config: Config, store: Store, now: Callable[[], datetime]) -> Desk:
    keys = read_keys(config.web.secret_file)
    return Desk(
        store=store,
        tokens=Tokens(keys),
        now=now,
        networks=Networks(config.web.trusted_proxies, keys[0]),
        places=Places(config.web.geo_database),
        country=config.routing.country,
    )


def from_environment() -> Flask:
    """Create the app for a WSGI server: LEASELINE_CONFIG names the configuration file."""
    config = load(Path(os.environ.get("LEASELINE_CONFIG", DEFAULT_PATH)))
    return create_app(config, open_sqlite(config.database.path))


def _refuse(error: HTTPException) -> Response:
    return problem(error.code or 500, error.description or error.name)


def _wait(error: StoreError) -> Response:
    log.warning("a request went unserved, the page keeps its own number: %s", error)
    return problem(503, "The database cannot be used just now: keep the page's own number and ask again later.")


def _fail(_: InternalServerError) -> Response:
    return problem(500, "The server failed: keep the page's own number and ask again later.")
