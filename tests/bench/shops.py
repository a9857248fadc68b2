"""Sites with pools for the script to show, and the visitor's browser that has seen one of them before."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.core.calls.attribution import Kind
from gateway.core.leasing.leases import Policy
from gateway.store import NewNumber, new_pool
from tests.house import House

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.bench.chromium import Pages

# With a hard cooldown a page may show its number for days: it is never let go of while the bench goes on.
KEEP = Policy(hard=True)
PATIENCE = 10_000  # milliseconds
FORMATS = ("({0}) {1}-{2}", "{0}-{1}-{2}", "{0}.{1}.{2}", "+1 {0} {1} {2}")
RESTORE = "kept => Object.entries(JSON.parse(kept)).forEach(([key, value]) => localStorage.setItem(key, value))"


@dataclass(frozen=True, slots=True)
class Shop:
    """A site as the script's tag knows it, and the numbers printed on its pages."""

    name: str
    key: str
    api: str
    targets: tuple[str, ...]

    @property
    def texts(self) -> list[str]:
        """Return the numbers in all formats that pages write them in."""
        return [written(target, place) for target in self.targets for place in range(len(FORMATS))]

    @property
    def tag(self) -> str:
        """Return the tag that the site's pages carry."""
        return f'<script async src="{self.api}/swap.js" data-site="{self.key}"></script>'


def add_shop(house: House, origin: str, name: str, numbers: dict[str, str]) -> Shop:
    """Return a site whose pools each have one number; `numbers` are the leased ones by swap target."""
    store = house.store
    now = datetime.now(UTC)
    site = store.sites.add(name, [origin], now)
    for target, leased in numbers.items():
        pool = new_pool(site, f"{name}{target[1:]}", target, "main", KEEP)
        store.sites.add_pool(pool, now)
        store.numbers.add([NewNumber(leased, Kind.POOL, pool)], now)
    return Shop(name, site.key, house.web_url, tuple(numbers))


def written(target: str, place: int) -> str:
    """Return a number as pages write it, in one format after the other."""
    national = target[-10:]
    return FORMATS[place % len(FORMATS)].format(national[:3], national[3:6], national[6:])


def show_number(page: "Page", pages: "Pages", shop: Shop) -> str:
    """Open a page that leases all numbers in all formats, and return what the browser keeps of that."""
    calls = "".join(f"<p>Call {text}</p>" for text in shop.texts)
    page.goto(pages.put("/first", f"<!doctype html><head>{shop.tag}</head><body>{calls}</body>"))
    wait_for_swap(page, shop.texts)
    kept: str = page.evaluate("JSON.stringify(localStorage)")
    assert json.loads(kept), "the script keeps nothing in the browser"
    return kept


def wait_for_swap(page: "Page", texts: Sequence[str]) -> None:
    """Return when the page shows none of its own numbers any more."""
    page.wait_for_function(
        "texts => !texts.some(text => document.body.textContent.includes(text))",
        arg=list(texts),
        timeout=PATIENCE,
    )
