"""A number's life: paused, resumed, retired, released; it rings until it is let go, and its history stays."""

from datetime import datetime, timedelta

import pytest

from gateway.core import numbers
from gateway.core.calls.attribution import Attribution, State, Weights
from gateway.core.calls.call import CallEnd, InboundCall, RoutedCall
from gateway.core.calls.routing import Routes, settle
from gateway.core.leasing.leases import Choice
from gateway.core.numbers import Kind
from gateway.core.numbers.lifecycle import HOLD, LONGEST_CALL, Step, StepRefusal, WhyNot
from gateway.core.rules.conditions import parse
from gateway.core.visits.visit import Visit
from gateway.store import NewNumber, NewRule
from gateway.store.engines.port import Row
from gateway.store.rows import to_ms
from gateway.store.sql.numbers import RETIRE
from tests.asked import asked_call, asked_calls, asked_leases, asked_numbers, asked_pools, asked_retired
from tests.conftest import NOW
from tests.store.shop import Shop
from tests.stores import FileStore

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
ROUTES = Routes({}, default="main", country="US", trunk_countries={})


class NumberShop(Shop):
    """And the number on its way through life."""

    def take(self, step: Step, at: datetime = NOW, number: str = "", *, force: bool = False) -> WhyNot | None:
        """Take a step with the number; return why it was refused, or None."""
        refusal = self.refusal(step, at, number, force=force)
        return refusal.why if refusal else None

    def refusal(self, step: Step, at: datetime, number: str = "", *, force: bool = False) -> StepRefusal | None:
        refused = self.store.numbers.take(step, [number or self.number], at, force=force)
        return refused[0][1] if refused else None

    def call(self, call_id: str, at: datetime) -> None:
        """Let the number be called; the call goes on."""
        self.store.calls.record(RoutedCall(call_id, None, self.number, at, Attribution(State.UNLEASED, ""), "main"))

    def hang_up(self, call_id: str, at: datetime) -> None:
        inbound = InboundCall(call_id, self.number, "carrier", "", at - MINUTE)
        end = CallEnd(inbound, 1, "unleased", "", None, at, timedelta(), "NO ANSWER")
        self.store.calls.complete([(end, settle(self.store.calls, ROUTES, end))])

    def row(self, number: str = "") -> Row | None:
        rows = {row["number"]: row for row in asked_numbers(self.store, NOW)}
        return rows.get(number or self.number)


@pytest.fixture
def shop(fresh_store: FileStore) -> NumberShop:
    return NumberShop(fresh_store)


@pytest.mark.parametrize("step", [Step.PAUSE, Step.RETIRE])
def test_a_paused_or_retired_number_is_leased_to_nobody_any_more(shop: NumberShop, step: Step) -> None:
    assert shop.take(step) is None
    assert shop.store.leases.renew([shop.lease.id], NOW + MINUTE) == []
    assert shop.visit("a", NOW + MINUTE).number != shop.number
    ended = shop.store.engine.read("SELECT ended_at FROM lease WHERE id = :id", {"id": shop.lease.id})
    assert ended[0]["ended_at"] is not None
    assert shop.number not in {shop.visit(visitor, NOW + 30 * DAY).number for visitor in "bc"}


@pytest.mark.parametrize("step", [Step.PAUSE, Step.RETIRE])
def test_calls_to_a_paused_or_retired_number_are_routed_and_attributed_as_before(shop: NumberShop, step: Step) -> None:
    shop.take(step)
    facts = shop.store.calls.facts(numbers.read_dialled(shop.number, "US"), None, NOW + MINUTE, Weights())
    assert facts.number
    assert (facts.number.kind, facts.number.destination) == (Kind.POOL, "main")
    assert [lease.id for lease in facts.leases] == [shop.lease.id]


@pytest.mark.parametrize("step", [Step.PAUSE, Step.RETIRE])
def test_a_number_is_put_back_as_what_it_was(shop: NumberShop, step: Step) -> None:
    shop.take(step)
    row = shop.row()
    assert row
    assert row["state"] == {"pause": "paused", "retire": "retired"}[step]
    assert asked_pools(shop.store, NOW)[0]["numbers"] == 2
    assert shop.take(Step.RESUME) is None
    granted = shop.store.leases.grant("a", Visit(), [shop.pool], NOW + MINUTE)[0]
    assert (granted.choice, granted.number) == (Choice.RUNNING, shop.number)
    assert shop.take(Step.RESUME) is WhyNot.IN_USE


