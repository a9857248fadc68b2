"""Whose call is it? From the leases of the dialled number to an Attribution that says how sure it is.

Theory of operation. Every lease of the number whose visitor could still have the number on the screen or in mind when
the call began is a candidate: it ran (`active`), or it had ended less than the pool's cooldown ago (`cooling`). A lease
of the same number that this caller was attributed to before is a candidate too, for 30 days (`repeat`). Each candidate
gets a weight, the heaviest wins, and `likelihood` is its share of all weights. More than one visitor makes the call
`contested`. Nothing is claimed from older leases: the state is `expired` and no lease is named.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from gateway.core.leases import Lease, Phase, phase

# Judgements, not measurements: a later release fits them to recorded calls.
REPEAT_WEIGHT = 4.0  # how much more a caller's own history says than a screen that shows the number now ..
REPEAT_FADE = timedelta(days=7)  # .. which it says half as loud after this time ..
REPEAT_WINDOW = timedelta(days=30)  # .. and not at all after this, as months later it is another visit
UNSEEN_WEIGHT = 1.0  # somebody we know nothing of, where only the caller's history speaks
PROVISIONAL_WEIGHT = 0.25  # a page that never sent a heartbeat: a robot, or seconds of a visitor
MOST_CANDIDATES = 50  # a busy pool with a soft cooldown may have thousands; the newest are enough


class State(StrEnum):
    """How a call was attributed."""

    ACTIVE = "active"
    COOLING = "cooling"
    REPEAT = "repeat"
    SOURCE = "source"
    STATIC = "static"
    SHARED = "shared"
    EXPIRED = "expired"
    UNLEASED = "unleased"
    UNKNOWN = "unknown"


class Kind(StrEnum):
    """What a number of ours is for."""

    POOL = "pool"
    SOURCE = "source"
    STATIC = "static"
    SHARED = "shared"


@dataclass(frozen=True, slots=True)
class OwnNumber:
    """A number of ours: its kind, where its calls go, and the campaign that a number of fixed meaning stands for.

    `rule` names the rule that shows it.
    """

    e164: str
    kind: Kind
    destination: str
    campaign: str
    lease_length: timedelta
    cooldown: timedelta
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is read for one call: `leases` of the number begun by then, newest first; `earlier` calls' lease."""

    number: OwnNumber | None = None
    leases: tuple[Lease, ...] = ()
    earlier: Lease | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A visitor who could have made the call, and why."""

    lease: Lease
    state: State
    heartbeat_age: timedelta
    weight: float


@dataclass(frozen=True, slots=True)
class Attribution:
    """The answer: `lease` is named only where a visitor is claimed; `likelihood` is None where none is."""

    state: State
    reason: str
    lease: str = ""
    likelihood: float | None = None
    candidates: tuple[Candidate, ...] = ()

    @property
    def contested(self) -> bool:
        """Return whether more than one visitor was possible."""
        return len(self.candidates) > 1 and bool(self.lease)


def attribute(facts: Facts, at: datetime) -> Attribution:
    """Return whose call it is that began at `at`."""
    number = facts.number
    if number is None:
        return Attribution(State.UNKNOWN, "The dialled number is not one of ours.")
    candidates = _candidates(facts, number, at) if number.kind is Kind.POOL else ()
    if candidates:
        return _won(candidates)
    if facts.earlier and _is_recent(facts.earlier, at) and number.kind in (Kind.POOL, Kind.SHARED):
        return _won((_by_caller(facts.earlier, at),), UNSEEN_WEIGHT)
    return _without_visitor(number, facts.leases, at)


def weight(lease: Lease, number: OwnNumber, at: datetime) -> float:
    """Return how much a lease speaks for its visitor: 1 while it runs, then falling with the time since.

    1 / (1 + age / lease length) falls slowly, as calls come late with a long tail: with a lease of 20 minutes a
    visitor who left 2 hours ago weighs 1/7. A judgement, not a measurement.
    """
    heard = PROVISIONAL_WEIGHT if lease.provisional else 1.0
    if phase(lease, number.cooldown, at) is Phase.ACTIVE:
        return heard
    return heard / (1.0 + (at - lease.end) / number.lease_length)


def repeat_weight(lease: Lease, at: datetime) -> float:
    """Return how much it says that this caller was attributed to the lease before."""
    return REPEAT_WEIGHT / (1.0 + max(at - lease.end, timedelta()) / REPEAT_FADE)


def _candidates(facts: Facts, number: OwnNumber, at: datetime) -> tuple[Candidate, ...]:
    """Return one candidate per visitor, the heaviest first."""
    best: dict[str, Candidate] = {}
    for candidate in [*_by_lease(facts.leases, number, at), *_by_history(facts, at)]:
        known = best.get(candidate.lease.visitor)
        best[candidate.lease.visitor] = _stronger(known, candidate) if known else candidate
    return tuple(sorted(best.values(), key=lambda candidate: -candidate.weight))


def _by_lease(leases: Iterable[Lease], number: OwnNumber, at: datetime) -> Iterable[Candidate]:
    states = {Phase.ACTIVE: State.ACTIVE, Phase.COOLING: State.COOLING}
    for lease in leases:
        state = states.get(phase(lease, number.cooldown, at))
        if state:
            yield Candidate(lease, state, _heartbeat_age(lease, at), weight(lease, number, at))


def _by_history(facts: Facts, at: datetime) -> Iterable[Candidate]:
    """Yield the caller's earlier lease when it was on this very number: they may dial it from memory."""
    lease = facts.earlier
    if lease and facts.number and lease.number == facts.number.e164 and _is_recent(lease, at):
        yield _by_caller(lease, at)


