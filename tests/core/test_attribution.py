from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.core.calls.attribution import (
    MOST_CANDIDATES,
    TAP_LATE,
    UNHEARD,
    Attribution,
    Facts,
    State,
    Weights,
    attribute,
)
from gateway.core.leasing.leases import Lease
from gateway.core.numbers import Kind, OwnNumber

AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
# Not the defaults, which are fitted to calls, and the rules hold whatever they are.
WEIGHTS = Weights(
    delay=20 * MINUTE, power=1.5, provisional=0.25, tap=20.0, tap_window=60 * SECOND, used=0.3, repeat=4.0,
    repeat_fade=7 * DAY, repeat_window=30 * DAY, repeat_from=0.9, unseen=1.0,
)  # fmt: skip


def own(kind: Kind = Kind.POOL, campaign: str = "") -> OwnNumber:
    return OwnNumber("+12125550110", kind, "main", campaign, 20 * MINUTE, 7 * DAY)


def lease(visitor: str, began: timedelta, ended: timedelta, number: str = "+12125550110") -> Lease:
    """Return a lease that began and ended so long before the call; a negative end is still to come."""
    seen = max(AT - began + timedelta(seconds=10), AT - ended - UNHEARD)
    return Lease(f"of{visitor}", number, "pool", visitor, "s", AT - began, seen, AT - ended)


def whose(facts: Facts, weights: Weights = WEIGHTS) -> Attribution:
    return attribute(facts, AT, weights)


def test_a_running_lease_is_active() -> None:
    answer = whose(Facts(own(), (lease("a", 5 * MINUTE, -5 * MINUTE),)))
    assert (answer.state, answer.lease, answer.likelihood, answer.contested) == (State.ACTIVE, "ofa", 1.0, False)


def test_a_call_two_hours_after_the_page_closed_finds_its_visitor() -> None:
    answer = whose(Facts(own(), (lease("a", 140 * MINUTE, 120 * MINUTE),)))
    assert (answer.state, answer.lease, answer.contested) == (State.COOLING, "ofa", False)
    assert "2 hours" in answer.reason


def test_after_the_cooldown_nobody_is_claimed() -> None:
    answer = whose(Facts(own(), (lease("a", 8 * DAY, 8 * DAY - MINUTE),)))
    assert (answer.state, answer.lease, answer.likelihood, answer.candidates) == (State.EXPIRED, "", None, ())


def test_a_recycled_number_is_contested_and_names_both() -> None:
    leases = (lease("b", 5 * MINUTE, -5 * MINUTE), lease("a", 60 * MINUTE, 40 * MINUTE))
    answer = whose(Facts(own(), leases))
    assert (answer.state, answer.lease, answer.contested) == (State.ACTIVE, "ofb", True)
    assert [candidate.lease.visitor for candidate in answer.candidates] == ["b", "a"]
    assert answer.likelihood == pytest.approx(1 / (1 + 3**-1.5), abs=1e-4)


def test_two_leases_of_one_visitor_are_no_contest() -> None:
    leases = (lease("a", 5 * MINUTE, -5 * MINUTE), lease("a", 60 * MINUTE, 40 * MINUTE))
    answer = whose(Facts(own(), leases))
    assert (answer.contested, answer.likelihood) == (False, 1.0)


def test_a_caller_known_on_this_number_wins_over_the_visitor_who_has_it_now() -> None:
    earlier = lease("a", 8 * DAY, 8 * DAY - MINUTE)
    answer = whose(Facts(own(), (lease("b", 5 * MINUTE, -5 * MINUTE), earlier), (earlier,)))
    assert (answer.state, answer.lease, answer.contested) == (State.REPEAT, "ofa", True)


def test_a_callers_history_fades_and_after_a_month_says_nothing() -> None:
    shown = lease("b", 5 * MINUTE, -5 * MINUTE)
    older, ancient = lease("a", 29 * DAY, 29 * DAY - MINUTE), lease("a", 400 * DAY, 400 * DAY - MINUTE)
    faded = whose(Facts(own(), (shown,), (older,)))
    assert (faded.lease, faded.contested) == ("ofb", True)
    assert whose(Facts(own(), (shown,), (ancient,))).likelihood == 1.0
    assert whose(Facts(own(), (), (ancient,))).state is State.UNLEASED


