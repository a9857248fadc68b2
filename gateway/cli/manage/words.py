"""What the command line says of the answers of core and use cases, and which command helps."""

import shlex
from datetime import datetime

from gateway.cli.shell.errors import nothing_named
from gateway.core.leasing.leases import OVERFLOW_WAYS, Policy
from gateway.core.leasing.pressure import Empty, Overflowing, TooEarly, Warned, Window, recycling_first
from gateway.core.numbers import Kind
from gateway.core.numbers.lifecycle import StepRefusal, WhyNot
from gateway.core.refusals import Refusal, Why
from gateway.core.rules.book import Fields
from gateway.core.rules.conditions import Compare, Not
from gateway.core.rules.unreachable import Contradiction
from gateway.core.times import seconds
from gateway.service.reading import LONGEST_NAME

_STEPS = {
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


_CHANGES = {
    Why.NOT_A_NAME: f"{{what!r}} is not a name: up to {LONGEST_NAME} printable characters",
    Why.WHICH_SITE: "which site? --site names one of: {known}",
    Why.SITE_EXISTS: "a site {what!r} exists already",
    Why.NOT_AN_ORIGIN: "{what!r} is not an origin: write https://www.example.com, in small letters, without a path",
    Why.NOT_A_PAGE: "{what!r} is not a URL of a page: write https://www.example.com/contact?utm_source=news",
    Why.POOL_UNREACHABLE: (
        "the pool {what} would serve nobody: {other} was made before it, and takes all of its visitors ({condition})"
    ),
    Why.POOL_CONDITION: "--only-for cannot be used: {said}",
    Why.NO_DESTINATION: "there is no [destinations.{what}] in the configuration. Known: {known}",
    Why.NOT_A_COUNTRY: "{what!r} is not a country: write its two letters, such as GB",
    Why.TARGET_IS_OURS: "{what} is a number of ours: leased to one visitor, it would claim all who read it on the site",
    Why.NOT_AN_OVERFLOW: (
        f"{{what!r}} in --overflow is none of {', '.join(OVERFLOW_WAYS)}: part them by commas, in the order in which "
        "they are tried. static, the page's own number, always comes last; it alone shows nothing else"
    ),
    Why.OVERFLOW_TWICE: "{what} stands twice in --overflow: leave out one",
    Why.HARD_RECYCLES: (
        "a hard cooldown gives a number that still cools to nobody else: leave recycled out of --overflow, or write "
        "--soft as well"
    ),
    Why.OVERFLOW_RULE_LEFT: (
        "the overflow rule {what} would never be reached: name source_shared in --overflow, or take the rule away "
        "first (`leaseline rule remove {quoted}`)"
    ),
    Why.NO_RULE: "there is no such rule {what!r}: `leaseline rule list` lists them",
    Why.NO_RULE_IN_POOL: "the pool has no such rule {what!r}: `leaseline rule list` lists them",
    Why.RULE_CONDITION: "the condition cannot be used: {said}",
    Why.OVERFLOW_NOT_SHOWN: (
        "the pool {what} never shows the number of an overflow rule: name source_shared in "
        "`leaseline pool change {quoted} --overflow ..` first"
    ),
    Why.TOO_MANY_RULES: "the pool {what} has {other} rules already",
    Why.RULE_EXISTS: "a rule {what!r} exists already",
    Why.RULE_OR_NUMBER_EXISTS: "a rule {what!r}, or one for {other}, exists already",
    Why.NUMBER_OF_RULE: "{what} is the number of the rule {other}: in two rules it would tell nothing",
    Why.NUMBER_NOT_FREE: "{what} is a number of ours that others are shown, or were: a rule needs one of its own",
    Why.OVERFLOW_AMONG_OTHERS: (
        "{what} is an overflow rule and {other} is none: overflow rules are tried after all others, so name one of its "
        "own kind in --before, or leave it out"
    ),
    Why.RULE_BEHIND: (
        "the rule {what} would never be reached: {other} stands before it and takes all of its visitors ({condition}). "
        "Put it before that one (--before {other_quoted})"
    ),
    Why.OVERFLOW_RULE_BEHIND: (
        "the rule {what} would never be reached: {other} stands before it and takes all of its visitors ({condition}). "
        "An overflow rule is only for whom no other rule serves"
    ),
    Why.RULE_HIDDEN: (
        "the rule {what} would never be reached: {other} would stand before it and take all of its visitors "
        "({condition})"
    ),
    Why.RULE_ON_TARGET: "{what} is printed on the site (swap target of pool {other}), so everybody sees it",
    Why.NOT_A_NUMBER: "{said}",
    Why.NOT_A_RANGE: "{what!r} is not a range: the second number has to follow the first, of the same length",
    Why.NOT_A_KIND: f"{{what!r}} is no kind: {', '.join(Kind)}",
    Why.NEEDS_POOL: "a {what} number needs a pool: name it with --pool or in the column pool",
    Why.NEITHER_YES_NOR_NO: "{what!r} in the column sms is neither yes nor no",
    Why.LEASED_TARGET: "{what} is printed on the site (swap target of pool {other}): never lease it",
    Why.IN_CIRCLES: "{other} forwards calls to {what}: they would go in circles",
    Why.OURS_ALREADY: "{what} is a number of ours already",
}


def refused(refusal: Refusal) -> str:
    """Return why a change was not made."""
    match refusal.why:
        case Why.NO_SITE:
            return nothing_named("site", refusal.what).message
        case Why.NO_POOL:
            return nothing_named("pool", refusal.what).message
        case Why.NO_SITE_OF_ORIGIN:
            whose = f"the site {refusal.other}" if refusal.other else "any site"
            return f"{refusal.what} is no origin of {whose}: `leaseline site list` lists them"
        case Why.POOL_EXISTS:
            return _pool_exists(refusal)
        case Why.NEVER_HOLDS:
            return f"nobody can ever fit it: {_contradiction(refusal.contradiction)}"
    none_known = "none yet: `leaseline site add` makes one" if refusal.why is Why.WHICH_SITE else "none yet"
    return _CHANGES[refusal.why].format(
        what=refusal.what,
        other=refusal.other,
        condition=refusal.condition,
        said=refusal.said,
        known=", ".join(refusal.known) or none_known,
        quoted=shlex.quote(refusal.what),
        other_quoted=shlex.quote(refusal.other),
    )


def step_refused(refusal: StepRefusal) -> str:
    """Return why a step cannot be taken with a number."""
    number = refusal.number
    if number is None:
        return _STEPS[refusal.why]
    return _STEPS[refusal.why].format(
        number=number,
        rule=shlex.quote(number.rule),
        held=_moment(number.releasable_at),
        leased=_moment(number.leased_until),
        called=_moment(number.called_at),
    )


def _pool_exists(refusal: Refusal) -> str:
    condition = " with this condition" if refusal.condition else ""
    more = "" if refusal.condition else "; `--only-for CONDITION` makes one for some visitors"
    return f"a pool {refusal.what!r}, or one for {refusal.other}{condition} on this site, exists already{more}"


def _contradiction(reason: Contradiction | None) -> str:
    if reason is None:
        return "it contradicts itself"
    if not isinstance(reason.part, Not):
        return f"`{reason.part}` rules out `{reason.ruled_out[0]}`"
    return (
        f"`{reason.part}` rules out the rest of it" if reason.ruled_out else f"`{reason.part.part}` holds for everybody"
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