def test_a_paused_number_is_put_back_as_what_it_is_added_as(shop: NumberShop) -> None:
    shop.take(Step.PAUSE)
    back = NewNumber(shop.number, Kind.POOL, shop.pool, sms=True)
    assert shop.store.numbers.add([back], NOW) == []
    assert shop.store.numbers.add([back], NOW) == [back]
    granted = shop.store.leases.grant("a", Visit(), [shop.pool], NOW + MINUTE)[0]
    assert (granted.choice, granted.number, granted.sms) == (Choice.RUNNING, shop.number, True)


def test_only_what_a_pool_shows_can_be_paused(shop: NumberShop) -> None:
    shop.store.numbers.add([NewNumber("+12125569998", Kind.STATIC)], NOW)
    shop.store.numbers.add([NewNumber("+12125569999", Kind.SHARED, shop.pool)], NOW)
    assert shop.take(Step.PAUSE, number="+12125569998") is WhyNot.NEVER_LEASED
    assert shop.take(Step.PAUSE, number="+12125569997") is WhyNot.NOT_OURS
    assert shop.take(Step.PAUSE, number="+12125569999") is None
    assert shop.store.leases.look(None, [shop.pool], NOW)[0].choice is Choice.STATIC
    assert shop.take(Step.RETIRE, number="+12125569998") is None


def test_a_step_that_was_taken_is_not_taken_twice(shop: NumberShop) -> None:
    shop.take(Step.PAUSE)
    assert shop.take(Step.PAUSE) is WhyNot.PAUSED
    shop.take(Step.RETIRE)
    assert shop.take(Step.PAUSE) is WhyNot.RETIRED


def test_calls_since_a_number_was_retired_are_ghost_calls(shop: NumberShop) -> None:
    shop.call("before", NOW - MINUTE)
    shop.take(Step.PAUSE)
    shop.call("while paused", NOW)
    shop.take(Step.RETIRE, NOW + MINUTE)
    shop.call("first", NOW + 2 * MINUTE)
    shop.hang_up("from its CDR only", NOW + 5 * MINUTE)
    shop.hang_up("before, told late", NOW + MINUTE)
    ghosts = {row["id"] for row in asked_calls(shop.store) if row["ghost"]}
    assert ghosts == {"first", "from its CDR only"}
    row = shop.row()
    assert row
    assert (row["ghost_calls"], row["last_ghost_call"]) == (2, "2026-11-22T12:04:00.000+00:00")
    assert asked_retired(shop.store, NOW) == [row]
    assert asked_numbers(shop.store, NOW)[1]["ghost_calls"] is None


def test_a_ghost_call_stays_one_when_its_number_comes_back(shop: NumberShop) -> None:
    shop.take(Step.RETIRE)
    shop.call("ghost", NOW + MINUTE)
    shop.take(Step.RESUME)
    shop.take(Step.RETIRE, NOW + DAY)
    assert [row["ghost"] for row in asked_calls(shop.store)] == [True]
    assert asked_retired(shop.store, NOW)[0]["ghost_calls"] == 0


def test_a_number_is_released_only_when_its_hold_is_over(shop: NumberShop) -> None:
    assert shop.take(Step.RELEASE, force=True) is WhyNot.NOT_RETIRED
    shop.take(Step.RETIRE)
    refusal = shop.refusal(Step.RELEASE, NOW + HOLD - MINUTE)
    assert refusal
    assert refusal.number
    assert (refusal.why, refusal.number.releasable_at) == (WhyNot.HELD, NOW + HOLD)
    assert shop.take(Step.RELEASE, NOW + HOLD) is None


@pytest.mark.parametrize("first", ["rule", "retired"])
def test_a_rules_number_is_not_let_go_even_if_it_was_retired_before_rules_held_theirs(
    shop: NumberShop, first: str
) -> None:
    shop.store.numbers.add([NewNumber("+12125569990", Kind.SOURCE)], NOW)
    shop.store.rules.add(NewRule("ads", shop.pool, parse("source = google"), "+12125569990"), NOW)
    if first == "retired":
        with shop.store.engine.writing() as transaction:
            transaction.run(RETIRE, {"e164": "+12125569990", "now": to_ms(NOW), "hold": 0})
    for step in (Step.RETIRE, Step.RELEASE):
        refusal = shop.refusal(step, NOW + HOLD, "+12125569990", force=True)
        assert refusal
        assert refusal.number
        assert (refusal.why, refusal.number.rule) == (WhyNot.SHOWN_BY_RULE, "ads")
    shop.store.rules.remove("ads")
    assert shop.take(Step.RETIRE, NOW + HOLD, "+12125569990") is None
    assert shop.take(Step.RELEASE, NOW + HOLD, "+12125569990", force=True) is None


