"""What the call log says of the visit that made a call: where from, with what, for the first time or not, its pages."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.log.rows import VISIT_FIELDS
from gateway.core.calls.attribution import State
from gateway.core.calls.call import InboundCall
from gateway.core.calls.routing import Hop, Routes, decide
from gateway.core.leasing.leases import Policy
from gateway.core.numbers import Kind
from gateway.core.visits.visit import Visit, read_visit
from gateway.store import Granted, NewNumber, PageView
from gateway.store.engines import sqlite
from gateway.store.rows import to_ms
from gateway.store.sql.migrations import MIGRATIONS
from gateway.store.views import PAGES_A_SESSION, PORTION, Views
from tests.asked import asked_call, asked_calls
from tests.conftest import NOW, make_pool
from tests.stores import FileStore

ROUTES = Routes({"main": (Hop(("PJSIP/100",), 20),)}, "main", "US", {})
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
SHOP = "https://shop.example"
OLD_VISIT = (
    "INSERT INTO site (id, name, site_key, origins, created_at) VALUES ('site', 'shop', 'key', '[]', :now)",
    """INSERT INTO pool (id, site_id, name, swap_target, destination, lease_ms, provisional_ms, cooldown_ms,
                         closed_browser_ms, hard_cooldown, created_at)
        VALUES ('pool', 'site', 'web', '+12125550100', 'main', 1200000, 30000, 604800000, 30000, 0, :now)""",
    """INSERT INTO number (e164, tail, kind, pool_id, destination, campaign, busy_until, free_at, added_at)
        VALUES ('+12125560000', '00006552121', 'pool', 'pool', '', '', 0, 0, :now)""",
    "INSERT INTO visitor (id, site_id, created_at) VALUES ('v', 'site', :now)",
    """INSERT INTO session (id, visitor_id, started_at, landing_page_url, referring_url, parameters)
        VALUES ('s', 'v', :now, 'https://shop.example/', 'https://www.google.com/', '{}')""",
    """INSERT INTO lease (id, number, pool_id, visitor_id, session_id, choice, started_at, last_seen_at, expires_at)
        VALUES ('l', '+12125560000', 'pool', 'v', 's', 'idle', :now, :now, :now)""",
    """INSERT INTO call (id, tracking_phone_number, destination, start_time, state, contested, lease_id,
                         attribution_reason, candidates, late)
        VALUES ('c', '+12125560000', '', :now, 'active', 0, 'l', '', '[]', 0)""",
    """INSERT INTO call (id, tracking_phone_number, destination, start_time, state, contested, attribution_reason,
                         candidates, late)
        VALUES ('told', '+12125560000', '', :now, 'expired', 0, 'As the destination was told when the call came.',
                '[]', 0)""",
)

AD = f"{SHOP}/boilers?gclid=x&utm_campaign=spring&utm_term=plumber+near+me"


class Shop:
    """A pool of three numbers, its visitors, and their calls."""

    def __init__(self, store: FileStore) -> None:
        self.store, self.views = store, store.views
        self.pool = make_pool(store, 3)

    def look(self, visitor: str, url: str = SHOP, at: datetime = NOW, visit: Visit | None = None) -> Granted:
        """See a page, and be given a number on it."""
        view = PageView(self.pool.site, url)
        return self.store.leases.grant(visitor, visit or read_visit(url, ""), [self.pool], at, None, view)[0]

    def call(self, granted: Granted, at: datetime = NOW) -> dict[str, Any]:
        """Return the row of a call to the number, as `call show` has it."""
        return self.ring(granted.number, at)

    def ring(self, number: str, at: datetime = NOW) -> dict[str, Any]:
        self.store.calls.record(
            decide(self.store.calls, ROUTES, InboundCall(f"{at}", number, "", "+12125550199", at)).call
        )
        found = asked_call(self.store, f"{at}")
        assert found
        return found

    def pages(self) -> list[str]:
        return [row["url"] for row in self.store.engine.read("SELECT url FROM page ORDER BY viewed_at, url")]


@pytest.fixture
def shop(fresh_store: FileStore) -> Shop:
    return Shop(fresh_store)


# The row


def test_a_call_from_an_ad_says_source_campaign_keyword_landing_page_and_device(shop: Shop) -> None:
    visit = read_visit(AD, "https://www.google.com/")
    granted = shop.look(
        "a", AD, visit=Visit(visit.landing_page_url, visit.referring_url, visit.parameters, device_type="mobile")
    )
    row = shop.call(granted)
    assert {name: row[name] for name in (*VISIT_FIELDS, "campaign", "gclid")} == {
        "source": "google",
        "medium": "cpc",
        "channel": "paid search",
        "campaign": "spring",
        "keywords": "plumber near me",
        "landing_page_url": AD,
        "landing_variant": None,
        "tags": {},
        "referring_url": "https://www.google.com/",
        "device_type": "mobile",
        "returning": False,
        "gclid": "x",
    }
    assert asked_calls(shop.store)[0] == {name: row[name] for name in row if name != "pages"}


def test_what_the_page_says_of_the_visit_is_in_the_row_and_its_variant_beside_the_landing_page(shop: Shop) -> None:
    granted = shop.look("a", visit=read_visit(SHOP, "", tags={"variant": "b\x1b[31m", "order": 42}))
    assert granted.lease
    row = shop.call(granted)
    assert (row["landing_variant"], row["tags"]) == ("b[31m", {"variant": "b[31m", "order": "42"})
    shop.store.leases.renew([granted.lease.id], NOW + timedelta(seconds=10), tags={"order": "43"})
    [row] = asked_calls(shop.store)
    assert (row["landing_variant"], row["tags"]) == (None, {"order": "43"})


def test_a_session_of_before_devices_were_kept_says_none_and_is_classified_by_todays_rules(shop: Shop) -> None:
    row = shop.call(shop.look("a", visit=Visit(SHOP, "https://www.bing.com/")))
    assert (row["device_type"], row["source"], row["channel"]) == (None, "bing", "organic search")


def test_a_page_of_any_origin_of_the_site_is_no_source(shop: Shop) -> None:
    with shop.store.engine.writing() as transaction:
        transaction.run(
            "UPDATE site SET origins = :origins", {"origins": '["https://shop.example", "https://x.example"]'}
        )
    row = shop.call(shop.look("a", visit=Visit(SHOP, "https://x.example/booking")))
    assert (row["source"], row["medium"], row["channel"]) == ("(direct)", "(none)", "direct")


def test_a_number_with_a_campaign_of_its_own_says_that_and_of_no_visit_anything(shop: Shop) -> None:
    static = NewNumber("+12125580000", Kind.STATIC, campaign="billboard", destination="main", label="Main St")
    shop.store.numbers.add([static], NOW)
    row = shop.ring("+12125580000")
    assert (row["state"], row["campaign"], row["pages"]) == (State.STATIC.value, "billboard", [])
    assert row["tracking_label"] == "Main St"
    assert [row[name] for name in VISIT_FIELDS] == [None] * len(VISIT_FIELDS)


@pytest.mark.parametrize(
    ("since", "returning"),
    [(timedelta(), False), (30 * MINUTE, False), (30 * MINUTE + timedelta(milliseconds=1), True), (5 * DAY, True)],
)
def test_a_visitor_whose_earlier_session_began_half_an_hour_before_is_returning(
    shop: Shop, since: timedelta, returning: bool
) -> None:
    shop.look("a")
    shop.look("b", at=NOW + since)
    row = shop.call(shop.look("a", at=NOW + since), at=NOW + since)
    assert row["visitor_id"] == "a"
    assert row["returning"] is returning


# The journey


def test_the_pages_of_a_visit_are_kept_with_their_times_in_their_order(shop: Shop) -> None:
    granted = shop.look("a", f"{SHOP}/beds?x=1")
    shop.look("b", f"{SHOP}/other")
    shop.look("a", f"{SHOP}/contact", NOW + timedelta(seconds=20))
    assert granted.lease
    view = PageView(shop.pool.site, f"{SHOP}/contact#form")
    assert shop.store.leases.renew([granted.lease.id], NOW + timedelta(seconds=40), view)
    shop.store.leases.renew([granted.lease.id], NOW + timedelta(seconds=50))
    assert shop.call(granted, NOW + MINUTE)["pages"] == [
        {"url": f"{SHOP}/beds?x=1", "at": "2026-11-22T12:00:00.000+00:00"},
        {"url": f"{SHOP}/contact", "at": "2026-11-22T12:00:20.000+00:00"},
        {"url": f"{SHOP}/contact#form", "at": "2026-11-22T12:00:40.000+00:00"},
    ]


def test_a_page_with_numbers_of_two_pools_is_one_page(shop: Shop) -> None:
    other = make_pool(shop.store, 0, name="other")
    shop.store.numbers.add([NewNumber("+12125579999", Kind.POOL, other)], NOW)
    shop.store.leases.grant("a", Visit(), [shop.pool, other], NOW, None, PageView(shop.pool.site, SHOP))
    assert shop.pages() == [SHOP]


def test_who_has_no_lease_or_is_anonymous_leaves_no_page(shop: Shop) -> None:
    granted = shop.look("a")
    for visitor in "bcd":
        shop.look(visitor, f"{SHOP}/{visitor}")
    assert granted.lease
    shop.store.leases.renew([granted.lease.id], NOW, PageView(shop.pool.site, f"{SHOP}/secret", anonymous=True))
    shop.store.leases.renew([granted.lease.id], NOW + DAY, PageView(shop.pool.site, f"{SHOP}/late"))
    shop.store.leases.grant("a", Visit(), [shop.pool], NOW)
    assert shop.pages() == [SHOP, f"{SHOP}/b", f"{SHOP}/c"]
    counted = shop.store.engine.read("SELECT SUM(views) AS views FROM page_view")[0]["views"]
    assert counted == 6


def test_a_page_that_never_rests_fills_no_disk(shop: Shop) -> None:
    for place in range(PAGES_A_SESSION + 9):
        shop.look("a", f"{SHOP}/{place:03}", NOW + timedelta(seconds=place / 10))
    shop.look("b", f"{SHOP}/of-another")
    assert len(shop.pages()) == PAGES_A_SESSION + 1
    assert f"{SHOP}/000" in shop.pages()


def test_old_pages_are_forgotten_but_those_of_a_visit_that_made_a_call(shop: Shop) -> None:
    caller = shop.look("a", f"{SHOP}/called")
    shop.call(caller)
    shop.look("b", f"{SHOP}/old")
    shop.look("b", f"{SHOP}/later", NOW + timedelta(seconds=20))
    shop.look("c", f"{SHOP}/new", NOW + timedelta(seconds=20))
    for _ in range(2):
        shop.views.forget_pages(NOW + timedelta(seconds=20))
        assert shop.pages() == [f"{SHOP}/called", f"{SHOP}/later", f"{SHOP}/new"]


def test_more_old_pages_than_go_into_one_transaction_are_all_forgotten(shop: Shop) -> None:
    granted = shop.look("a")
    assert granted.lease
    with shop.store.engine.writing() as transaction:
        for place in range(2 * PORTION + 1):
            copied = """
                INSERT INTO session (id, visitor_id, started_at, landing_page_url, referring_url, parameters)
                SELECT :id, visitor_id, started_at, '', '', '{}' FROM session WHERE id = :known"""
            transaction.run(copied, {"id": f"s{place}", "known": granted.lease.session})
            Views.keep_in(transaction, PageView(shop.pool.site, SHOP), [f"s{place}"], NOW)
    shop.views.forget_pages(NOW + MINUTE)
    assert shop.pages() == []


def test_a_session_of_an_older_version_is_in_the_log_after_the_upgrade(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = MIGRATIONS[: [name for name, _ in MIGRATIONS].index("0004_visit")]
    with monkeypatch.context() as before:
        before.setattr(sqlite, "MIGRATIONS", older)
        store = FileStore(tmp_path / "leaseline.db")
        store.migrate()
    with store.engine.writing() as transaction:
        for statement in OLD_VISIT:
            transaction.run(statement, {"now": to_ms(NOW)})
    store.migrate()
    row = asked_call(store, "c")
    assert row
    assert (row["source"], row["medium"], row["device_type"], row["returning"]) == ("google", "organic", None, False)
    pool = store.sites.pool_by_name("web")
    assert pool
    assert pool.policy == Policy()
    told = store.engine.read("SELECT id, as_told FROM call ORDER BY id")
    assert [(row["id"], row["as_told"]) for row in told] == [("c", 0), ("told", 1)]
    store.close()
