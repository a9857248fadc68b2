"""The demo's website: a shop with Leaseline's script in it, a page of search results, and what stands behind them.

The shop is served at 127.0.0.1 and the search engine at localhost, which is another origin to a browser, so that a
visitor who comes from one to the other brings a real referrer. Calls are placed for the shop's own page only: any
website could send a request to this machine through the browser that runs here.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, abort, jsonify, redirect, request, send_from_directory
from werkzeug.wrappers import Response as AnyResponse

from tests.live.backstage import Backstage
from tests.live.caller import Caller, Declined
from tests.live.stage import Stage
from tests.live.templates import fill
from tests.live.wsgi import serving

PAGES = Path(__file__).with_name("pages")
SEARCH_PATHS = ("/search", "/search.css")
MOST_BYTES = 1024  # of a request's body
AD = "/?utm_source=google&utm_medium=cpc&utm_campaign=spring-sale&utm_term=plumber&gclid=demo-click"
WAYS = {
    "ad": AD,
    "mail": "/?utm_source=newsletter&utm_medium=email&utm_campaign=november-letter",
    "directly": "/",
}


@contextlib.contextmanager
def open_shop(stage: Stage, caller: Caller) -> Iterator[None]:
    """Serve the shop at the stage's origin for the length of the block."""
    with serving(create_app(stage, caller), urlsplit(stage.origin).port or 0):
        yield


def create_app(stage: Stage, caller: Caller) -> Flask:
    """Return the shop's and the search engine's website."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    search = f"localhost:{urlsplit(stage.origin).port}"
    words = {
        "SHOP": stage.origin,
        "WEB": stage.house.web_url,
        "SITE": stage.house.ask("site", "list")[0]["key"],
        "AD": AD.replace("&", "&amp;"),
    }
    _guard(app, stage, search)
    _serve_pages(app, words, {**WAYS, "search": f"http://{search}/search"})
    _serve_backstage(app, Backstage(stage, caller))
    return app


def _guard(app: Flask, stage: Stage, search: str) -> None:
    """Answer the two hosts only, and let the pages load and ask nothing but what they are made of."""
    shop, web = urlsplit(stage.origin).netloc, stage.house.web_url
    own = f"'self' {web}"
    policy = f"default-src 'self'; script-src {own}; connect-src {own}; img-src data:; frame-ancestors 'none'"

    @app.before_request
    def admit() -> AnyResponse | None:
        # Another name for this address is a website that had itself looked up here, to read as if it were the page.
        if request.host not in (shop, search):
            abort(403)
        if request.host == search and request.path not in SEARCH_PATHS:
            return redirect(f"{stage.origin}/")  # somebody typed the host's other name
        return None

    @app.after_request
    def protect(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = policy
        response.headers["Cache-Control"] = "no-store" if request.path.startswith("/demo/") else "no-cache"
        return response


def _serve_pages(app: Flask, words: dict[str, str], ways: dict[str, str]) -> None:
    @app.get("/")
    def shop() -> str:
        return fill(PAGES / "shop.html", words)

    @app.get("/search")
    def search() -> str:
        return fill(PAGES / "search.html", words)

    @app.get("/<stem>.<any(css, js):kind>")
    def part(stem: str, kind: str) -> Response:
        return send_from_directory(PAGES, f"{stem}.{kind}")

    @app.get("/demo/new/<way>")
    def new_visitor(way: str) -> Response:
        """Have the browser forget who it was; who comes directly, from an app or a mail, brings no referrer."""
        if way not in ways:
            abort(404)
        page = fill(PAGES / "arrive.html", {"TO": ways[way].replace("&", "&amp;")})
        return Response(page, headers={"Referrer-Policy": "no-referrer"})


def _serve_backstage(app: Flask, backstage: Backstage) -> None:
    @app.get("/demo/state")
    def state() -> Response:
        return jsonify(backstage.state(request.args.get("number", "")))

    @app.post("/demo/call")
    def call() -> tuple[Response, int]:
        if request.headers.get("Origin") != f"http://{request.host}":
            abort(403)
        asked: Any = request.get_json(silent=True)
        number = asked.get("number") if isinstance(asked, dict) else None
        try:
            backstage.call(number if isinstance(number, str) else "")
        except Declined as reason:
            return jsonify(declined=str(reason)), 409
        return jsonify(declined=""), 202
