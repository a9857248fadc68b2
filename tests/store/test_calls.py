"""A call from its decision, or from its CDR alone, to one complete row."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from gateway.core.calls.attribution import State, Weights
from gateway.core.calls.call import CallEnd, InboundCall
from gateway.core.calls.routing import Hop, Routes, decide, settle
from gateway.core.numbers import Kind
from gateway.core.visits.visit import read_visit
from gateway.store import CdrPosition, NewNumber
from tests.asked import asked_calls
from tests.conftest import NOW, make_pool
from tests.stores import FileStore

ROUTES = Routes({"main": (Hop(("PJSIP/100",), 20),)}, "main", "US", {})
SECOND = timedelta(seconds=1)
CALLER = "+12125550199"


class Line:
    """A pool of three numbers, visitors, and calls to them."""

    def __init__(self, store: FileStore, numbers: int = 3, weights: Weights | None = None) -> None:
        self.store = store
        self.store = store
        self.pool = make_pool(store, numbers)
        self.routes = replace(ROUTES, weights=weights or Weights())

    def visit(self, visitor: str, at: datetime, campaign: str) -> str:
        visit = read_visit(f"https://shop.example/?utm_campaign={campaign}", "")
        granted = self.store.leases.grant(visitor, visit, [self.pool], at)[0]
        assert granted.lease
        self.store.leases.renew([granted.lease.id], at + 10 * SECOND)
        self.store.leases.release([granted.lease.id], at + 20 * SECOND)
        return granted.number

    def ring(self, call_id: str, number: str, at: datetime, caller: str = CALLER) -> State:
        decision = decide(self.store.calls, self.routes, InboundCall(call_id, number, "", caller, at))
        self.store.calls.record(decision.call)
        return decision.call.attribution.state

    def end(
        self, call_id: str, number: str, at: datetime, tag: str = "active", lease: str = "", sequence: int = 1
    ) -> None:
        call = InboundCall(call_id, number, "", CALLER, at)
        cdr = CallEnd(call, sequence, tag, lease, at + 5 * SECOND, at + 65 * SECOND, 60 * SECOND, "ANSWERED")
        self.store.calls.complete([(cdr, settle(self.store.calls, self.routes, cdr))], "file", CdrPosition(1, "x", 100))


@pytest.fixture
def line(fresh_store: FileStore) -> Line:
    return Line(fresh_store)


def test_a_call_two_hours_after_the_page_closed_still_finds_its_campaign(line: Line) -> None:
    number = line.visit("a", NOW, "spring")
    assert line.ring("1", number, NOW + timedelta(hours=2)) is State.COOLING
    call = asked_calls(line.store)[0]
    assert (call["campaign"], call["visitor_id"], call["contested"]) == ("spring", "a", False)


def test_a_call_after_the_cooldown_claims_nobody(line: Line) -> None:
    number = line.visit("a", NOW, "spring")
    assert line.ring("1", number, NOW + timedelta(days=8)) is State.EXPIRED
    assert asked_calls(line.store)[0]["campaign"] is None


def test_a_call_on_a_recycled_number_is_contested_with_both_candidates(line: Line) -> None:
    first, *_ = [line.visit(visitor, NOW, visitor) for visitor in "abc"]
    later = NOW + timedelta(hours=1)
    assert line.visit("d", later, "d") == first
    line.ring("1", first, later + 5 * SECOND)
    call = asked_calls(line.store)[0]
    assert (call["contested"], call["visitor_id"]) == (True, "d")
    assert [candidate["visitor_id"] for candidate in call["candidates"]] == ["d", "a"]


def test_a_second_call_of_a_known_caller_is_repeat_when_the_number_is_free(line: Line) -> None:
    number = line.visit("a", NOW, "spring")
    line.ring("1", number, NOW + 5 * SECOND)
    assert line.ring("2", number, NOW + timedelta(days=20)) is State.REPEAT
    assert [call["first_call"] for call in asked_calls(line.store)] == [False, True]


def test_a_call_that_could_well_be_anothers_makes_nobody_a_known_caller(line: Line) -> None:
    first, *_ = [line.visit(visitor, NOW, visitor) for visitor in "abc"]
    line.visit("d", NOW + timedelta(minutes=10), "d")
    line.ring("1", first, NOW + timedelta(minutes=10))
    assert line.ring("2", first, NOW + timedelta(days=30)) is State.EXPIRED


def test_a_call_the_controller_never_saw_is_made_from_its_cdr_and_marked_late(line: Line) -> None:
    number = line.visit("a", NOW, "spring")
    line.end("1", number, NOW + 5 * SECOND, tag="failopen")
    call = asked_calls(line.store)[0]
    assert (call["state"], call["campaign"], call["attributed_late"]) == ("active", "spring", True)
    assert (call["talk_time"], call["answered"], call["ring_time"]) == (60.0, True, 5.0)


def test_a_decision_written_after_its_cdr_takes_the_place_of_what_was_settled(line: Line) -> None:
    number = line.visit("a", NOW, "spring")
    line.end("1", number, NOW + 5 * SECOND, lease="told")
    assert asked_calls(line.store)[0]["likelihood"] is None
    line.ring("1", number, NOW + 5 * SECOND)
    call = asked_calls(line.store)[0]
    assert (call["likelihood"], call["talk_time"]) == (1.0, 60.0)


@pytest.mark.parametrize("told_first", [True, False])
def test_an_answer_that_came_too_late_for_the_switch_is_not_what_rang(line: Line, told_first: bool) -> None:
    number = line.visit("a", NOW, "spring")
    if told_first:
        line.ring("1", number, NOW + 5 * SECOND)
    line.end("1", number, NOW + 5 * SECOND, tag="timeout")
    if not told_first:
        line.ring("1", number, NOW + 5 * SECOND)
    call = asked_calls(line.store)[0]
    assert (call["destination"], call["attributed_late"], call["campaign"]) == ("", True, "spring")


def test_a_call_that_is_asked_for_twice_stays_whose_it_was_at_first(line: Line) -> None:
    number = line.visit("a", NOW, "spring")
    line.ring("1", number, NOW + 5 * SECOND)
    line.ring("1", "101", NOW + 60 * SECOND)
    call = asked_calls(line.store)[0]
    assert (call["state"], call["campaign"]) == ("active", "spring")


def test_the_same_cdr_twice_is_one_call_with_one_talk_time(line: Line) -> None:
    number = line.visit("a", NOW, "spring")
    line.ring("1", number, NOW)
    for _ in range(2):
        line.end("1", number, NOW)
    assert [call["talk_time"] for call in asked_calls(line.store)] == [60.0]


def test_a_cdr_that_has_a_file_of_its_own_moves_no_position(line: Line) -> None:
    line.end("1", line.visit("a", NOW, "spring"), NOW)
    before = line.store.calls.cdr_position("file")
    line.store.calls.complete([])
    assert (line.store.calls.cdr_position("file"), line.store.calls.cdr_position("")) == (before, CdrPosition())


def test_reading_a_call_again_later_does_not_change_whose_it_was(line: Line) -> None:
    number = line.visit("a", NOW, "spring")
    line.ring("1", number, NOW + 5 * SECOND)
    line.visit("a", NOW + timedelta(hours=5), "summer")
    line.end("1", number, NOW + 5 * SECOND)
    assert asked_calls(line.store)[0]["campaign"] == "spring"


def test_a_billboards_number_names_its_campaign_and_no_visitor(line: Line) -> None:
    static = NewNumber("+12125580000", Kind.STATIC, campaign="billboard", destination="main")
    line.store.numbers.add([static], NOW)
    assert line.ring("1", "+12125580000", NOW) is State.STATIC
    assert (asked_calls(line.store)[0]["campaign"], asked_calls(line.store)[0]["lease_id"]) == (
        "billboard",
        None,
    )


def test_the_last_digits_alone_find_a_number_only_when_there_is_one(line: Line) -> None:
    assert line.ring("1", "5560001", NOW) is State.UNLEASED
    line.store.numbers.add([NewNumber("+13125560001", Kind.POOL, line.pool)], NOW)
    assert line.ring("2", "5560001", NOW) is State.UNKNOWN


def test_a_withheld_caller_is_never_a_known_one(line: Line) -> None:
    number = line.visit("a", NOW, "spring")
    line.ring("1", number, NOW + 5 * SECOND, caller="anonymous")
    assert line.ring("2", number, NOW + timedelta(days=30), caller="anonymous") is State.EXPIRED


def test_a_call_whose_decision_was_not_written_keeps_the_lease_its_destination_was_told(line: Line) -> None:
    number = line.visit("a", NOW, "spring")
    line.end("1", number, NOW + 5 * SECOND, tag="cooling", lease="toldBefore")
    call = asked_calls(line.store)[0]
    assert (call["lease_id"], call["state"], call["likelihood"]) == ("toldBefore", "cooling", None)
    assert call["attributed_late"] is False


def test_a_late_row_names_no_destination_as_the_fallback_rang(line: Line) -> None:
    number = line.visit("a", NOW, "spring")
    line.end("1", number, NOW + 5 * SECOND, tag="timeout")
    assert asked_calls(line.store)[0]["destination"] == ""


def test_a_call_to_a_number_that_nobody_was_shown_goes_where_such_calls_go(line: Line) -> None:
    line.routes = replace(ROUTES, unleased="robots")
    number = line.visit("a", NOW, "spring")
    line.ring("1", number, NOW + 5 * SECOND)
    line.ring("2", "+12125560001", NOW + 6 * SECOND, caller="anonymous")
    line.ring("3", "+12125599999", NOW + 7 * SECOND)
    assert [(call["state"], call["destination"]) for call in asked_calls(line.store)] == [
        ("unknown", "main"),
        ("unleased", "robots"),
        ("active", "main"),
    ]
    line.routes = ROUTES
    line.ring("4", "+12125560001", NOW + 8 * SECOND, caller="anonymous")
    assert asked_calls(line.store)[0]["destination"] == "main"


def test_only_a_call_to_a_number_that_nobody_was_ever_shown_is_refused(line: Line) -> None:
    line.routes = replace(ROUTES, refuse_unleased=True)
    number = line.visit("a", NOW, "spring")
    moments = (NOW + 5 * SECOND, NOW + timedelta(hours=1), NOW + timedelta(days=30))
    calls = [InboundCall("1", number, "", "anonymous", at) for at in moments]
    calls += [InboundCall("1", did, "", "anonymous", NOW) for did in ("+12125560001", "+12125599999")]
    plans = [decide(line.store.calls, line.routes, call).plan for call in calls]
    assert [(plan.state, plan.refuse) for plan in plans] == [
        ("active", False),
        ("cooling", False),
        ("expired", False),
        ("unleased", True),
        ("unknown", False),
    ]
    assert plans[3].hops == ROUTES.destinations["main"]
    assert not decide(line.store.calls, ROUTES, calls[3]).plan.refuse


@pytest.mark.parametrize(("dialled", "refused"), [("+12125560001", True), ("2125560001", True), ("5560001", False)])
def test_a_call_by_its_last_digits_is_not_refused(line: Line, dialled: str, refused: bool) -> None:
    line.routes = replace(ROUTES, refuse_unleased=True)
    plan = decide(line.store.calls, line.routes, InboundCall("1", dialled, "", CALLER, NOW)).plan
    assert (plan.state, plan.number, plan.refuse) == ("unleased", "12125560001", refused)


def test_a_clock_that_was_set_back_turns_no_visitor_away(line: Line) -> None:
    line.routes = replace(ROUTES, refuse_unleased=True)
    number = line.visit("a", NOW, "spring")
    plan = decide(line.store.calls, line.routes, InboundCall("1", number, "", CALLER, NOW - timedelta(hours=1))).plan
    assert (plan.state, plan.refuse) == ("unleased", False)


@pytest.mark.parametrize("order", ["decision, CDR", "CDR, decision", "CDR"])
def test_a_refused_call_is_one_row_that_says_so_and_names_no_destination(line: Line, order: str) -> None:
    line.routes = replace(ROUTES, refuse_unleased=True)
    call = InboundCall("1", "+12125560001", "", CALLER, NOW)
    decided = decide(line.store.calls, line.routes, call).call
    end = CallEnd(call, 1, "unleased", "", None, NOW, timedelta(), "REFUSED")
    for what in order.split(", "):
        if what == "decision":
            line.store.calls.record(decided)
        else:
            line.store.calls.complete([(end, settle(line.store.calls, line.routes, end))])
    [row] = asked_calls(line.store)
    assert (row["state"], row["disposition"], row["answered"]) == ("unleased", "REFUSED", False)
    assert (row["destination"], row["attributed_late"]) == ("", False)
