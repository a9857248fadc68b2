"""What pools showed is counted once for each page view, and read together with their leases."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from gateway.core.calls.attribution import Kind
from gateway.core.leasing.leases import Choice, Policy
from gateway.core.leasing.pressure import KEPT, Window
from gateway.core.numbers.lifecycle import Step
from gateway.core.visits.visit import Visit
from gateway.store import NewNumber, PageView
from tests.conftest import NOW, make_pool
from tests.stores import FileStore

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


class Shop:
    """A pool of two numbers whose pages are looked at."""

    def __init__(self, store: FileStore) -> None:
        self.store = store
        self.store = store
        self.pool = make_pool(store, 2)
        self.page = PageView(self.pool.site, "https://shop.example/")

    def view(self, visitor: str, at: datetime = NOW) -> Choice:
        return self.store.leases.grant(visitor, Visit(), [self.pool], at, view=self.page)[0].choice

    def windows(self, at: datetime = NOW) -> tuple[Window, Window]:
        hour, day = self.store.pressure.windows(self.pool, at)
        return hour, day


@pytest.fixture
def shop(fresh_store: FileStore) -> Shop:
    return Shop(fresh_store)


def test_every_page_view_is_counted_by_what_it_shows(shop: Shop) -> None:
    shown = [shop.view(visitor) for visitor in "aabcc"]
    number = NewNumber("+12125569999", Kind.SHARED, shop.pool)
    shop.store.numbers.add([number], NOW)
    shown.append(shop.view("d"))
    assert shown == [
        Choice.IDLE, Choice.RUNNING, Choice.IDLE, Choice.STATIC, Choice.STATIC, Choice.SHARED,
    ]  # fmt: skip
    hour, day = shop.windows()
    assert hour.views == {Choice.IDLE: 2, Choice.RUNNING: 1, Choice.STATIC: 2, Choice.SHARED: 1}
    assert (hour.overflow, hour.overflow_share, hour.sessions) == (3, 0.5, 2)
    assert (day.views, day.leases) == (hour.views, {Choice.IDLE: 2})


def test_a_view_that_a_heartbeat_tells_counts_and_a_heartbeat_alone_does_not(shop: Shop) -> None:
    lease = shop.store.leases.grant("a", Visit(), [shop.pool], NOW)[0].lease
    assert lease
    shop.store.leases.renew([lease.id], NOW + SECOND)
    assert shop.windows()[0].views == {}
    shop.store.leases.renew([lease.id], NOW + 2 * SECOND, shop.page)
    assert shop.windows()[0].views == {Choice.RUNNING: 1}


def test_who_may_not_be_told_from_others_is_no_overflow(shop: Shop) -> None:
    shop.view("a")
    shop.store.leases.count_shared(shop.page, shop.store.leases.shared([shop.pool]), NOW)
    hour = shop.windows()[0]
    assert (hour.views, hour.views_without_visitor, hour.overflow_share) == ({Choice.IDLE: 1}, 1, 0.0)


def test_what_is_over_an_hour_ago_is_of_the_day_only(shop: Shop) -> None:
    shop.view("a")
    later = NOW + 70 * MINUTE
    hour, day = shop.windows(later)
    assert (hour.views, hour.sessions) == ({}, 0)
    assert (day.views, day.sessions) == ({Choice.IDLE: 1}, 1)
    assert shop.windows(NOW + 69 * MINUTE)[0].sessions == 1


def test_another_pools_visitors_are_not_counted(shop: Shop) -> None:
    shop.view("a")
    other = make_pool(shop.store, 0, name="other")
    assert [(one.views, one.sessions) for one in shop.store.pressure.windows(other, NOW)] == [({}, 0)] * 2


def test_numbers_given_on_within_a_lease_length_are_told_from_those_that_rested(shop: Shop) -> None:
    for visitor in "ab":
        shop.view(visitor)
    early = NOW + 31 * SECOND + Policy().length  # the provisional leases ended 30 s after NOW
    assert [shop.view("c", NOW + 31 * SECOND), shop.view("d", early)] == [Choice.RECYCLED] * 2
    hour = shop.windows(early)[0]
    assert (hour.leases, hour.early) == ({Choice.IDLE: 2, Choice.RECYCLED: 2}, 1)
    assert hour.lease_time == 90 * SECOND


def test_it_is_the_last_visitor_of_a_number_who_makes_the_next_one_early(fresh_store: FileStore) -> None:
    shop = Shop(fresh_store)
    fresh_store.numbers.take(Step.PAUSE, ["+12125560001"], NOW)
    shop.view("a")
    rested = NOW + 31 * SECOND + Policy().length
    assert [shop.view("b", rested), shop.view("c", rested + MINUTE)] == [Choice.RECYCLED] * 2
    assert shop.windows(rested + MINUTE)[0].early == 1


def test_a_visitor_who_takes_up_their_own_number_again_takes_nobodys(shop: Shop) -> None:
    shop.view("a")
    assert shop.view("a", NOW + MINUTE) is Choice.SAME
    hour = shop.windows(NOW + MINUTE)[0]
    assert (hour.leases, hour.early) == ({Choice.IDLE: 1, Choice.SAME: 1}, 0)


def test_a_free_number_that_hardly_rested_is_early_as_well(fresh_store: FileStore) -> None:
    shop = Shop(fresh_store)
    shop.pool = replace(shop.pool, policy=Policy(cooldown=timedelta()))
    for visitor in "ab":
        shop.view(visitor)
    assert shop.view("c", NOW + MINUTE) is Choice.IDLE
    assert shop.windows(NOW + MINUTE)[0].early == 1


def test_paused_and_retired_numbers_are_counted_apart(shop: Shop) -> None:
    shop.store.numbers.take(Step.PAUSE, ["+12125560000"], NOW)
    shop.store.numbers.take(Step.RETIRE, ["+12125560001"], NOW)
    assert shop.store.pressure.paused(shop.pool) == (1, 1)


def test_what_was_counted_long_ago_is_forgotten(shop: Shop) -> None:
    shop.view("a", NOW - KEPT - 10 * MINUTE)
    shop.view("a", NOW)
    shop.store.leases.forget_shown(NOW - KEPT)
    assert len(shop.store.engine.read("SELECT * FROM shown")) == 1