def _by_caller(lease: Lease, at: datetime) -> Candidate:
    return Candidate(lease, State.REPEAT, _heartbeat_age(lease, at), repeat_weight(lease, at))


def _heartbeat_age(lease: Lease, at: datetime) -> timedelta:
    """Return the time since the last heartbeat; none where one came after the call began."""
    return at - min(lease.last_seen_at, at)


def _is_recent(lease: Lease, at: datetime) -> bool:
    return at - lease.end <= REPEAT_WINDOW


def _stronger(one: Candidate, other: Candidate) -> Candidate:
    """Return one candidate of the same visitor's two: the lease nearest to the call, the greater weight."""
    if State.REPEAT not in (one.state, other.state):
        return max(one, other, key=lambda candidate: candidate.weight)
    leased = other if one.state is State.REPEAT else one
    return replace(leased, weight=max(one.weight, other.weight))


def _won(candidates: tuple[Candidate, ...], unseen: float = 0.0) -> Attribution:
    winner = candidates[0]
    share = winner.weight / (unseen + sum(candidate.weight for candidate in candidates))
    reason = _REASONS[winner.state].format(age=_words(winner.heartbeat_age))
    others = len(candidates) - 1
    if others:
        more = " or more" if len(candidates) == MOST_CANDIDATES else ""
        reason += f" {others}{more} other visitor(s) could have called too."
    return Attribution(winner.state, reason, winner.lease.id, round(share, 4), candidates)


def _without_visitor(number: OwnNumber, leases: tuple[Lease, ...], at: datetime) -> Attribution:
    """Return the states that name no visitor."""
    if number.kind is not Kind.POOL:
        reason = _FIXED[number.kind].format(campaign=number.campaign or "no campaign")
        return Attribution(
            State(number.kind.value), f"{reason} The rule {number.rule} shows it." if number.rule else reason
        )
    if not leases:
        return Attribution(State.UNLEASED, "No visitor was ever shown this number: a misdial or a robot.")
    last = leases[0]
    return Attribution(
        State.EXPIRED, f"The last visitor's lease ended {_words(at - last.end)} ago, longer than the cooldown."
    )


def _words(age: timedelta) -> str:
    """Return an age as a person says it."""
    seconds = int(age.total_seconds())
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} seconds"


_REASONS = {
    State.ACTIVE: "The visitor's lease was running; last seen {age} before the call.",
    State.COOLING: "The visitor's lease had ended and the number was cooling; last seen {age} before the call.",
    State.REPEAT: "This caller was attributed to this visitor before; last seen {age} before the call.",
}
_FIXED = {
    Kind.SOURCE: "The number stands for one source only: {campaign}.",
    Kind.STATIC: "The number is printed offline: {campaign}.",
    Kind.SHARED: "The number was shown to every visitor who could not have one of their own: {campaign}.",
}
