"""The operator hears once that swap targets are missed, then hourly, and once that it is over."""

import logging
from datetime import datetime, timedelta

import pytest

from gateway.core.leasing import pressure
from gateway.core.visits.misses import KEPT
from gateway.core.visits.visit import Visit
from gateway.store import PageView, Tap
from gateway.store.rows import to_ms
from gateway.worker.watch import Watch
from tests.conftest import NOW, make_pool
from tests.stores import FileStore

MINUTE = timedelta(minutes=1)


class Watched:
    """A site, and what the log says of it."""

    def __init__(self, store: FileStore, log: pytest.LogCaptureFixture) -> None:
        self.site = make_pool(store, 1).site
        self.views = store.views
        self.watch = Watch(store)
        self._log = log

    def see(self, found: int = 0, missed: int = 0, at: datetime = NOW) -> None:
        for miss in [True] * missed + [False] * found:
            self.views.count(self.site, "/contact", missed=miss, now=at)

    def said(self, at: datetime) -> list[str]:
        """Return what one look logs, with its level."""
        self._log.clear()
        self.watch.look(at)
        return [f"{entry.levelname} {entry.message}" for entry in self._log.records]


@pytest.fixture
def watched(fresh_store: FileStore, caplog: pytest.LogCaptureFixture) -> Watched:
    caplog.set_level(logging.INFO)
    return Watched(fresh_store, caplog)


def test_while_targets_are_found_nothing_is_said(watched: Watched) -> None:
    watched.see(found=100, missed=5)
    assert [watched.said(NOW + place * MINUTE) for place in range(3)] == [[], [], []]


def test_an_alert_is_told_when_it_begins_and_says_what_to_do(watched: Watched) -> None:
    watched.see(found=60, at=NOW - timedelta(hours=3))
    watched.see(missed=10)
    (line,) = watched.said(NOW)
    assert line == (
        "WARNING site site of web: no swap target (+12125550100) on 10 of 70 page views of the last 24 h (14.3%): "
        "/contact 10 of 70 since 2026-11-22 12:00 UTC. A template change? "
        "`leaseline doctor --site https://shop.example/contact` looks, `leaseline site misses` lists all"
    )


def test_while_it_lasts_an_alert_is_told_once_an_hour(watched: Watched) -> None:
    watched.see(missed=60)
    told = [place for place in range(150) if watched.said(NOW + place * MINUTE)]
    assert told == [0, 60, 120]


def test_when_it_is_over_that_is_told_once_and_a_new_one_at_once(watched: Watched) -> None:
    watched.see(missed=60)
    assert watched.said(NOW)
    watched.see(found=2000, at=NOW + MINUTE)
    assert watched.said(NOW + MINUTE) == [
        "INFO site site of web: its alert is over: no swap target on 60 of 2060 page views of the last 24 h (2.9%)"
    ]
    assert watched.said(NOW + 2 * MINUTE) == []
    watched.see(missed=100, at=NOW + 3 * MINUTE)
    assert len(watched.said(NOW + 3 * MINUTE)) == 1


def test_looking_more_often_than_once_a_minute_changes_nothing(watched: Watched) -> None:
    assert watched.said(NOW) == []
    watched.see(missed=60)
    assert watched.said(NOW + timedelta(seconds=59)) == []
    assert watched.said(NOW + MINUTE) != []


def test_a_clock_that_is_put_back_does_not_silence_the_watch(watched: Watched) -> None:
    assert watched.said(NOW + timedelta(days=1)) == []
    watched.see(missed=60)
    assert watched.said(NOW) != []


def test_views_are_forgotten_after_eight_days_by_the_hour(watched: Watched, fresh_store: FileStore) -> None:
    def kept() -> int:
        return len(fresh_store.engine.read("SELECT hour FROM page_view"))

    watched.see(found=1, at=NOW)
    watched.said(NOW + KEPT)
    assert kept() == 1
    watched.said(NOW + KEPT + 59 * MINUTE)
    assert kept() == 1
    watched.said(NOW + KEPT + 60 * MINUTE)
    assert kept() == 0


def test_pages_of_visits_are_forgotten_after_a_month(watched: Watched, fresh_store: FileStore) -> None:
    pool = make_pool(fresh_store, 2, name="other")
    for days in (0, 20):
        seen = PageView(pool.site, f"/day/{days}")
        fresh_store.leases.grant(f"v{days}", Visit(), [pool], NOW + timedelta(days=days), None, seen)
    watched.watch.look(NOW + timedelta(days=31))
    assert fresh_store.engine.read("SELECT url FROM page") == [{"url": "/day/20"}]


def test_taps_are_forgotten_after_a_month(watched: Watched, fresh_store: FileStore) -> None:
    store = fresh_store
    for days in (0, 20):
        tap = Tap(watched.site, "visitor", "2125550100", None, None)
        store.leases.note_tap(tap, [], NOW + timedelta(days=days))
    watched.watch.look(NOW + timedelta(days=31))
    assert [row["tapped_at"] for row in fresh_store.engine.read("SELECT tapped_at FROM tap")] == [
        to_ms(NOW + timedelta(days=20))
    ]


def test_what_pools_showed_long_ago_is_forgotten(fresh_store: FileStore, watched: Watched) -> None:
    pool = fresh_store.sites.pool_by_name("web")
    assert pool
    page = PageView(pool.site, "https://shop.example/")
    for at in (NOW, NOW + pressure.KEPT):
        fresh_store.leases.grant("a", Visit(), [pool], at, view=page)
    watched.watch.look(NOW + pressure.KEPT + 10 * MINUTE)
    assert len(fresh_store.engine.read("SELECT * FROM shown")) == 1
