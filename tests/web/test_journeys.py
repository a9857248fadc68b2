"""What a visitor holds, and which pages they looked at, reaches the call log."""

from datetime import datetime
from typing import Any

import pytest

from gateway.core.calls.call import InboundCall
from gateway.core.calls.routing import Hop, Routes, decide
from tests.asked import asked_call
from tests.web.shop import BROWSER, FROM_AD, ORIGIN, Shop, numbers_in

ROUTES = Routes({"sales": (Hop(("PJSIP/100",), 20),)}, "sales", "US", {})
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"


def call_row(shop: Shop, number: str) -> dict[str, Any]:
    """Return the row of a call to a number, now."""
    store = shop.store
    store.calls.record(decide(store.calls, ROUTES, InboundCall("c", number, "", "+12125550199", shop.clock())).call)
    found = asked_call(shop.store, "c")
    assert found
    return found


def pages(shop: Shop) -> list[str]:
    return [row["url"] for row in shop.store.engine.read("SELECT url FROM page ORDER BY viewed_at, url")]


@pytest.mark.parametrize(
    ("headers", "device"),
    [
        ({"User-Agent": PHONE}, "mobile"),
        ({"Sec-CH-UA-Mobile": "?1"}, "mobile"),
        ({"User-Agent": BROWSER, "Sec-CH-UA-Mobile": "?0"}, "desktop"),
        ({"User-Agent": BROWSER.replace("X11; Linux x86_64", "Linux; Android 10; K")}, "tablet"),
    ],
)
def test_the_device_and_the_journey_of_a_visitor_reach_the_row_of_their_call(
    shop: Shop, headers: dict[str, str], device: str
) -> None:
    first = shop.view("/v1/lease", FROM_AD, headers, referrer="https://www.google.com/")
    shop.clock.forward(10)
    shop.view("/v1/beat", f"{ORIGIN}/beds/oak", headers, lease=first["lease"])
    shop.clock.forward(20)
    shop.view("/v1/lease", f"{ORIGIN}/contact?a=1", headers, visitor=first["visitor"])
    row = call_row(shop, numbers_in(first)[0])
    assert (row["source"], row["medium"], row["channel"], row["campaign"]) == (
        "google", "cpc", "paid search", "winter sale",
    )  # fmt: skip
    assert (row["landing_page_url"], row["device_type"], row["returning"]) == (FROM_AD, device, False)
    assert [page["url"] for page in row["pages"]] == [FROM_AD, f"{ORIGIN}/beds/oak", f"{ORIGIN}/contact?a=1"]
    times = [datetime.fromisoformat(page["at"]) for page in row["pages"]]
    assert [(shop.clock() - time).total_seconds() for time in times] == [30, 20, 0]


def test_a_visitor_who_comes_back_the_next_day_is_returning(shop: Shop) -> None:
    visitor = shop.view("/v1/lease", FROM_AD)["visitor"]
    shop.clock.forward(24 * 3600)
    again = shop.view("/v1/lease", f"{ORIGIN}/contact", visitor=visitor)
    row = call_row(shop, numbers_in(again)[0])
    assert row["returning"] is True
    assert [page["url"] for page in row["pages"]] == [f"{ORIGIN}/contact"]


def test_what_is_no_new_view_is_no_page(shop: Shop) -> None:
    first = shop.view("/v1/lease", FROM_AD)
    shop.beat(first["lease"])
    shop.lease(first["visitor"])
    assert pages(shop) == [FROM_AD]


def test_the_pages_of_a_cookieless_visit_are_kept_without_their_queries(shop: Shop) -> None:
    first = shop.view("/v1/lease", FROM_AD, consent="cookieless")
    shop.view("/v1/beat", f"{ORIGIN}/contact?mail=a@b.example#x", consent="cookieless", lease=first["lease"])
    assert pages(shop) == [f"{ORIGIN}/beds", f"{ORIGIN}/contact"]


@pytest.mark.parametrize(
    ("consent", "headers"), [("source", {}), ("default", {"Sec-GPC": "1"}), ("cookieless", {"Sec-GPC": "1"})]
)
def test_without_consent_no_page_is_kept_also_of_who_had_given_it(
    shop: Shop, consent: str, headers: dict[str, str]
) -> None:
    first = shop.view("/v1/lease", FROM_AD)
    for path in ("/v1/lease", "/v1/beat"):
        told = {"visitor": first["visitor"], "lease": first["lease"], "consent": consent}
        shop.view(path, f"{ORIGIN}/secret", headers, **told)
    assert pages(shop) == [FROM_AD]


@pytest.mark.parametrize("url", ["\x00", "a\x00b", "\u2028", "\ud83d\ude00" * 500, "http://[", "x" * 60_000, ""])
def test_a_hostile_address_is_cut_to_what_can_be_stored(shop: Shop, url: str) -> None:
    first = shop.view("/v1/lease", url)
    shop.view("/v1/beat", url, lease=first["lease"])
    assert len(pages(shop)) == 2
    assert all(page.isprintable() and len(page) <= 2048 for page in pages(shop))
    assert call_row(shop, numbers_in(first)[0])["channel"] == "direct"
