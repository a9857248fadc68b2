"""What a decision reads beside the leases: taps, calls of others, calls of this caller; all of it within bounds."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from gateway.core import numbers
from gateway.core.calls.attribution import MOST_CANDIDATES, Facts, State
from gateway.core.leasing.leases import Policy
from gateway.core.numbers import Kind
from gateway.store import NewNumber, Tap, new_pool
from gateway.store.engines.port import Row
from gateway.store.rows import to_ms
from gateway.store.sql import calls, decisions
from tests.asked import asked_call, asked_calls
from tests.conftest import NOW
from tests.core.test_attribution import WEIGHTS
from tests.store.test_calls import CALLER, ROUTES, SECOND, Line
from tests.stores import FileStore

MINUTE = timedelta(minutes=1)
OTHER = "+12125550177"
CALL = NOW + 12 * MINUTE


@pytest.fixture
def line(fresh_store: FileStore) -> Line:
    return Line(fresh_store, numbers=1, weights=WEIGHTS)


@pytest.fixture
def number(line: Line) -> str:
    """Return a number that `b` holds, and `a` held before."""
    line.visit("a", NOW, "first")
    return line.visit("b", NOW + 11 * MINUTE, "second")


def tap(line: Line, visitor: str, number: str, at: datetime) -> None:
    line.store.leases.note_tap(Tap(line.pool.site, visitor, number.lstrip("+"), number, None), [], at)


def read(line: Line, number: str, caller: str | None = CALLER, at: datetime = CALL, sure: float = 0.0) -> Facts:
    weights = replace(WEIGHTS, repeat_from=sure)
    return line.store.calls.facts(numbers.read_dialled(number, "US"), caller, at, weights)


def candidates(line: Line, call: str = "1") -> dict[str, Row]:
    found = asked_call(line.store, call)
    assert found
    return {candidate["visitor_id"]: candidate for candidate in found["candidates"]}


def test_a_tap_decides_a_contested_call(line: Line, number: str) -> None:
    line.ring("1", number, CALL)
    tap(line, "a", number, CALL - 4 * SECOND)
    assert line.ring("2", number, CALL) is State.COOLING
    found = asked_call(line.store, "2")
    assert found
    assert (found["visitor_id"], found["campaign"], found["contested"]) == ("a", "first", True)
    assert "tapped the number 4 seconds before the call" in found["attribution_reason"]
    assert [one["tap_age"] for one in candidates(line, "2").values()] == [4.0, None]
    assert candidates(line)["b"]["share"] > candidates(line)["a"]["share"]


@pytest.mark.parametrize(
    ("visitor", "tapped", "before"),
    [("", "", 4), ("c", "", 4), ("a", "+12125559999", 4), ("a", "", 61), ("a", "", -6)],
    ids=["nobody's", "a stranger's", "of another number", "long before", "long after"],
)
def test_a_tap_of_somebody_or_something_else_says_nothing(
    line: Line, number: str, visitor: str, tapped: str, before: int
) -> None:
    tap(line, visitor, tapped or number, CALL - before * SECOND)
    assert read(line, number).taps == {}


def test_the_last_of_many_taps_counts(line: Line, number: str) -> None:
    for before in (30, 3, 20):
        tap(line, "b", number, CALL - before * SECOND)
    assert list(read(line, number).taps.values()) == [CALL - 3 * SECOND]


def test_calls_of_others_on_a_lease_are_counted_and_no_others(line: Line, number: str) -> None:
    for place, caller in enumerate((OTHER, OTHER, CALLER, "anonymous")):
        line.ring(f"earlier{place}", number, CALL - (10 - place) * SECOND, caller)
    line.ring("later", number, CALL + SECOND, OTHER)
    leases = {visitor: one["lease_id"] for visitor, one in candidates(line, "later").items()}
    assert read(line, number).used == {leases["b"]: 2}
    assert read(line, number, caller=OTHER).used == {leases["b"]: 1}
    assert read(line, number, caller=None).used == {}
    assert read(line, number, sure=0.99).used == {}  # each could have been the other visitor's


def test_a_caller_known_on_one_site_is_a_stranger_on_another(fresh_store: FileStore) -> None:
    first = Line(fresh_store, numbers=1, weights=WEIGHTS)
    first.ring("1", first.visit("a", NOW, "first"), NOW + 5 * SECOND)
    elsewhere = fresh_store.sites.add("elsewhere", (), NOW)
    pool = new_pool(elsewhere, "elsewhere", "+12125550900", "", Policy())
    fresh_store.sites.add_pool(pool, NOW)
    fresh_store.numbers.add([NewNumber("+12125550901", Kind.POOL, pool)], NOW)
    assert first.ring("2", "+12125550901", NOW + 9 * SECOND) is State.UNLEASED
    assert first.ring("3", first.pool.swap_target, NOW + 9 * SECOND) is State.UNKNOWN


def test_a_caller_is_known_from_a_call_that_was_surely_theirs_though_others_were_possible(line: Line) -> None:
    number = line.visit("a", NOW, "first")
    line.visit("b", NOW + timedelta(hours=6), "second")
    line.ring("1", number, NOW + timedelta(hours=6) + 5 * SECOND)
    found = asked_call(line.store, "1")
    assert found
    assert (found["contested"], found["likelihood"] > WEIGHTS.repeat_from) == (True, True)
    assert line.ring("2", number, NOW + timedelta(days=20)) is State.REPEAT
    line.routes = replace(ROUTES, weights=replace(WEIGHTS, repeat_from=1.0))
    assert line.ring("3", number, NOW + timedelta(days=20)) is State.EXPIRED


def test_a_repeat_caller_keeps_the_first_visitor_when_the_number_has_moved_on(fresh_store: FileStore) -> None:
    line = Line(fresh_store, numbers=2, weights=WEIGHTS)
    first, other = line.visit("a", NOW, "first"), line.visit("x", NOW, "other")
    line.ring("1", first, NOW + 5 * SECOND)
    line.ring("2", other, NOW + 15 * SECOND)
    later = NOW + timedelta(days=8)
    assert {line.visit(visitor, later, "moved") for visitor in "bc"} == {first, other}
    assert line.ring("3", first, later + 5 * SECOND) is State.REPEAT
    assert line.ring("4", first, later + 6 * SECOND) is State.REPEAT
    assert [call["visitor_id"] for call in asked_calls(line.store)] == ["a", "a", "x", "a"]


def test_evidence_is_found_by_index_and_never_by_looking_through_a_table(fresh_store: FileStore) -> None:
    values = dict.fromkeys(("number", "caller", "at", "over", "tap_from", "tap_until", "limit", "sure"), 1)
    for statement in (decisions.LEASES_ON_NUMBER, decisions.EARLIER_LEASES):
        steps = [row["detail"] for row in fresh_store.engine.read(f"EXPLAIN QUERY PLAN {statement}", values)]
        assert [step for step in steps if step.startswith("SCAN") and step not in ("SCAN latest", "SCAN earlier")] == []
    after = fresh_store.engine.read(f"EXPLAIN QUERY PLAN {calls.CALLS_AFTER}", {"start": 0, "id": "", "limit": 1})
    assert after[0]["detail"] == "SEARCH call USING INDEX call_time (start_time>?)"
    leases = fresh_store.engine.read(f"EXPLAIN QUERY PLAN {decisions.LEASES_ON_NUMBER}", values)
    looks = " ".join(row["detail"] for row in leases)
    assert "COVERING INDEX tap_visitor (number=? AND visitor_id=? AND tapped_at>? AND tapped_at<?)" in looks
    assert "CO-ROUTINE newest" in looks  # and not all leases that still cool
    assert "COVERING INDEX call_lease (lease_id=? AND start_time<?)" in looks


def test_a_hot_number_and_a_robot_that_calls_on_and_on_are_read_within_bounds(line: Line, number: str) -> None:
    fill(line.store, number, 3000)
    found = read(line, number, at=NOW + timedelta(days=1))
    assert (len(found.leases), len(found.earlier)) == (MOST_CANDIDATES, MOST_CANDIDATES)
    assert set(found.used.values()) == {MOST_CANDIDATES // 2}  # every other one is the caller's


def fill(store: FileStore, number: str, most: int) -> None:
    """Give a number so many past leases of a day, and the newest of them so many calls of two callers."""
    leases = """
        WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM n WHERE k < :most)
        INSERT INTO lease SELECT 'l' || k, :number, pool_id, 'a', session_id, 'idle', :now + k * 20000,
            :now + k * 20000 + 5, :now + k * 20000 + 9000, :now + k * 20000 + 9000, 0, NULL, NULL
        FROM n, (SELECT * FROM lease LIMIT 1)"""
    calls = """
        WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM n WHERE k < :most)
        INSERT INTO call SELECT 'c' || k, CASE k % 2 WHEN 0 THEN :caller ELSE :other END, :number, '', :now + k, NULL,
            NULL, NULL, NULL, 'active', 0, 'l' || :most, 1.0, '', '[]', 0, 0, 0 FROM n"""
    with store.engine.writing() as transaction:
        values = {"most": most, "number": number, "now": to_ms(NOW + timedelta(hours=1))}
        transaction.run(leases, values)
        transaction.run(calls, {**values, "caller": CALLER, "other": OTHER})
