"""Two visitors never hold one number: every order of events, and four processes at once."""

import contextlib
import multiprocessing
import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from gateway.core.leasing.leases import Choice, Lease, Phase, Policy, Pool, phase
from gateway.core.visits.visit import Visit
from gateway.store import Busy
from tests.conftest import NOW, make_pool
from tests.stores import FileStore

VISITORS = st.sampled_from("abcde")
JUMPS = st.one_of(
    st.integers(0, 60), st.sampled_from([1200, 3600, 7 * 86400, 40 * 86400, -30, -3600, -30 * 86400])
).map(lambda seconds: timedelta(seconds=seconds))


class Leases(RuleBasedStateMachine):
    """Visitors come, stay, leave and come back, while the clock jumps both ways."""

    @initialize(numbers=st.integers(1, 4), hard=st.booleans())
    def open_shop(self, numbers: int, hard: bool) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.store = FileStore(Path(self.folder.name) / "leaseline.db")
        self.store.migrate()

        self.policy = Policy(cooldown=timedelta(days=1), hard=hard)
        self.pool = make_pool(self.store, numbers, self.policy)
        self.now = NOW
        self.held: dict[str, Lease] = {}

    @rule(visitor=VISITORS)
    def lease(self, visitor: str) -> None:
        before = {other: lease for other, lease in self.held.items() if other != visitor and self._runs(lease)}
        granted = self.store.leases.grant(visitor, Visit(), [self.pool], self.now)[0]
        if granted.lease is None:
            assert granted.choice is Choice.STATIC
            return
        assert granted.number not in {lease.number for lease in before.values()}, "an active lease was taken away"
        self.held[visitor] = granted.lease
        if granted.choice is Choice.IDLE:
            assert self._cooling_for_others(granted.lease) == [], "a cooling number was called free"
        assert not (self.policy.hard and self._cooling_for_others(granted.lease)), "a hard cooldown was broken"

    @rule(visitor=VISITORS)
    def renew(self, visitor: str) -> None:
        lease = self.held.get(visitor)
        if lease:
            renewed = self.store.leases.renew([lease.id], self.now)
            assert bool(renewed) == self._runs(lease)
            self.held[visitor] = renewed[0] if renewed else lease

    @rule(visitor=VISITORS)
    def release(self, visitor: str) -> None:
        lease = self.held.get(visitor)
        if lease:
            self.store.leases.release([lease.id], self.now)
            self.held[visitor] = self._stored(lease)

    @rule(jump=JUMPS)
    def time_goes_by(self, jump: timedelta) -> None:
        self.now += jump

    @invariant()
    def no_number_and_no_visitor_has_two_open_leases(self) -> None:
        if hasattr(self, "store"):
            opened = self.store.engine.read("SELECT number, visitor_id FROM lease WHERE ended_at IS NULL")
            assert max(Counter(row["number"] for row in opened).values(), default=0) <= 1
            assert max(Counter(row["visitor_id"] for row in opened).values(), default=0) <= 1

    @invariant()
    def a_number_stands_where_its_open_lease_ends(self) -> None:
        if hasattr(self, "store"):
            wrong = self.store.engine.read(
                "SELECT * FROM lease JOIN number ON number.e164 = lease.number "
                "WHERE ended_at IS NULL AND busy_until <> expires_at"
            )
            assert wrong == []

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            self.folder.cleanup()

    def _runs(self, lease: Lease) -> bool:
        return self._stored(lease).ended_at is None and self._stored(lease).expires_at > self.now

    def _stored(self, lease: Lease) -> Lease:
        from gateway.store import rows
        from gateway.store.sql.leases import LEASE_COLUMNS

        return rows.lease(
            self.store.engine.read(f"SELECT {LEASE_COLUMNS} FROM lease WHERE id = :id", {"id": lease.id})[0]
        )

    def _cooling_for_others(self, lease: Lease) -> list[Lease]:
        others = [self._stored(held) for visitor, held in self.held.items() if visitor != lease.visitor]
        return [
            other
            for other in others
            if other.number == lease.number and phase(other, self.policy.cooldown, self.now) is Phase.COOLING
        ]


TestLeases = Leases.TestCase
TestLeases.settings = settings(max_examples=100, stateful_step_count=40)


def _lease_many(path: Path, process: int, count: int) -> list[tuple[str, str]]:
    """Lease for visitors of this process and for one whom all processes share; return who got what."""
    store = FileStore(path)

    pool = store.sites.pool_by_name("web")
    assert pool
    visitors = [f"{process}.{place}" for place in range(count)] + ["shared"]
    granted = [(visitor, _lease(store, visitor, pool)) for visitor in visitors]
    store.close()
    return granted


def _lease(store: FileStore, visitor: str, pool: Pool) -> str:
    """Return the number that a visitor gets; on a machine that has other work, some wait for more than a second."""
    for _ in range(10):
        with contextlib.suppress(Busy):
            return store.leases.grant(visitor, Visit(), [pool], NOW)[0].number
    raise AssertionError("the database is locked for ever")


def test_four_processes_at_once_give_each_visitor_a_number_of_their_own(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "leaseline.db")
    store.migrate()
    make_pool(store, 450)
    store.close()
    with multiprocessing.get_context("spawn").Pool(4) as workers:
        jobs = [(store.path, process, 100) for process in range(4)]
        results = [pair for pairs in workers.starmap(_lease_many, jobs) for pair in pairs]
        workers.close()
        workers.join()
    holders: dict[str, set[str]] = {}
    for visitor, number in results:
        holders.setdefault(number, set()).add(visitor)
    assert all(len(visitors) == 1 for visitors in holders.values())
    assert len(holders) == 401


def _migrate(path: Path) -> None:
    store = FileStore(path)
    store.migrate()
    store.close()


@pytest.mark.parametrize("times", [1, 2])
def test_many_processes_that_migrate_at_once_all_succeed(tmp_path: Path, times: int) -> None:
    for _ in range(times):
        with multiprocessing.get_context("spawn").Pool(4) as workers:
            workers.map(_migrate, [tmp_path / "leaseline.db"] * 8)
            workers.close()
            workers.join()
    store = FileStore(tmp_path / "leaseline.db")
    assert store.pending == []
    store.close()
