"""Real servers on free loopback ports: the app, pages on an origin of their own, and an API that answers rubbish."""

import contextlib
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Response

from gateway.core.leases import Policy
from tests.live.ports import free_tcp_port
from tests.web.shop import Shop

PATIENCE = 10  # seconds
Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        """Say nothing: the browser's own account of a request is what a test reads."""


@dataclass
class Pages:
    """The site's own web server: HTML by path, and headers for all of them."""

    html: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        text = self.html.get(environ["PATH_INFO"], "")  # also for the icon, whose absence the console would tell
        return Response(text, 200, self.headers, mimetype="text/html")(environ, start_response)


@dataclass
class Watched:
    """A WSGI app whose requests a test can wait for; `answer`, where set, is given in its place on /v1/."""

    app: Wsgi
    requests: "queue.Queue[str]" = field(default_factory=queue.Queue)
    answer: Response | None = None

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        chosen: Any = self.answer if self.answer is not None and path.startswith("/v1/") else self.app
        body = list(chosen(environ, start_response))
        self.requests.put(path)  # after the answer was made: what it did is in the database by then
        return body

    def wait_for(self, path: str, seconds: float = PATIENCE) -> None:
        """Return when a request for the path was answered."""
        while self.requests.get(timeout=seconds) != path:
            pass


@dataclass
class Stage:
    """A shop whose lease API and pages are up, on two origins."""

    shop: Shop
    api: Watched
    api_url: str
    pages: Pages
    site_url: str

    def show(self, path: str, body: str, tag: str = "", head: str = "") -> str:
        """Put a page up; return its address as an ad would link to it."""
        script = f'<script async src="{self.api_url}/swap.js" data-site="{self.shop.site.key}" {tag}></script>'
        self.pages.html[path] = f"<!doctype html><html><head>{script}{head}</head><body>{body}</body></html>"
        return f"{self.site_url}{path}?utm_source=google&utm_campaign=winter+sale"


@contextlib.contextmanager
def open_stage(folder: Path, policy: Policy | None = None) -> Iterator[Stage]:
    """Run a shop with its pages; stop both at the end."""
    site_port, api_port = free_tcp_port(), free_tcp_port()
    site_url = f"http://127.0.0.1:{site_port}"
    shop = Shop(folder, [site_url], policy)
    pages, api = Pages(), Watched(shop.app)
    with _serving(pages, site_port), _serving(api, api_port):
        yield Stage(shop, api, f"http://127.0.0.1:{api_port}", pages, site_url)
    shop.store.close()


def answering(status: int, body: str) -> Response:
    """Return an answer, useful or not, readable across origins, so that the script is sure to meet it."""
    return Response(body, status, {"Access-Control-Allow-Origin": "*"}, mimetype="application/json")


@contextlib.contextmanager
def _serving(app: Any, port: int) -> Iterator[None]:
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
