"""Answer Prometheus on a listener of its own.

It is the worker that answers: everything is read from the database, so any process could, and no call and no visitor
waits for this one. A scrape that fails, hangs or comes a thousandfold costs the worker nothing but a thread.
"""

import contextlib
import logging
import socket
import socketserver
import threading
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.registry import Collector

from gateway.store import StoreError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)

PATIENCE = 5.0  # seconds for a peer to send its request
MOST_PEERS = 16  # at once; more are turned away, so that this listener never uses up the worker's files


@contextlib.contextmanager
def answering(host: str, port: int, figures: Collector) -> Iterator[int]:
    """Answer scrapes in a thread for the length of the block, on the port that is yielded. Raises OSError."""
    with _Server(host, port, _app(figures)) as server:
        thread = threading.Thread(target=server.serve_forever, name="metrics", daemon=True)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def _app(figures: Collector) -> "WSGIApplication":
    registry = CollectorRegistry()
    registry.register(figures)
    scrape: WSGIApplication = make_wsgi_app(registry)

    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/metrics":
            return _say(start_response, "404 Not Found", b"see /metrics\n")
        try:
            return scrape(environ, start_response)
        except StoreError as error:
            log.warning("a scrape went unanswered: %s", error)
            return _say(start_response, "503 Service Unavailable", b"")

    return app


def _say(start_response: "StartResponse", status: str, body: bytes) -> Iterable[bytes]:
    start_response(status, [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))])
    return [body]


class _Server(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True  # a peer that never ends its request does not hold up our end

    def __init__(self, host: str, port: int, app: "WSGIApplication") -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._room = threading.BoundedSemaphore(MOST_PEERS)
        super().__init__((host, port), _Handler)
        self.set_app(app)

    def server_bind(self) -> None:
        """Listen; unlike the base class without asking the DNS for our own name, which may take long."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])
        self.setup_environ()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread, unless there are too many."""
        if self._room.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer, and make room again."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002  the base class names them
        """Pass over a peer that left or never spoke: no traceback for a port scan."""
        log.debug("a scrape came to nothing")


class _Handler(WSGIRequestHandler):
    timeout = PATIENCE

    def log_message(self, *_: object) -> None:
        """Say nothing: a line per scrape would bury what matters."""
