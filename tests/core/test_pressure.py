"""What is said of a pool that is pressed too hard: how hard, and what to do about it."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.core.leasing.leases import Choice, Policy
from gateway.core.leasing.pressure import Window, began, warnings

HOUR = timedelta(hours=1)


def window(views: dict[Choice, int] | None = None, idle: int = 0, early: int = 0, minutes: int = 0) -> Window:
    leases = {Choice.RECYCLED: early, Choice.IDLE: idle}
    return Window("hour", HOUR, views or {}, 0, leases, early, timedelta(minutes=minutes))


def said(one: Window, policy: Policy | None = None, numbers: int = 20) -> list[str]:
    return list(warnings("web", policy or Policy(), numbers, [one]))


def test_a_pool_that_serves_nearly_everybody_is_not_talked_about() -> None:
    assert said(window()) == []
    assert said(window({Choice.IDLE: 20, Choice.RUNNING: 79, Choice.SHARED: 1}, idle=80, early=20)) == []


def test_overflow_says_how_many_numbers_are_wanted_and_what_else_would_help() -> None:
    views = {Choice.IDLE: 30, Choice.RUNNING: 33, Choice.STATIC: 20, Choice.SHARED: 17}
    assert said(window(views)) == [
        "37% of the page views of the last hour (37 of 100) showed no number of the visitor's own: add 12 numbers "
        "(`leaseline number add --pool web NUMBER ..`), or shorten the lease of 1200 s "
        "(`leaseline pool change web --lease SECONDS`)"
    ]


def test_a_hard_cooldown_is_named_where_it_makes_the_overflow() -> None:
    (line,) = said(window({Choice.IDLE: 50, Choice.STATIC: 2}), Policy(hard=True))
    assert "add 1 number (" in line
    assert "or give out numbers that still cool (`leaseline pool change web --soft`)" in line


@pytest.mark.parametrize(
    ("hard", "overflow", "options"),
    [
        (False, (Choice.SHARED, Choice.RECYCLED), "--overflow recycled,shared"),
        (False, (), "--overflow recycled"),
        (True, (Choice.SOURCE_SHARED,), "--soft --overflow recycled,source_shared"),
    ],
)
def test_an_overflow_that_recycles_late_or_never_is_named_too(
    hard: bool, overflow: tuple[Choice, ...], options: str
) -> None:
    (line,) = said(window({Choice.IDLE: 50, Choice.STATIC: 2}), Policy(hard=hard, overflow=overflow))
    assert line.endswith(f"or give out numbers that still cool (`leaseline pool change web {options}`)")


def test_a_pool_that_served_nobody_is_doubled() -> None:
    assert "100% of the page views" in said(window({Choice.STATIC: 3}))[0]
    assert "add 20 numbers" in said(window({Choice.STATIC: 3}))[0]


def test_numbers_given_on_too_early_are_told_with_how_many_would_let_them_rest() -> None:
    (line,) = said(window(idle=60, early=40, minutes=1000))
    assert line.startswith("40% of the leases of the last hour (40 of 100) took a number that another visitor had left")
    assert "add 30 numbers" in line  # 1,000 minutes leased and 2,000 at rest want 50 numbers for an hour


def test_an_empty_pool_says_only_that() -> None:
    assert said(window({Choice.STATIC: 3}), numbers=0) == [
        "it has no number, so nobody is shown one of their own: `leaseline number add --pool web NUMBER ..`"
    ]


@pytest.mark.parametrize(("minute", "second", "expected"), [(0, 0, 0), (9, 59, 0), (10, 0, 10), (59, 59, 50)])
def test_views_are_counted_by_ten_minutes(minute: int, second: int, expected: int) -> None:
    moment = datetime(2026, 11, 22, 12, minute, second, 5, tzinfo=UTC)
    assert began(moment) == datetime(2026, 11, 22, 12, expected, tzinfo=UTC)
