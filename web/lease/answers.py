"""What a page is told: the numbers to show, for how long, and how to find what they replace."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import uniform

from gateway.core import numbers
from gateway.core.leasing import leases
from gateway.core.leasing.leases import Choice, Lease, Policy, Pool
from gateway.core.times import seconds
from gateway.store import Granted
from web.desk import desk
from web.lease.admission import Question
from web.lease.bodies import LeaseAnswer, Shown, Timing
from web.lease.tokens import Held

LOOK_AGAIN = timedelta(minutes=20)  # whether a number is free by then
Holds = Sequence[tuple[Policy, Lease]]


def answer(
    question: Question, granted: Sequence[Granted], visitor: str, explain: Sequence[str] | None = None
) -> LeaseAnswer:
    """Return the answer to a page; `visitor` is empty where none is known and none was made."""
    site, tokens = question.site.id, desk().tokens
    leased = [(one.pool, one.lease) for one in granted if one.lease]
    shown = [one for one in granted if one.number]
    return LeaseAnswer(
        visitor=tokens.sign_visitor(site, visitor) if visitor else "",
        lease=tokens.sign_leases(site, visitor, [Held(lease.id, pool.version) for pool, lease in leased]),
        numbers=tuple(_shown(one) for one in shown),
        texts=_texts(question.runs, shown),
        matched=0 if question.robot else len({pool.swap_target for pool in question.wanted}),
        explain=None if explain is None else tuple(explain),
        **_first_timing(shown, question.now).model_dump(),
    )


def timing(holds: Holds, now: datetime) -> Timing:
    """Return for how long the page may show its own numbers, and when to renew them."""
    every = min([leases.BEAT_EVERY, *(policy.length / 3 for policy, _ in holds)])
    spread = uniform(1 - leases.BEAT_SPREAD, 1 + leases.BEAT_SPREAD)  # noqa: S311  no secret: so that not all beat at once
    return _timing(holds, now, every * spread)


def _first_timing(shown: Sequence[Granted], now: datetime) -> Timing:
    """Return the times of an answer that brings numbers; a shared one is nobody's lease, and right for a visit."""
    holds = [(one.pool.policy, one.lease) for one in shown if one.lease]
    if holds:
        return _timing(holds, now, min([leases.FIRST_BEAT, *(policy.provisional / 3 for policy, _ in holds)]))
    held = seconds(min((one.pool.policy.length for one in shown), default=timedelta()))
    return Timing(expires_in=0, held_for=held, held_after_bye=held, next_beat=held or seconds(LOOK_AGAIN))


def _timing(holds: Holds, now: datetime, next_beat: timedelta) -> Timing:
    zero = timedelta()
    return Timing(
        expires_in=seconds(min((lease.expires_at - now for _, lease in holds), default=zero)),
        held_for=seconds(min((leases.held_for(policy, it.expires_at, now) for policy, it in holds), default=zero)),
        held_after_bye=seconds(min((_held_after_bye(policy, it, now) for policy, it in holds), default=zero)),
        next_beat=max(1, seconds(next_beat)),
    )


def _texts(runs: Sequence[str], shown: Sequence[Granted]) -> dict[str, str]:
    """Return what to write in place of the page's runs, and of those that its next page is likely to hold."""
    formats = [_in_format(one) for one in shown]
    sent = {run: _rewritten(run, shown, formats) for run in runs}
    usual = [
        numbers.usual_texts(one.pool.swap_target, one.number, sms=one.sms, written=written)
        for one, written in zip(shown, formats, strict=True)
    ]
    return {run: text for texts in (sent, *usual) for run, text in texts.items() if text != run}


def _in_format(one: Granted) -> str:
    pool = one.pool
    return numbers.in_format(one.number, pool.format, pool.swap_target, pool.country)


def _rewritten(run: str, shown: Sequence[Granted], formats: Sequence[str]) -> str:
    for one, written in zip(shown, formats, strict=True):
        pool = one.pool
        run = numbers.rewrite(run, pool.swap_target, one.number, pool.vanity, sms=one.sms, written=written)
    return run


def _shown(one: Granted) -> Shown:
    target = one.pool.swap_target
    written = _in_format(one) or numbers.display(one.number, target)
    return Shown(target=target, number=one.number, display=written, choice=one.choice, sms=one.sms)


def explain(question: Question, granted: Sequence[Granted], why: str = "") -> list[str]:
    """Return what a site's owner wants to know of a page: its targets, what was found, what is shown and why."""
    lines = [_found(pool.swap_target, pool.name, question.found.get(pool.id)) for pool in question.pools]
    if not question.pools:
        lines.append("the site has no pool yet: `leaseline pool create` makes one")
    if why:
        lines.append(f"no number of the visitor's own: {why}")
    if not question.found:
        lines.append("no match: no target is among what the page's script found, so the site's own number stays")
    return [*lines, *(f"{one.pool.swap_target}{_which(one.pool)}: {_outcome(one)}" for one in granted)]


def _found(target: str, pool: str, run: str | None) -> str:
    return f"{target} (pool {pool}): " + ("not on this page" if run is None else f"found in {run!r}")


def _which(pool: Pool) -> str:
    return f" (pool {pool.name}, for {pool.condition})" if pool.condition else ""


def _outcome(one: Granted) -> str:
    if one.rule:
        kind = "overflow rule" if one.rule.overflow else "rule"
        return f"would show {one.number}, by the {kind} {one.rule.name}: {one.rule.condition}"
    return {
        Choice.RUNNING: f"would go on showing {one.number}, which the visitor holds",
        Choice.SAME: "would show the number that the visitor held before",
        Choice.IDLE: "would show a number that nobody holds",
        Choice.RECYCLED: "would show the number that has cooled longest",
        Choice.SHARED: f"would show {one.number}, which is everybody's",
        Choice.STATIC: "the site's own number stays: the pool has nothing to show",
    }[one.choice]


def _held_after_bye(policy: Policy, lease: Lease, now: datetime) -> timedelta:
    """Return how long the number stays the visitor's when the page is left now."""
    return leases.held_for(policy, min(lease.expires_at, now + policy.closed_browser_delay), now)