def test_a_number_that_is_retired_again_is_held_for_the_new_time(shop: NumberShop) -> None:
    shop.take(Step.RETIRE)
    assert shop.store.numbers.take(Step.RETIRE, [shop.number], NOW + DAY, hold=2 * DAY) == []
    row = shop.row()
    assert row
    assert (row["retired_at"], row["releasable_at"]) == (
        "2026-11-22T12:00:00.000+00:00",
        "2026-11-24T12:00:00.000+00:00",
    )


def test_a_number_with_an_active_lease_is_not_released_even_by_force(shop: NumberShop) -> None:
    shop.take(Step.RETIRE)
    refusal = shop.refusal(Step.RELEASE, NOW, force=True)
    assert refusal
    assert refusal.number
    assert (refusal.why, refusal.number.leased_until) == (WhyNot.LEASED, NOW + 20 * MINUTE)
    assert shop.take(Step.RELEASE, NOW + 20 * MINUTE, force=True) is None


def test_a_number_with_a_call_in_progress_is_not_released(shop: NumberShop) -> None:
    at = NOW + HOLD
    shop.take(Step.RETIRE)
    shop.call("long", at)
    refusal = shop.refusal(Step.RELEASE, at + MINUTE)
    assert refusal
    assert refusal.number
    assert (refusal.why, refusal.number.called_at) == (WhyNot.IN_A_CALL, at)
    shop.hang_up("long", at + MINUTE)
    assert shop.take(Step.RELEASE, at + MINUTE) is None


def test_a_call_whose_end_was_lost_holds_its_number_for_some_hours_only(shop: NumberShop) -> None:
    shop.take(Step.RETIRE)
    shop.call("lost", NOW + HOLD)
    assert shop.take(Step.RELEASE, NOW + HOLD + LONGEST_CALL - MINUTE) is WhyNot.IN_A_CALL
    assert shop.take(Step.RELEASE, NOW + HOLD + LONGEST_CALL) is None


def released(shop: NumberShop) -> datetime:
    """Let the number go; return when."""
    shop.take(Step.RETIRE)
    shop.call("ghost", NOW + MINUTE)
    shop.hang_up("ghost", NOW + 2 * MINUTE)
    assert shop.take(Step.RELEASE, NOW + HOLD) is None
    return NOW + HOLD


def test_a_released_number_is_none_of_ours_and_claims_nobody(shop: NumberShop) -> None:
    at = released(shop)
    assert shop.row() is None
    assert not shop.store.numbers.has(shop.number)
    assert shop.take(Step.RESUME, at) is WhyNot.NOT_OURS
    for dialled in (shop.number, shop.number[-9:]):
        assert shop.store.calls.facts(numbers.read_dialled(dialled, "US"), None, at, Weights()).number is None
    shop.hang_up("later", at + MINUTE)
    later = asked_call(shop.store, "later")
    assert later
    assert (later["state"], later["destination"], later["ghost"]) == ("unknown", "main", False)


def test_a_released_numbers_history_stays(shop: NumberShop) -> None:
    released(shop)
    assert [row["lease_id"] for row in asked_leases(shop.store, NOW, number=shop.number)] == [shop.lease.id]
    assert [(row["id"], row["ghost"]) for row in asked_calls(shop.store)] == [("ghost", True)]


def test_a_released_number_that_the_carrier_gives_again_is_added_as_any_other(shop: NumberShop) -> None:
    at = released(shop)
    assert shop.store.numbers.add([NewNumber(shop.number, Kind.POOL, shop.pool)], at) == []
    row = shop.row()
    assert row
    assert (row["pool"], row["retired_at"], row["ghost_calls"]) == ("web", None, None)
    assert shop.number in {shop.visit(visitor, at).number for visitor in "xyz"}
