"""Visits as they are exported: when they came and went, and how; nothing that says whose they were."""

from datetime import datetime, timedelta

import pytest

from gateway.core.leasing.leases import Lease, Policy
from gateway.core.numbers.lifecycle import Step
from gateway.core.visits.visit import read_visit
from gateway.store import Left, RecordedVisit, Tap
from gateway.store.leasing import arrivals
from tests.conftest import NOW, make_pool
from tests.stores import FileStore

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


class Shop:
    """A pool of some numbers, whose visitors come and go."""

    def __init__(self, store: FileStore) -> None:
        self.store = store
        self.store = store
        self.pool = make_pool(store, 9)

    def visit(self, visitor: str = "secret-visitor", at: datetime = NOW, beats: int = 1) -> Lease:
        visit = read_visit("https://shop.example/?utm_campaign=secret", "")
        lease = self.store.leases.grant(visitor, visit, [self.pool], at)[0].lease
        assert lease
        for place in range(beats):
            self.store.leases.renew([lease.id], at + 10 * SECOND + place * MINUTE)
        return lease

    def arrivals(self, since: datetime = NOW, now: datetime = NOW + HOUR) -> list[RecordedVisit]:
        return list(self.store.reports.arrivals(since, self.pool, now))

    def left(self, now: datetime = NOW + HOUR) -> list[Left]:
        return [row.left for row in self.arrivals(now=now)]


@pytest.fixture
def shop(fresh_store: FileStore) -> Shop:
    return Shop(fresh_store)


def test_a_visit_is_times_and_how_it_ended_and_nothing_else(shop: Shop) -> None:
    shop.visit(beats=3)
    assert shop.arrivals() == [RecordedVisit("web", NOW, NOW + 2 * MINUTE + 10 * SECOND, Left.SILENT)]


def test_a_page_that_said_goodbye_was_closed(shop: Shop) -> None:
    lease = shop.visit()
    shop.store.leases.release([lease.id], NOW + MINUTE)
    assert shop.left() == ["closed"]


def test_a_visit_that_never_sent_a_heartbeat_is_unseen(shop: Shop) -> None:
    shop.visit(beats=0)
    assert shop.left() == ["unseen"]


def test_a_visit_whose_lease_runs_is_still_there(shop: Shop) -> None:
    shop.visit()
    until = NOW + 10 * SECOND + Policy().length
    assert [shop.left(until - SECOND), shop.left(until)] == [["there"], ["silent"]]


@pytest.mark.parametrize("goodbye", [True, False])
def test_a_visit_that_is_held_for_its_tap_is_told_as_such(shop: Shop, goodbye: bool) -> None:
    lease = shop.visit()
    shop.store.leases.note_tap(Tap(shop.pool.site, "a", "", lease.number, None), [lease.id], NOW + MINUTE)
    if goodbye:
        shop.store.leases.release([lease.id], NOW + 2 * MINUTE)
    assert shop.left() == ["tapped"]


def test_a_visit_that_stayed_long_after_its_tap_is_told_by_its_heartbeats(shop: Shop) -> None:
    lease = shop.visit(beats=30)
    shop.store.leases.note_tap(Tap(shop.pool.site, "a", "", lease.number, None), [lease.id], NOW + 30 * MINUTE)
    for minute in (45, 60):
        assert shop.store.leases.renew([lease.id], NOW + minute * MINUTE)
    assert shop.left(NOW + 2 * HOUR) == ["silent"]


def test_a_visit_whose_number_was_paused_goes_on_with_another(shop: Shop) -> None:
    lease = shop.visit()
    shop.store.numbers.take(Step.PAUSE, [lease.number], NOW + MINUTE)
    shop.visit(at=NOW + 2 * MINUTE)
    assert shop.left() == ["moved", "silent"]


def test_visits_come_in_order_and_each_once_however_many_there_are(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrivals, "PORTION", 2)
    for place in range(5):
        shop.visit(f"visitor{place}", NOW + place // 4 * SECOND)  # four of them at the same moment
    assert [(row.started_at - NOW) // SECOND for row in shop.arrivals()] == [0, 0, 0, 0, 1]
    assert len(shop.arrivals(since=NOW + SECOND)) == 1
