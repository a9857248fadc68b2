"""Real servers on free loopback ports: the app, pages on an origin of their own, and an API that answers rubbish."""

import contextlib
import io
import json
import mimetypes
import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from werkzeug.wrappers import Request, Response

from gateway.core.leasing.leases import Policy
from tests.live.ports import free_tcp_port
from tests.live.wsgi import serving
from tests.web.shop import Shop

PATIENCE = 60  # seconds
Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


@dataclass
class Pages:
    """The site's own web server: HTML (or what the path's ending says) by path, and headers for all of them."""

    html: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        text = self.html.get(path, "")  # also for the icon, whose absence the console would tell
        mimetype = mimetypes.guess_type(path)[0] or "text/html"
        return Response(text, 200, self.headers, mimetype=mimetype)(environ, start_response)


@dataclass
class Watched:
    """A WSGI app whose requests a test can wait for, read, hold back or answer in its place."""

    app: Wsgi
    requests: "queue.Queue[str]" = field(default_factory=queue.Queue)
    answer: Response | None = None
    """What is answered on /v1/ instead."""
    heard: list[tuple[str, Any]] = field(default_factory=list)
    """Path and JSON body of every request, in the order in which they came."""
    open: threading.Event = field(default_factory=threading.Event)
    """While it is not set, requests for `held` wait for their answer."""
    held: str = "/v1/lease"
    script_headers: dict[str, str] = field(default_factory=dict)
    """Headers that a CDN puts in the place of the script's own."""

    def __post_init__(self) -> None:
        self.open.set()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        self.heard.append((path, _body(environ)))
        if path == self.held:
            self.open.wait()
        chosen: Any = self.answer if self.answer is not None and path.startswith("/v1/") else self.app
        response = Response.from_app(chosen, environ)
        if not path.startswith("/v1/"):
            response.headers.update(self.script_headers)
        body = list(response(environ, start_response))
        self.requests.put(path)  # after the answer was made: what it did is in the database by then
        return body

    def bodies(self, path: str) -> list[Any]:
        """Return the bodies of the requests for a path so far."""
        return [body for heard, body in self.heard if heard == path]

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
def open_stage(
    folder: Path, policy: Policy | None = None, hosts: Sequence[str] = ("127.0.0.1",), also: Sequence[str] = ()
) -> Iterator[Stage]:
    """Run a shop with its pages on these hosts; stop both at the end. Other origins of the site may be named too."""
    site_port, api_port = free_tcp_port(), free_tcp_port()
    origins = [f"http://{host}:{site_port}" for host in hosts]
    shop = Shop(folder, [*origins, *also], policy)
    pages, api = Pages(), Watched(shop.app)
    with serving(pages, site_port), serving(api, api_port):
        try:
            yield Stage(shop, api, f"http://127.0.0.1:{api_port}", pages, origins[0])
        finally:
            api.open.set()  # of a test that failed while it held a request back
    shop.store.close()


def answering(status: int, body: str) -> Response:
    """Return an answer, useful or not, readable across origins, so that the script is sure to meet it."""
    return Response(body, status, {"Access-Control-Allow-Origin": "*"}, mimetype="application/json")


def _body(environ: dict[str, Any]) -> Any:
    """Return the JSON body of a request, and leave it to be read again."""
    data = Request(environ).get_data()
    environ["wsgi.input"] = io.BytesIO(data)
    try:
        return json.loads(data)
    except ValueError:
        return None
