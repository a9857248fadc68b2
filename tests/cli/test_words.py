"""What the command line says of the core's answers, and which command it names."""

import pytest

from gateway.cli.manage.words import refused, step_refused, warning, why_not
from gateway.cli.shell.words import unusable
from gateway.core.leasing.leases import Choice, Policy
from gateway.core.leasing.pressure import Window, warnings
from gateway.core.numbers import Kind
from gateway.core.numbers.lifecycle import Standing, StepRefusal, WhyNot
from gateway.core.refusals import Refusal, Why
from gateway.core.rules.book import failing
from gateway.core.rules.conditions import parse
from gateway.core.rules.unreachable import why_never
from gateway.store import Busy, Foreign, StoreError
from tests.conftest import NOW
from tests.core.test_pressure import window


@pytest.mark.parametrize("why", WhyNot)
def test_every_refusal_of_a_step_has_words(why: WhyNot) -> None:
    number = Standing(Kind.STATIC, paused=True, releasable_at=NOW, leased_until=NOW, called_at=NOW, rule="brand ads")
    assert "{" not in step_refused(StepRefusal(why, number))
    assert "{" not in step_refused(StepRefusal(WhyNot.NOT_OURS))


def test_a_refusal_names_what_holds_the_number_and_a_command_that_a_shell_takes() -> None:
    number = Standing(Kind.STATIC, paused=False, releasable_at=NOW, leased_until=NOW, called_at=NOW, rule="brand ads")
    assert step_refused(StepRefusal(WhyNot.SHOWN_BY_RULE, number)) == (
        "it is the number of the rule brand ads: `leaseline rule remove 'brand ads'` first"
    )
    assert step_refused(StepRefusal(WhyNot.NEVER_LEASED, number)).startswith(
        "it is a static number, which no pool shows: "
    )
    assert "is held until 2026-11-22 12:00 UTC" in step_refused(StepRefusal(WhyNot.HELD, number))
    assert "runs until 2026-11-22 12:00 UTC" in step_refused(StepRefusal(WhyNot.LEASED, number))
    assert "in progress, since 2026-11-22 12:00 UTC" in step_refused(StepRefusal(WhyNot.IN_A_CALL, number))


def said(one: Window, policy: Policy | None = None, numbers: int = 20) -> list[str]:
    policy = policy or Policy()
    return [warning(found, "web", policy) for found in warnings(policy, numbers, [one])]


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


def test_numbers_given_on_too_early_are_told_with_how_many_would_let_them_rest() -> None:
    (line,) = said(window(idle=60, early=40))
    assert line.startswith("40% of the leases of the last hour (40 of 100) took a number that another visitor had left")
    assert "less than 1200 s before: add 14 numbers (`leaseline number add --pool web NUMBER ..`); until then" in line


def test_an_empty_pool_says_only_that() -> None:
    assert said(window({Choice.STATIC: 3}), numbers=0) == [
        "it has no number, so nobody is shown one of their own: `leaseline number add --pool web NUMBER ..`"
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("source = bing", "source is 'google', so source = bing does not hold"),
        ("source = google and param.x = 1", "there is no param.x"),
        ("not source = google", "source = google holds"),
        ("param.x exists or medium = email", "there is no param.x; medium is 'cpc', so medium = email does not hold"),
        ("source = google", ""),
    ],
)
def test_why_a_rule_does_not_fit_is_told_in_words(text: str, said: str) -> None:
    session = {"source": "google", "medium": "cpc"}
    assert why_not(failing(parse(text), session), session) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("source = a and source = b", "nobody can ever fit it: `source = b` rules out `source = a`"),
        ("source = a and not source exists", "nobody can ever fit it: `not source exists` rules out the rest of it"),
        ("not source exists", "nobody can ever fit it: `source exists` holds for everybody"),
    ],
)
def test_a_rule_that_nobody_can_fit_is_told_with_what_rules_it_out(text: str, said: str) -> None:
    assert refused(Refusal(Why.NEVER_HOLDS, "b", contradiction=why_never(parse(text)))) == said


def test_a_pool_that_would_serve_nobody_is_told_with_the_one_before_it() -> None:
    hidden = Refusal(Why.POOL_UNREACHABLE, "sale", other="wider", condition="campaign contains sa")
    assert refused(hidden) == (
        "the pool sale would serve nobody: wider was made before it, and takes all of its visitors "
        "(campaign contains sa)"
    )


@pytest.mark.parametrize("why", Why)
def test_every_refusal_of_a_change_has_words_of_its_own(why: Why) -> None:
    line = refused(Refusal(why, "x", said="said"))
    assert line
    assert "{" not in line
    assert line not in [refused(Refusal(other, "x", said="said")) for other in Why if other is not why]


def test_a_rule_behind_another_is_told_with_the_option_that_a_shell_takes() -> None:
    behind = Refusal(Why.RULE_BEHIND, "b", other="brand ads", condition="source = google")
    assert refused(behind) == (
        "the rule b would never be reached: brand ads stands before it and takes all of its visitors "
        "(source = google). Put it before that one (--before 'brand ads')"
    )
    assert "`leaseline pool change web --overflow ..` first" in refused(Refusal(Why.OVERFLOW_NOT_SHOWN, "web"))


def test_a_database_that_cannot_be_used_is_told_with_what_helps() -> None:
    told = unusable(StoreError("/x.db", "database or disk is full"))
    assert told.startswith("cannot use the database /x.db: database or disk is full. Check that `leaseline init`")
    assert unusable(Foreign("/x.db", "file is not a database")).endswith("Name another file in [database] path")
    assert unusable(Busy("/x.db", "another process")) == "/x.db is locked by another process"
