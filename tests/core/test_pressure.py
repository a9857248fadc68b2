"""When a pool is pressed too hard, and how many numbers would help."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.core.leasing.leases import Choice, Policy
from gateway.core.leasing.pressure import (
    Empty,
    Overflowing,
    TooEarly,
    Warned,
    Window,
    began,
    recycling_first,
    warnings,
)

HOUR = timedelta(hours=1)


def window(views: dict[Choice, int] | None = None, idle: int = 0, early: int = 0, minutes: int = 0) -> Window:
    leases = {Choice.RECYCLED: early, Choice.IDLE: idle}
    return Window("hour", HOUR, views or {}, 0, leases, early, timedelta(minutes=minutes))


def warned(one: Window, policy: Policy | None = None, numbers: int = 20) -> list[Warned]:
    return list(warnings(policy or Policy(), numbers, [one]))


def test_a_pool_that_serves_nearly_everybody_is_not_warned_of() -> None:
    assert warned(window()) == []
    assert warned(window({Choice.IDLE: 20, Choice.RUNNING: 79, Choice.SHARED: 1}, idle=80, early=20)) == []


def test_overflow_is_told_with_how_many_numbers_would_serve_it() -> None:
    one = window({Choice.IDLE: 30, Choice.RUNNING: 33, Choice.STATIC: 20, Choice.SHARED: 17})
    assert warned(one) == [Overflowing(one, 12)]


def test_a_pool_that_served_nobody_is_doubled() -> None:
    one = window({Choice.STATIC: 3})
    assert warned(one) == [Overflowing(one, 20)]


def test_numbers_given_on_too_early_are_told_with_how_many_would_let_them_rest() -> None:
    one = window(idle=60, early=40, minutes=1000)
    assert warned(one) == [TooEarly(one, 30)]  # 1,000 minutes leased and 2,000 at rest want 50 numbers for an hour


def test_an_empty_pool_is_told_only_to_be_that() -> None:
    assert warned(window({Choice.STATIC: 3}), numbers=0) == [Empty()]


@pytest.mark.parametrize(
    "policy", [Policy(hard=True), Policy(overflow=(Choice.SHARED, Choice.RECYCLED)), Policy(overflow=(Choice.SHARED,))]
)
def test_recycling_first_shows_what_it_did_before_and_lets_cooling_numbers_be_given_out(policy: Policy) -> None:
    better = recycling_first(policy)
    assert not better.hard
    assert better.overflow[0] is Choice.RECYCLED
    assert set(better.overflow) == {Choice.RECYCLED, *policy.overflow}


@pytest.mark.parametrize(("minute", "second", "expected"), [(0, 0, 0), (9, 59, 0), (10, 0, 10), (59, 59, 50)])
def test_views_are_counted_by_ten_minutes(minute: int, second: int, expected: int) -> None:
    moment = datetime(2026, 11, 22, 12, minute, second, 5, tzinfo=UTC)
    assert began(moment) == datetime(2026, 11, 22, 12, expected, tzinfo=UTC)
