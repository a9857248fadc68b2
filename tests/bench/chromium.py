"""A real headless Chromium, and the pages that it is shown, on an origin of their own."""

import contextlib
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from tests.bench.clients import CHROME
from tests.browser.conftest import FLAGS
from tests.live.provision import UnavailableError
from tests.live.wsgi import Quiet, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

NO_STORE = {"Cache-Control": "no-store"}


class _Kept(Quiet):
    protocol_version = "HTTP/1.1"  # connections are kept, as by any site's own server


@dataclass
class Pages:
    """The site's own web server: answers by path. What has an ETag is asked for again, and answered with 304."""

    port: int = 0
    answers: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        """Return the origin of the pages."""
        return f"http://127.0.0.1:{self.port}"

    def put(self, path: str, text: str, headers: dict[str, str] = NO_STORE) -> str:
        """Put something up, and return its address."""
        self.answers[path] = (text, headers)
        return f"{self.origin}{path}"

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        text, headers = self.answers.get(environ["PATH_INFO"], ("", NO_STORE))
        kind = "text/javascript" if environ["PATH_INFO"].endswith(".js") else "text/html"
        response = Response(text, headers=headers, content_type=f"{kind}; charset=utf-8")
        if headers is not NO_STORE:
            response.add_etag()
            response.make_conditional(Request(environ))
        return response(environ, start_response)


@contextlib.contextmanager
def serve_pages() -> Iterator[Pages]:
    """Serve pages for the length of the block."""
    pages = Pages()
    with serving(pages, handler=_Kept) as port:
        pages.port = port
        yield pages


@contextlib.contextmanager
def open_browser() -> Iterator["Browser"]:
    """Run Chromium for the length of the block. Raises UnavailableError where there is none."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise UnavailableError("playwright is missing: pip install playwright") from error
    path = shutil.which("chromium")
    if path is None:
        raise UnavailableError("chromium is missing: apt-get install --no-install-recommends chromium fonts-liberation")
    with sync_playwright() as door:
        browser = door.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


def new_visitor(browser: "Browser") -> "BrowserContext":
    """Return a context of its own, under a name that no list of robots has."""
    return browser.new_context(user_agent=CHROME)
