"""A page as `leaseline doctor --site` sees it, and what may stand between it and us."""

from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.test import run_wsgi_app
from werkzeug.wrappers import Response

from gateway.cli.doctor.page.site import examine
from tests.browser.stage import Stage
from web.script import tag as tags
from web.script.tag import Wish

PHONE = '<p>Call <a href="tel:+12125550100">(212) 555-0100</a></p>'
Change = Callable[[Response], None]


class Proxy:
    """What may stand between us and the visitor: it changes answers under a path."""

    def __init__(self, stage: Stage, path: str, change: Change) -> None:
        self._app, self._path, self._change = stage.shop.app, path, change
        stage.api.app = self

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        body, status, headers = run_wsgi_app(self._app, environ)
        response = Response(body, status, headers)
        if environ["PATH_INFO"].startswith(self._path):
            self._change(response)
        return response(environ, start_response)


def findings(stage: Stage, path: str = "/") -> dict[str, tuple[str, str]]:
    """Return what is said of a page, by check; of several findings the last."""
    found = examine(stage.shop.config, stage.site_url + path)
    return {one.check: (one.result, one.detail) for one in found}


def put_up(stage: Stage, body: str = PHONE, head: str = "", tag: str | None = None) -> None:
    html = f"<!doctype html><html><head>{tag_of(stage) if tag is None else tag}{head}</head><body>{body}</body></html>"
    stage.pages.html["/"] = html


def tag_of(stage: Stage, wish: Wish | None = None) -> str:
    web = stage.shop.config.web.model_copy(update={"public_url": stage.api_url})
    return tags.tag(web, stage.shop.site.key, wish or Wish()).html


def header(name: str, value: str | None) -> Change:
    def change(response: Response) -> None:
        response.headers.pop(name, None)
        if value is not None:
            response.headers[name] = value

    return change