def test_a_page_without_a_heartbeat_does_not_beat_a_visitor_who_just_left() -> None:
    robot = replace(lease("robot", MINUTE, -MINUTE), last_seen_at=AT - MINUTE)
    answer = whose(Facts(own(), (robot, lease("a", 15 * MINUTE, 5 * MINUTE))))
    assert (answer.lease, answer.contested) == ("ofa", True)


def test_a_caller_known_from_another_number_does_not_beat_the_visitor_who_sees_this_one() -> None:
    earlier = lease("a", 3 * DAY, 3 * DAY - MINUTE, number="+12125550119")
    answer = whose(Facts(own(), (lease("b", 5 * MINUTE, -5 * MINUTE),), (earlier,)))
    assert (answer.state, answer.lease) == (State.ACTIVE, "ofb")


def test_a_known_caller_on_a_number_nobody_holds_is_repeat() -> None:
    earlier = lease("a", 30 * DAY, 30 * DAY - MINUTE, number="+12125550119")
    answer = whose(Facts(own(), (), (earlier,)))
    assert (answer.state, answer.lease) == (State.REPEAT, "ofa")
    assert answer.likelihood is not None
    assert answer.likelihood < 1  # it could be anybody's second telephone


def test_a_known_caller_with_a_running_lease_stays_active() -> None:
    mine = lease("a", 5 * MINUTE, -5 * MINUTE)
    answer = whose(Facts(own(), (mine,), (mine,)))
    assert (answer.state, answer.likelihood, answer.contested) == (State.ACTIVE, 1.0, False)


@pytest.mark.parametrize("kind", [Kind.SOURCE, Kind.STATIC, Kind.SHARED])
def test_numbers_of_fixed_meaning_name_a_campaign_and_no_visitor(kind: Kind) -> None:
    answer = whose(Facts(own(kind, "billboard")))
    assert (answer.state.value, answer.lease, answer.likelihood) == (kind.value, "", None)
    assert "billboard" in answer.reason


def test_a_number_never_shown_is_unleased_and_a_foreign_one_unknown() -> None:
    assert whose(Facts(own())).state is State.UNLEASED
    assert whose(Facts()).state is State.UNKNOWN


NOW_SHOWN, LEFT = lease("b", 5 * MINUTE, -5 * MINUTE), lease("a", 60 * MINUTE, 40 * MINUTE)


def test_a_tap_seconds_before_the_call_goes_before_a_page_that_shows_the_number_now() -> None:
    answer = whose(Facts(own(), (NOW_SHOWN, LEFT), taps={LEFT.id: AT - 4 * SECOND}))
    assert (answer.state, answer.lease, answer.contested) == (State.COOLING, LEFT.id, True)
    assert answer.likelihood == pytest.approx(20 * 3**-1.5 / (1 + 20 * 3**-1.5), abs=1e-4)
    assert answer.reason.startswith("The visitor tapped the number 4 seconds before the call; their lease had ended")
    assert [one.tap_age for one in answer.candidates] == [4 * SECOND, None]


@pytest.mark.parametrize(
    ("since", "counts"),
    [(timedelta(), True), (60 * SECOND, True), (61 * SECOND, False), (-TAP_LATE, True), (-TAP_LATE - SECOND, False)],
)
def test_a_tap_counts_for_a_minute_and_a_little_after_the_call_as_clocks_differ(since: timedelta, counts: bool) -> None:
    tapped = whose(Facts(own(), (NOW_SHOWN, LEFT), taps={LEFT.id: AT - since})).candidates
    assert (tapped[0].tap_age is not None) is counts
    assert all(one.tap_age is None or one.tap_age >= timedelta() for one in tapped)


