from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.core.attribution import Facts, Kind, OwnNumber, State, attribute
from gateway.core.leases import Lease

AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def own(kind: Kind = Kind.POOL, campaign: str = "") -> OwnNumber:
    return OwnNumber("+12125550110", kind, "main", campaign, 20 * MINUTE, 7 * DAY)


def lease(visitor: str, began: timedelta, ended: timedelta, number: str = "+12125550110") -> Lease:
    """Return a lease that began and ended so long before the call; a negative end is still to come."""
    seen = AT - began + timedelta(seconds=10)
    return Lease(f"of{visitor}", number, "pool", visitor, "s", AT - began, seen, AT - ended)


def test_a_running_lease_is_active() -> None:
    answer = attribute(Facts(own(), (lease("a", 5 * MINUTE, -5 * MINUTE),)), AT)
    assert (answer.state, answer.lease, answer.likelihood, answer.contested) == (State.ACTIVE, "ofa", 1.0, False)


def test_a_call_two_hours_after_the_page_closed_finds_its_visitor() -> None:
    answer = attribute(Facts(own(), (lease("a", 140 * MINUTE, 120 * MINUTE),)), AT)
    assert (answer.state, answer.lease, answer.contested) == (State.COOLING, "ofa", False)
    assert "2 hours" in answer.reason


def test_after_the_cooldown_nobody_is_claimed() -> None:
    answer = attribute(Facts(own(), (lease("a", 8 * DAY, 8 * DAY - MINUTE),)), AT)
    assert (answer.state, answer.lease, answer.likelihood, answer.candidates) == (State.EXPIRED, "", None, ())


def test_a_recycled_number_is_contested_and_names_both() -> None:
    leases = (lease("b", 5 * MINUTE, -5 * MINUTE), lease("a", 60 * MINUTE, 40 * MINUTE))
    answer = attribute(Facts(own(), leases), AT)
    assert (answer.state, answer.lease, answer.contested) == (State.ACTIVE, "ofb", True)
    assert [candidate.lease.visitor for candidate in answer.candidates] == ["b", "a"]
    assert answer.likelihood == pytest.approx(1 / (1 + 1 / 3), abs=1e-4)


def test_two_leases_of_one_visitor_are_no_contest() -> None:
    leases = (lease("a", 5 * MINUTE, -5 * MINUTE), lease("a", 60 * MINUTE, 40 * MINUTE))
    answer = attribute(Facts(own(), leases), AT)
    assert (answer.contested, answer.likelihood) == (False, 1.0)


def test_a_caller_known_on_this_number_wins_over_the_visitor_who_has_it_now() -> None:
    earlier = lease("a", 8 * DAY, 8 * DAY - MINUTE)
    answer = attribute(Facts(own(), (lease("b", 5 * MINUTE, -5 * MINUTE), earlier), earlier), AT)
    assert (answer.state, answer.lease, answer.contested) == (State.REPEAT, "ofa", True)


def test_a_callers_history_fades_and_after_a_month_says_nothing() -> None:
    shown = lease("b", 5 * MINUTE, -5 * MINUTE)
    older, ancient = lease("a", 29 * DAY, 29 * DAY - MINUTE), lease("a", 400 * DAY, 400 * DAY - MINUTE)
    faded = attribute(Facts(own(), (shown,), older), AT)
    assert (faded.lease, faded.contested) == ("ofb", True)
    assert attribute(Facts(own(), (shown,), ancient), AT).likelihood == 1.0
    assert attribute(Facts(own(), (), ancient), AT).state is State.UNLEASED


def test_a_page_without_a_heartbeat_does_not_beat_a_visitor_who_just_left() -> None:
    robot = replace(lease("robot", MINUTE, -MINUTE), last_seen_at=AT - MINUTE)
    answer = attribute(Facts(own(), (robot, lease("a", 15 * MINUTE, 5 * MINUTE))), AT)
    assert (answer.lease, answer.contested) == ("ofa", True)


def test_a_caller_known_from_another_number_does_not_beat_the_visitor_who_sees_this_one() -> None:
    earlier = lease("a", 3 * DAY, 3 * DAY - MINUTE, number="+12125550119")
    answer = attribute(Facts(own(), (lease("b", 5 * MINUTE, -5 * MINUTE),), earlier), AT)
    assert (answer.state, answer.lease) == (State.ACTIVE, "ofb")


def test_a_known_caller_on_a_number_nobody_holds_is_repeat() -> None:
    earlier = lease("a", 30 * DAY, 30 * DAY - MINUTE, number="+12125550119")
    answer = attribute(Facts(own(), (), earlier), AT)
    assert (answer.state, answer.lease) == (State.REPEAT, "ofa")
    assert answer.likelihood is not None
    assert answer.likelihood < 1  # it could be anybody's second telephone


def test_a_known_caller_with_a_running_lease_stays_active() -> None:
    mine = lease("a", 5 * MINUTE, -5 * MINUTE)
    answer = attribute(Facts(own(), (mine,), mine), AT)
    assert (answer.state, answer.likelihood, answer.contested) == (State.ACTIVE, 1.0, False)


@pytest.mark.parametrize("kind", [Kind.SOURCE, Kind.STATIC, Kind.SHARED])
def test_numbers_of_fixed_meaning_name_a_campaign_and_no_visitor(kind: Kind) -> None:
    answer = attribute(Facts(own(kind, "billboard")), AT)
    assert (answer.state.value, answer.lease, answer.likelihood) == (kind.value, "", None)
    assert "billboard" in answer.reason


def test_a_number_never_shown_is_unleased_and_a_foreign_one_unknown() -> None:
    assert attribute(Facts(own()), AT).state is State.UNLEASED
    assert attribute(Facts(), AT).state is State.UNKNOWN
