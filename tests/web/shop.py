"""A site with a pool on a real database, and the app over it: what the tests of the page side have in common."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gateway.config import Config, Database, Web
from gateway.core.leasing.leases import Policy, Pool
from gateway.core.numbers import Kind
from gateway.core.numbers.lifecycle import Step
from gateway.store import NewNumber, Site, new_pool
from tests.asked import asked_leases
from tests.stores import FileStore
from web.app import create_app

ORIGIN = "https://shop.example"
TARGET = "+12125550100"
LEASED = ("+16465550110", "+16465550111")
START = datetime(2026, 11, 2, 9, tzinfo=UTC)
KEY = "k" * 43
FROM_AD = f"{ORIGIN}/beds?utm_source=google&utm_medium=cpc&utm_campaign=winter+sale&gclid=abc"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
Json = dict[str, Any]


@dataclass
class Clock:
    """A clock that a test moves."""

    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def forward(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class Shop:
    """A site, its pool of two numbers, and the doors to all of it."""

    def __init__(
        self,
        folder: Path,
        origins: Sequence[str] = (ORIGIN,),
        policy: Policy | None = None,
        numbers: Sequence[str] = LEASED,
        **web: Any,
    ) -> None:
        self.folder = folder
        self.origin = origins[0]
        self.config = Config(database=Database(path=folder / "l.db"), web=Web(secret_file=folder / "secret.key", **web))
        self.config.web.secret_file.write_text(f"{KEY}\n")
        self.store = FileStore(self.config.database.path)
        self.store.migrate()

        self.site: Site = self.store.sites.add("shop", origins, START)
        self.pool = self.add_pool("sales", TARGET, numbers, policy or Policy())
        self.clock = Clock()
        self.app = self.make_app()
        self.client: FlaskClient = self.app.test_client()

    def make_app(self) -> Flask:
        return create_app(self.config, self.store, self.clock)

    def add_pool(self, name: str, target: str, numbers: Sequence[str], policy: Policy | None = None) -> Pool:
        pool = new_pool(self.site, name, target, "sales", policy or Policy())
        self.store.sites.add_pool(pool, START)
        self.add_numbers(pool, numbers, Kind.POOL)
        return pool

    def add_numbers(self, pool: Pool, numbers: Sequence[str], kind: Kind) -> None:
        self.store.numbers.add([NewNumber(number, kind, pool) for number in numbers], START)

    def pause(self, numbers: Sequence[str]) -> None:
        assert self.store.numbers.take(Step.PAUSE, numbers, self.clock()) == []

    def post(
        self,
        path: str,
        body: object,
        origin: str | None = "",
        network: str = "",
        headers: dict[str, str] | None = None,
    ) -> TestResponse:
        """Post as the site's page does, as a page of another origin, or (None) as something that names none.

        `network` is the address of the visitor, as our own proxy tells it.
        """
        headers = {"User-Agent": BROWSER, **(headers or {})}
        if network:
            headers["X-Forwarded-For"] = network
        if origin is not None:
            headers["Origin"] = origin or self.origin
        json = self.app.json.dumps(body) if not isinstance(body, bytes) else body
        return self.client.post(path, data=json, headers=headers, content_type="text/plain;charset=UTF-8")

    def ask(self, visitor: str = "", found: Sequence[str] = ("2125550100",), **changes: object) -> TestResponse:
        body = {"site": self.site.key, "visitor": visitor, "url": FROM_AD, "referrer": "", "found": list(found)}
        return self.post("/v1/lease", {**body, **changes})

    def lease(self, visitor: str = "", found: Sequence[str] = ("2125550100",)) -> Json:
        response = self.ask(visitor, found)
        assert response.status_code == 200, response.text
        return dict(response.get_json())

    def beat(self, lease: str) -> TestResponse:
        return self.post("/v1/beat", {"site": self.site.key, "lease": lease, "url": FROM_AD})

    def bye(self, lease: str) -> TestResponse:
        return self.post("/v1/bye", {"site": self.site.key, "lease": lease})

    def view(self, path: str, url: str, headers: dict[str, str] | None = None, **body: object) -> Json:
        """Post a page view to /v1/lease or /v1/beat."""
        told = {"site": self.site.key, "url": url, "found": ["2125550100"], "view": True, **body}
        response = self.post(path, told, headers=headers)
        assert response.status_code == 200, response.text
        return dict(response.get_json())

    def rows(self) -> list[Json]:
        return asked_leases(self.store, self.clock())


def numbers_in(answer: Json) -> list[str]:
    return [one["number"] for one in answer["numbers"]]
