"""What the commands that manage say of the core's answers, and which command helps."""

import shlex
from datetime import datetime

from gateway.core.leasing.leases import Policy
from gateway.core.leasing.pressure import Empty, Overflowing, TooEarly, Warned, Window, recycling_first
from gateway.core.numbers.lifecycle import Refusal, WhyNot
from gateway.core.rules.book import Fields
from gateway.core.rules.conditions import Compare, Not
from gateway.core.times import seconds

_REFUSALS = {
    WhyNot.NOT_OURS: "it is no number of ours: `leaseline number list` lists those that are",
    WhyNot.SHOWN_BY_RULE: "it is the number of the rule {number.rule}: `leaseline rule remove {rule}` first",
    WhyNot.IN_USE: "it is neither paused nor retired",
    WhyNot.PAUSED: "it is paused already",
    WhyNot.RETIRED: "it is retired, so it is leased to nobody already",
    WhyNot.NEVER_LEASED: (
        "it is a {number.kind.value} number, which no pool shows: `leaseline number retire` gives it up"
    ),
    WhyNot.NOT_RETIRED: "it is not retired: `leaseline number retire` holds it for a time, to hear who still dials it",
    WhyNot.HELD: "it is held until {held}: wait, or `leaseline number release --force`",
    WhyNot.LEASED: "a visitor's lease of it runs until {leased}: try again then",
    WhyNot.IN_A_CALL: "a call to it is in progress, since {called}: try again when it has ended",
}


def refused(refusal: Refusal) -> str:
    """Return why a step cannot be taken with a number."""
    number = refusal.number
    if number is None:
        return _REFUSALS[refusal.why]
    return _REFUSALS[refusal.why].format(
        number=number,
        rule=shlex.quote(number.rule),
        held=_moment(number.releasable_at),
        leased=_moment(number.leased_until),
        called=_moment(number.called_at),
    )


def warning(warned: Warned, pool: str, policy: Policy) -> str:
    """Return what is wrong with a pool, and what to do about it."""
    match warned:
        case Empty():
            return (
                f"it has no number, so nobody is shown one of their own: `leaseline number add --pool {pool} NUMBER ..`"
            )
        case Overflowing(window, more):
            seen = _counted(window.overflow, sum(window.views.values()), "page views", window)
            return f"{seen} showed no number of the visitor's own: {_add(pool, more)}, or {_other_way(pool, policy)}"
        case TooEarly(window, more):
            return (
                f"{_counted(window.early, window.sessions, 'leases', window)} took a number that another visitor had "
                f"left less than {seconds(policy.length)} s before: {_add(pool, more)}; until then calls on such a "
                "number are contested"
            )


def why_not(parts: tuple[Compare | Not, ...], session: Fields) -> str:
    """Return why a condition does not hold for a session, from the parts that fail; the empty text where it holds."""
    return "; ".join(_fails(part, session) for part in parts)


def _fails(part: Compare | Not, session: Fields) -> str:
    if isinstance(part, Not):
        return f"{part.part} holds"
    if part.field not in session:
        return f"there is no {part.field}"
    return f"{part.field} is {session[part.field]!r}, so {part} does not hold"


def _other_way(pool: str, policy: Policy) -> str:
    """Return what would give more visitors a number of their own, without a number more."""
    better = recycling_first(policy)
    options = ["--soft"] if policy.hard else []
    if policy.overflow[:1] != better.overflow[:1]:
        options.append(f"--overflow {','.join(better.overflow)}")
    if options:
        return f"give out numbers that still cool (`leaseline pool change {pool} {' '.join(options)}`)"
    return f"shorten the lease of {seconds(policy.length)} s (`leaseline pool change {pool} --lease SECONDS`)"


def _counted(part: int, whole: int, what: str, window: Window) -> str:
    return f"{part / whole:.0%} of the {what} of the last {window.name} ({part} of {whole})"


def _add(pool: str, more: int) -> str:
    return f"add {more} {'number' if more == 1 else 'numbers'} (`leaseline number add --pool {pool} NUMBER ..`)"


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else ""
