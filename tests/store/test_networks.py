"""How many leases one network may hold, counted where leases are granted."""

import multiprocessing
import threading
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.core.leasing.crowd import MOST_RESERVED, Network
from gateway.core.leasing.leases import Choice, Pool
from gateway.core.numbers import Kind
from gateway.core.visits.visit import Visit
from gateway.store import Granted, NewNumber
from gateway.store.leasing.limits import crowd_of
from tests.conftest import NOW, make_pool
from tests.stores import FileStore

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
OFFICE = Network("office", "office before", "street", "street before")


def neighbour(name: str) -> Network:
    """Return a network of its own on the street of the office."""
    return Network(name, f"{name} before", "street", "street before")


def grant(store: FileStore, pool: Pool, visitor: str, network: Network | None, at: timedelta = timedelta()) -> Granted:
    return store.leases.grant(visitor, Visit(), [pool], NOW + at, network)[0]


def crowd(store: FileStore, pool: Pool, visitors: int) -> None:
    for place in range(visitors):
        assert grant(store, pool, f"crowd{place}", None).lease


def test_an_office_holds_ten_numbers_of_a_pool_with_room(fresh_store: FileStore) -> None:
    pool = make_pool(fresh_store, 50)
    choices = [grant(fresh_store, pool, f"v{place}", OFFICE).choice for place in range(12)]
    assert choices == [Choice.IDLE] * 10 + [Choice.STATIC] * 2


def test_a_network_without_a_name_is_not_limited(fresh_store: FileStore) -> None:
    pool = make_pool(fresh_store, 12)
    crowd(fresh_store, pool, 12)


def test_a_street_holds_four_times_as_many_as_an_office(fresh_store: FileStore) -> None:
    pool = make_pool(fresh_store, 200)
    held = [grant(fresh_store, pool, f"v{place}", neighbour(f"n{place // 9}")).lease for place in range(50)]
    assert sum(lease is not None for lease in held) == 40


def test_more_than_half_active_leaves_an_office_three(fresh_store: FileStore) -> None:
    pool = make_pool(fresh_store, 20)
    for place in range(3):
        assert grant(fresh_store, pool, f"v{place}", OFFICE).lease
    crowd(fresh_store, pool, 6)
    assert grant(fresh_store, pool, "late", OFFICE).lease
    assert grant(fresh_store, pool, "later", OFFICE).choice is Choice.STATIC


def test_the_reserve_goes_to_networks_that_hold_nothing(fresh_store: FileStore) -> None:
    pool = make_pool(fresh_store, 10)
    assert grant(fresh_store, pool, "first", OFFICE).lease
    crowd(fresh_store, pool, 4)
    assert grant(fresh_store, pool, "second", OFFICE).choice is Choice.STATIC
    assert grant(fresh_store, pool, "other", neighbour("n")).lease


def test_the_limit_of_one_pool_leaves_another_pool_alone(fresh_store: FileStore) -> None:
    pool, other = make_pool(fresh_store, 2), make_pool(fresh_store, 0, name="other")
    fresh_store.numbers.add([NewNumber("+12125579999", Kind.POOL, other)], NOW)
    both = fresh_store.leases.grant("a", Visit(), [pool, other], NOW, OFFICE)
    assert [one.choice for one in both] == [Choice.IDLE, Choice.IDLE]


def test_a_visitors_own_number_is_never_refused(fresh_store: FileStore) -> None:
    pool = make_pool(fresh_store, 20)
    for place in range(10):
        assert grant(fresh_store, pool, f"v{place}", OFFICE).lease
    assert grant(fresh_store, pool, "v0", OFFICE).choice is Choice.RUNNING
    crowd(fresh_store, pool, 10)
    late = timedelta(seconds=31)
    for place in range(1, 4):
        grant(fresh_store, pool, f"v{place}", OFFICE, late)
    assert grant(fresh_store, pool, "v0", OFFICE, late).choice is Choice.SAME


def test_numbers_come_back_when_leases_end(fresh_store: FileStore) -> None:
    pool = make_pool(fresh_store, 50)
    for place in range(10):
        assert grant(fresh_store, pool, f"v{place}", OFFICE).lease
    assert grant(fresh_store, pool, "early", OFFICE, 29 * SECOND).choice is Choice.STATIC
    assert grant(fresh_store, pool, "late", OFFICE, 30 * SECOND).choice is Choice.IDLE


def test_midnight_opens_no_hole(fresh_store: FileStore) -> None:
    pool = make_pool(fresh_store, 50)
    for place in range(10):
        assert grant(fresh_store, pool, f"v{place}", OFFICE).lease
    tomorrow = Network("office tomorrow", "office", "street tomorrow", "street")
    assert grant(fresh_store, pool, "late", tomorrow).choice is Choice.STATIC
    unknown = Network("office tomorrow", "another", "street tomorrow", "another")
    assert grant(fresh_store, pool, "late", unknown).choice is Choice.IDLE