def test_a_lease_that_somebody_else_called_on_is_unlikely_to_be_called_on_again() -> None:
    facts = Facts(own(), (NOW_SHOWN, lease("a", 22 * MINUTE, 2 * MINUTE)), used={NOW_SHOWN.id: 2})
    answer = whose(facts)
    assert (answer.lease, [one.used_by for one in answer.candidates]) == ("ofa", [0, 2])
    alone = whose(Facts(own(), (NOW_SHOWN,), used={NOW_SHOWN.id: 1}))
    assert (alone.likelihood, "Somebody else had called on the lease before." in alone.reason) == (1.0, True)


def test_a_known_callers_visitor_is_believed_on_a_number_that_they_hold_now_too() -> None:
    elsewhere = replace(lease("a", 3 * DAY, 3 * DAY - MINUTE, number="+12125550119"), id="elsewhere")
    answer = whose(Facts(own(), (NOW_SHOWN, LEFT), (elsewhere,)))
    assert (answer.state, answer.lease) == (State.COOLING, LEFT.id)
    assert [one.seen_before for one in answer.candidates] == [True, False]
    assert "This caller was attributed to this visitor before." in answer.reason


def test_a_repeat_caller_keeps_the_first_visitor_whatever_they_called_since() -> None:
    first = replace(lease("a", 8 * DAY, 8 * DAY - MINUTE), id="first")
    other = replace(lease("c", DAY, DAY - MINUTE, number="+12125550119"), id="other")
    answer = whose(Facts(own(), (NOW_SHOWN,), (other, first)))
    assert (answer.state, answer.lease, len(answer.candidates)) == (State.REPEAT, "first", 2)


def test_everybody_whom_the_caller_was_before_is_a_candidate_where_nobody_holds_the_number() -> None:
    known = tuple(lease(visitor, DAY, DAY - MINUTE, number=f"+1212555012{visitor}") for visitor in "01")
    answer = whose(Facts(own(Kind.SHARED), (), known))
    assert (answer.state, answer.contested, len(answer.candidates)) == (State.REPEAT, True, 2)
    assert answer.likelihood == pytest.approx(3.5 / (1 + 7), abs=0.01)


def test_an_older_call_on_this_number_does_not_lower_what_a_newer_one_on_another_says() -> None:
    newer = lease("a", DAY, DAY, number="+12125550119")
    older = lease("a", 20 * DAY, 20 * DAY)
    known = whose(Facts(own(), (), (newer,)))
    assert whose(Facts(own(), (), (newer, older))).likelihood == known.likelihood


def test_more_leases_than_are_read_are_told_of() -> None:
    leases = [lease(f"{n}", (2 * n + 2) * MINUTE, (2 * n) * MINUTE) for n in range(MOST_CANDIDATES)]
    assert "49 or more other visitor(s)" in whose(Facts(own(), tuple(leases))).reason
    assert "48 other visitor(s)" in whose(Facts(own(), tuple(leases[:-1]))).reason


@pytest.mark.parametrize(("began", "provisional"), [(9 * SECOND, True), (11 * SECOND, False)])
def test_a_heartbeat_after_the_call_says_nothing_of_the_time_before_the_first_one_was_due(
    began: timedelta, provisional: bool
) -> None:
    heard = replace(lease("b", began, -20 * MINUTE), last_seen_at=AT + 5 * MINUTE)
    answer = whose(Facts(own(), (heard, LEFT)))
    weight = {one.lease.visitor: one.weight for one in answer.candidates}["b"]
    assert weight == (WEIGHTS.provisional if provisional else 1.0)


def test_a_page_seen_after_the_call_was_open_when_it_came() -> None:
    heard = replace(NOW_SHOWN, last_seen_at=AT + MINUTE)
    assert whose(Facts(own(), (heard,))).reason == "The visitor's lease was running, and their page was open."


@pytest.mark.parametrize("ids", ["xy", "yx"])
def test_of_two_that_weigh_the_same_the_newer_visitor_is_named(ids: str) -> None:
    older, newer = (
        replace(lease(visitor, began * MINUTE, -MINUTE), id=visitor) for began, visitor in zip((9, 3), ids, strict=True)
    )
    assert whose(Facts(own(), (), (older, newer))).lease == newer.id
