"""Calls attributed again: what changes, what is kept, and what stays as it was."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.core.calls.attribution import State, Weights
from gateway.core.calls.call import RoutedCall
from gateway.core.calls.routing import again
from gateway.core.numbers import Kind
from gateway.store import Told
from gateway.store.engines.port import Row
from gateway.store.log.past import BATCH
from tests.asked import asked_call, asked_calls
from tests.conftest import NOW
from tests.core.test_attribution import AT, WEIGHTS, own, whose
from tests.core.test_attribution import lease as a_lease
from tests.store.test_calls import SECOND, Line
from tests.store.test_evidence import CALL, MINUTE, OTHER, tap
from tests.stores import FileStore

NO_TAPS = replace(WEIGHTS, tap=1.0)
LATER = NOW + timedelta(days=40)


class Tapped(Line):
    """A line of one number, and a call `1` to it, contested and decided by a tap of the visitor who had it before."""

    def __init__(self, store: FileStore) -> None:
        super().__init__(store, numbers=1, weights=WEIGHTS)
        self.visit("a", NOW, "first")
        self.number = self.visit("b", NOW + 11 * MINUTE, "second")
        tap(self, "a", self.number, CALL - 4 * SECOND)
        self.ring("1", self.number, CALL)

    def again(self, weights: Weights = NO_TAPS, calls: Sequence[str] = ("1",)) -> list[str]:
        changes = self.store.past_calls(weights).attribute(calls, LATER)
        return [change.call_id for change in changes]

    def row(self, call: str = "1") -> Row:
        found = asked_call(self.store, call)
        assert found
        return found

    def audit(self) -> list[Row]:
        return self.store.engine.read("SELECT * FROM attribution_audit")


@pytest.fixture
def line(fresh_store: FileStore) -> Tapped:
    return Tapped(fresh_store)


def test_a_change_of_weights_changes_the_call_and_keeps_what_it_was(line: Tapped) -> None:
    told = line.store.engine.read("SELECT * FROM call")[0]
    assert line.again() == ["1"]
    assert (line.row()["visitor_id"], line.row()["state"], line.row()["contested"]) == ("b", "active", True)
    kept = line.audit()[0]
    assert [kept[name] for name in ("state", "lease_id", "likelihood", "attribution_reason", "candidates")] == [
        told[name] for name in ("state", "lease_id", "likelihood", "attribution_reason", "candidates")
    ]
    assert (kept["call_id"], line.store.past_calls(NO_TAPS).before("1")[0].attribution.lease_id) == (
        "1",
        told["lease_id"],
    )


def test_the_same_weights_change_nothing_and_neither_does_doing_it_twice(line: Tapped) -> None:
    before = line.store.engine.read("SELECT * FROM call")
    assert (line.again(WEIGHTS), line.audit(), line.store.engine.read("SELECT * FROM call")) == ([], [], before)
    assert (line.again(), line.again(), len(line.audit())) == (["1"], [], 1)
    assert (line.again(WEIGHTS), len(line.audit())) == (["1"], 2)
    assert line.store.engine.read("SELECT * FROM call") == before


def test_a_look_changes_nothing(line: Tapped) -> None:
    before = line.store.engine.read("SELECT * FROM call")
    past = FileStore(line.store.path, read_only=True).past_calls(NO_TAPS)
    assert [change.call_id for change in past.look(["1"])] == ["1"]
    assert (line.store.engine.read("SELECT * FROM call"), line.audit()) == (before, [])


def test_what_happened_since_the_call_says_nothing_of_it(line: Tapped) -> None:
    line.ring("2", line.number, CALL + SECOND, OTHER)
    line.ring("3", line.number, CALL + 2 * SECOND)
    for lease in line.store.engine.read("SELECT id FROM lease"):
        line.store.leases.renew([lease["id"]], CALL + 5 * SECOND)
        line.store.leases.release([lease["id"]], CALL + 6 * SECOND)
    tap(line, "b", line.number, CALL + MINUTE)
    line.visit("c", CALL + timedelta(hours=1), "third")
    line.visit("a", CALL + timedelta(days=9), "fourth")
    assert line.again(WEIGHTS) == []


def test_a_call_that_a_tap_decided_stays_so_when_taps_are_forgotten(line: Tapped) -> None:
    line.store.leases.forget_taps(LATER)
    assert line.again(WEIGHTS) == []
    assert line.again(NO_TAPS) == ["1"]


def test_a_later_call_follows_the_earlier_one_that_it_was_attributed_by(line: Tapped) -> None:
    line.ring("2", line.number, CALL + timedelta(days=20))
    assert (line.row("2")["state"], line.row("2")["visitor_id"]) == ("repeat", "a")
    batches = [*line.store.past_calls(NO_TAPS).since(NOW)]
    assert [line.again(NO_TAPS, batch) for batch in batches] == [["1", "2"]]
    assert (line.row("2")["state"], line.row("2")["visitor_id"]) == ("expired", None)
    assert line.again(NO_TAPS, ["1", "2"]) == []


def test_what_only_the_cdr_tells_of_what_was_told_stays(line: Tapped) -> None:
    line.end("told", line.number, CALL, tag="cooling", lease="toldBefore")
    line.end("nobody", line.number, CALL, tag="expired", lease="")
    assert line.again(NO_TAPS, ["told", "nobody"]) == []
    assert (line.row("told")["lease_id"], line.row("nobody")["lease_id"]) == ("toldBefore", None)


def test_a_call_that_was_never_told_anything_is_attributed_again(line: Tapped) -> None:
    line.end("late", line.number, CALL, tag="failopen")
    assert line.row("late")["visitor_id"] == "a"
    assert line.again(NO_TAPS, ["late"]) == ["late"]
    assert (line.row("late")["attributed_late"], line.row("late")["destination"]) == (True, "")


def test_where_the_call_went_and_what_was_told_stay(line: Tapped) -> None:
    lease = line.row()["lease_id"]
    line.end("1", line.number, CALL, tag="cooling", lease=lease)
    assert line.again() == ["1"]
    line.end("1", line.number, CALL, tag="cooling", lease=lease)
    assert (line.row()["visitor_id"], line.row()["destination"], line.row()["talk_time"]) == ("b", "main", 60.0)
    assert line.store.past_calls(NO_TAPS).told("1") == Told("cooling", lease)


@pytest.mark.parametrize(
    ("state", "kind", "stays"),
    [
        (State.ACTIVE, Kind.POOL, False),
        (State.ACTIVE, Kind.SOURCE, True),
        (State.REPEAT, Kind.SHARED, False),
        (State.SHARED, Kind.SHARED, False),
        (State.SHARED, Kind.POOL, True),
        (State.STATIC, Kind.STATIC, True),
        (State.UNKNOWN, Kind.POOL, True),
    ],
)
def test_a_number_that_is_another_kind_by_now_does_not_say_what_it_was(state: State, kind: Kind, stays: bool) -> None:
    from gateway.core.calls.attribution import Attribution, Facts

    facts = Facts(own(kind), (a_lease("a", 5 * MINUTE, -5 * MINUTE),))
    call = RoutedCall("1", None, "+12125550110", AT, Attribution(state, "Because."), "main")
    assert again(facts, call, WEIGHTS) == (None if stays else whose(facts))


def test_calls_are_gone_through_in_the_order_in_which_they_came(line: Tapped) -> None:
    for place in range(BATCH + 5):
        line.ring(f"call{place % 7}.{place}", line.number, CALL + (place // 2) * SECOND, OTHER)
    past = line.store.past_calls(WEIGHTS)
    batches = [*past.since(CALL)]
    found = [call for batch in batches for call in batch]
    assert ([len(batch) for batch in batches], past.count(CALL)) == ([BATCH, 6], BATCH + 6)
    assert past.named(list(reversed(found))) == batches
    times = {row["id"]: row["start_time"] for row in asked_calls(line.store)}
    assert found == sorted(found, key=lambda call: (times[call], call))