@pytest.mark.parametrize(("numbers", "active", "pressed", "reserved"), [
    (4, 0, False, False), (4, 1, False, False), (4, 2, False, True), (4, 3, True, True), (4, 4, True, True),
    (5, 2, False, False), (5, 3, True, True), (0, 0, False, True),
])  # fmt: skip
def test_how_crowded_a_pool_is_is_counted_as_far_as_it_matters(
    fresh_store: FileStore, numbers: int, active: int, pressed: bool, reserved: bool
) -> None:
    pool = make_pool(fresh_store, numbers)
    crowd(fresh_store, pool, active)
    found = crowd_of(fresh_store.engine.read, pool, NOW)
    assert (found.pressed, found.reserved) == (pressed, reserved)


def test_a_huge_pool_keeps_a_reserve_of_some_hundred_numbers(fresh_store: FileStore) -> None:
    pool = make_pool(fresh_store, 2 * MOST_RESERVED + 2)
    with fresh_store.engine.writing() as transaction:
        transaction.run(
            "UPDATE number SET busy_until = :soon WHERE e164 < :last", {"soon": 2**60, "last": "+12125560501"}
        )
    assert not crowd_of(fresh_store.engine.read, pool, NOW).reserved
    with fresh_store.engine.writing() as transaction:
        transaction.run(
            "UPDATE number SET busy_until = :soon WHERE e164 = :last", {"soon": 2**60, "last": "+12125560501"}
        )
    assert crowd_of(fresh_store.engine.read, pool, NOW).reserved


def test_a_crowd_shortens_what_no_heartbeat_confirms(fresh_store: FileStore) -> None:
    pool = make_pool(fresh_store, 4)
    leases = [grant(fresh_store, pool, f"v{place}", None).lease for place in range(4)]
    assert [lease.expires_at - NOW for lease in leases if lease] == [30 * SECOND] * 3 + [20 * SECOND]


def test_an_active_lease_is_taken_away_by_no_crowd(fresh_store: FileStore) -> None:
    pool = make_pool(fresh_store, 4)
    held = grant(fresh_store, pool, "held", OFFICE)
    assert held.lease
    assert fresh_store.leases.renew([held.lease.id], NOW + SECOND)
    for place in range(20):
        grant(fresh_store, pool, f"v{place}", neighbour(f"n{place}"), 10 * SECOND)
    assert fresh_store.leases.renew([held.lease.id], NOW + 600 * SECOND)


def test_looking_takes_nothing(fresh_store: FileStore) -> None:
    pool = make_pool(fresh_store, 2)
    store = fresh_store
    seen = [store.leases.look("a", [pool], NOW, OFFICE)[0] for _ in range(5)]
    assert {(one.choice, one.number, one.lease) for one in seen} == {(Choice.IDLE, "", None)}
    assert fresh_store.engine.read("SELECT id FROM lease") == []
    number = grant(fresh_store, pool, "a", OFFICE).number
    assert store.leases.look("a", [pool], NOW, OFFICE)[0].number == number
    assert store.leases.look("b", [pool], NOW, OFFICE)[0].choice is Choice.STATIC
    assert store.leases.look("b", [pool], NOW, neighbour("n"))[0].choice is Choice.IDLE
    assert store.leases.look("a", [pool], NOW + 60 * SECOND, OFFICE)[0].choice is Choice.SAME
    grant(fresh_store, pool, "b", None)
    assert store.leases.look("c", [pool], NOW + 60 * SECOND)[0].choice is Choice.RECYCLED


def test_threads_that_race_never_exceed_the_limit(fresh_store: FileStore) -> None:
    pool = make_pool(fresh_store, 50)
    choices: list[Choice] = []
    start = threading.Barrier(4)

    def ask(thread: int) -> None:
        start.wait()
        choices.extend(grant(fresh_store, pool, f"v{thread}.{place}", OFFICE).choice for place in range(8))

    threads = [threading.Thread(target=ask, args=(thread,)) for thread in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(choices) == {Choice.IDLE: 10, Choice.STATIC: 22}


def _ask(path: Path, pool: Pool, process: int) -> list[str]:
    store = FileStore(path)
    try:
        return [grant(store, pool, f"v{process}.{place}", OFFICE).choice.value for place in range(8)]
    finally:
        store.close()


@pytest.mark.parametrize("processes", [3])
def test_processes_that_race_never_exceed_the_limit(fresh_store: FileStore, processes: int) -> None:
    pool = make_pool(fresh_store, 50)
    with multiprocessing.get_context("spawn").Pool(processes) as workers:
        found = workers.starmap(_ask, [(fresh_store.path, pool, process) for process in range(processes)])
    assert Counter(choice for one in found for choice in one) == {"idle": 10, "static": 8 * processes - 10}
