"""Serve a WSGI app on loopback for the length of a block."""

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server


class Quiet(WSGIRequestHandler):
    """Says nothing: what a test or the demo says is to be read."""

    def log(self, type: str, message: str, *args: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def serving(app: Any, port: int = 0, handler: type[WSGIRequestHandler] = Quiet) -> Iterator[int]:
    """Serve an app on 127.0.0.1; yield the port, which is a free one where none is named."""
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
