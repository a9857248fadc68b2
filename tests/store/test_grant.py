"""Which number a visitor gets, on a real SQLite file."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.core.calls.attribution import Kind
from gateway.core.leasing.crowd import Network
from gateway.core.leasing.leases import Choice, Policy, Pool
from gateway.core.visits.visit import Visit
from gateway.store import Granted, NewNumber
from tests.conftest import NOW, make_pool
from tests.stores import FileStore

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
SOFT, HARD = Policy(), Policy(hard=True)


class Shop:
    """Visitors of one pool, by a clock that only the test moves."""

    def __init__(self, store: FileStore, numbers: int, policy: Policy) -> None:
        self.store = store
        self.pool: Pool = make_pool(store, numbers, policy)
        self.now = NOW

    def visit(self, visitor: str) -> Granted:
        return self.store.leases.grant(visitor, Visit(), [self.pool], self.now)[0]

    def stay(self, visitor: str) -> Granted:
        """Visit, and send the first heartbeat."""
        granted = self.visit(visitor)
        assert granted.lease
        self.now += timedelta(seconds=10)
        assert self.store.leases.renew([granted.lease.id], self.now)
        return granted

    def stay_one_by_one(self) -> list[str]:
        """Let three visitors stay, a minute apart; return their numbers."""
        numbers = []
        for visitor in "abc":
            numbers.append(self.stay(visitor).number)
            self.now += MINUTE
        return numbers


@pytest.fixture
def shop(fresh_store: FileStore, request: pytest.FixtureRequest) -> Shop:
    numbers, policy = getattr(request, "param", (3, SOFT))
    return Shop(fresh_store, numbers, policy)


def test_a_visitor_with_a_running_lease_keeps_number_and_lease(shop: Shop) -> None:
    first = shop.stay("a")
    shop.now += 5 * MINUTE
    again = shop.visit("a")
    assert (again.number, again.choice) == (first.number, Choice.RUNNING)
    assert again.lease
    assert first.lease
    assert again.lease.id == first.lease.id


def test_a_visitor_who_comes_back_finds_the_number_that_still_cools(shop: Shop) -> None:
    first = shop.stay("a")
    shop.now += 2 * 60 * MINUTE
    assert shop.visit("b").number != first.number
    assert (shop.visit("a").number, shop.visit("a").choice) == (first.number, Choice.RUNNING)


def test_the_free_number_that_was_idle_longest_comes_next(shop: Shop) -> None:
    order = shop.stay_one_by_one()
    shop.now += 30 * DAY
    assert [shop.visit(visitor).number for visitor in "def"] == order


def test_a_soft_cooldown_recycles_the_number_that_cooled_longest(shop: Shop) -> None:
    order = shop.stay_one_by_one()
    shop.now += 60 * MINUTE
    recycled = shop.visit("d")
    assert (recycled.choice, recycled.number) == (Choice.RECYCLED, order[0])


@pytest.mark.parametrize("shop", [(3, HARD)], indirect=True)
def test_a_hard_cooldown_shows_the_static_number_instead(shop: Shop) -> None:
    for visitor in "abc":
        shop.stay(visitor)
    shop.now += 60 * MINUTE
    assert (shop.visit("d").choice, shop.visit("d").number) == (Choice.STATIC, "")


def test_an_active_lease_is_never_taken_away(shop: Shop) -> None:
    for visitor in "abc":
        shop.stay(visitor)
    assert shop.visit("d").choice is Choice.STATIC


def test_overflow_shows_the_pools_shared_number(shop: Shop, fresh_store: FileStore) -> None:
    fresh_store.numbers.add([NewNumber("+12125569999", Kind.SHARED, shop.pool)], NOW)
    for visitor in "abc":
        shop.stay(visitor)
    assert (shop.visit("d").choice, shop.visit("d").number) == (Choice.SHARED, "+12125569999")


RECYCLED_LATE = Policy(overflow=(Choice.SOURCE_SHARED, Choice.SHARED, Choice.RECYCLED))


@pytest.mark.parametrize(
    ("shop", "has_shared", "choice"),
    [
        ((1, RECYCLED_LATE), True, Choice.SHARED),
        ((1, RECYCLED_LATE), False, Choice.RECYCLED),
        ((1, SOFT), True, Choice.RECYCLED),
        ((1, replace(RECYCLED_LATE, hard=True)), False, Choice.STATIC),
        ((1, Policy(overflow=(Choice.SOURCE_SHARED,))), True, Choice.STATIC),
    ],
    indirect=["shop"],
)
def test_overflow_is_tried_in_the_order_of_the_pool(
    shop: Shop, fresh_store: FileStore, has_shared: bool, choice: Choice
) -> None:
    if has_shared:
        fresh_store.numbers.add([NewNumber("+12125569999", Kind.SHARED, shop.pool)], NOW)
    shop.stay("a")
    shop.now += 60 * MINUTE
    assert shop.store.leases.look("b", [shop.pool], shop.now)[0].choice is choice
    assert shop.visit("b").choice is choice


@pytest.mark.parametrize("shop", [(4, SOFT)], indirect=True)
def test_who_may_not_take_a_number_that_cools_is_shown_what_comes_next(shop: Shop, fresh_store: FileStore) -> None:
    fresh_store.numbers.add([NewNumber("+12125569999", Kind.SHARED, shop.pool)], NOW)
    for visitor in "abcd":
        shop.visit(visitor)
    shop.now += timedelta(seconds=31)
    office = Network("office", "", "around", "")
    choices = [shop.store.leases.grant(visitor, Visit(), [shop.pool], shop.now, office)[0].choice for visitor in "efg"]
    assert choices == [Choice.RECYCLED, Choice.RECYCLED, Choice.SHARED]
    assert shop.store.leases.look("g", [shop.pool], shop.now, office)[0].choice is Choice.SHARED
    assert shop.visit("h").choice is Choice.RECYCLED


def test_a_lease_without_a_heartbeat_ends_after_half_a_minute(shop: Shop) -> None:
    lease = shop.visit("robot").lease
    assert lease
    shop.now += timedelta(seconds=30)
    assert shop.store.leases.renew([lease.id], shop.now) == []


def test_asking_again_does_not_make_a_provisional_lease_last(shop: Shop) -> None:
    shop.visit("robot")
    shop.now += timedelta(seconds=20)
    lease = shop.visit("robot").lease
    assert lease
    assert lease.expires_at == shop.now + SOFT.provisional


def test_a_longer_cooldown_set_later_does_not_take_an_active_lease_away(shop: Shop) -> None:
    shop.pool = replace(shop.pool, policy=replace(SOFT, cooldown=MINUTE))
    for visitor in "abc":
        shop.visit(visitor)
    shop.pool = replace(shop.pool, policy=SOFT)
    assert shop.visit("d").choice is Choice.STATIC


def test_a_closed_page_ends_the_lease_after_the_delay_and_the_next_page_keeps_it(shop: Shop) -> None:
    lease = shop.stay("a").lease
    assert lease
    shop.now += MINUTE
    shop.store.leases.release([lease.id], shop.now)
    shop.now += timedelta(seconds=29)
    assert shop.visit("a").choice is Choice.RUNNING
    shop.store.leases.release([lease.id], shop.now)
    shop.now += timedelta(seconds=31)
    assert shop.store.leases.renew([lease.id], shop.now) == []


def test_closing_one_tab_leaves_the_other_time_for_its_next_heartbeat(shop: Shop) -> None:
    lease = shop.stay("a").lease
    assert lease
    shop.now += timedelta(seconds=2)
    shop.store.leases.release([lease.id], shop.now)
    shop.now += MINUTE
    assert shop.store.leases.renew([lease.id], shop.now)


def test_one_visit_of_two_pools_is_one_session(shop: Shop, fresh_store: FileStore) -> None:
    other = make_pool(fresh_store, 0, name="other")
    fresh_store.numbers.add([NewNumber("+12125579999", Kind.POOL, other)], NOW)
    both = shop.store.leases.grant("a", Visit(), [shop.pool, other], NOW)
    assert both[0].lease
    assert both[1].lease
    assert both[0].lease.session == both[1].lease.session


def test_after_the_clock_went_back_the_next_heartbeat_sets_the_lease_right(shop: Shop) -> None:
    lease = shop.stay("a").lease
    assert lease
    shop.now -= 30 * DAY
    renewed = shop.store.leases.renew([lease.id], shop.now)
    assert renewed[0].expires_at == shop.now + SOFT.length
