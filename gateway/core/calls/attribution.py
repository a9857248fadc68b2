"""Whose call is it? From the leases of the dialled number to an Attribution that says how sure it is.

Theory of operation. Every lease of the number whose visitor could still have the number on the screen or in mind when
the call began is a candidate: it ran (`active`), or it had ended less than the pool's cooldown ago (`cooling`). A
visitor to whom this caller was attributed before on this number is a candidate too, for 30 days (`repeat`). Each gets
a weight, the heaviest wins, and `likelihood` is its share of all weights. More than one visitor makes the call
`contested`. Nothing is claimed from older leases: the state is `expired` and no lease is named.

The model. One of the visitors made the call, so `likelihood` is Bayes' rule over them: a weight is the rate at which a
visitor with this evidence calls at this moment, relative to a visitor whose page shows the number now. `Weights` has
the parameters; they are judgements until they are fitted to recorded calls.

    while the page is open                              1
    `age` after it was left                             (1 + age / delay) ** -power
    the page never sent a heartbeat                     times provisional
    the visitor tapped the link of this number          times tap
    another caller was attributed to the lease before   times used
    this caller was attributed to the visitor before    repeat / (1 + age / repeat_fade), where that is more

On average a page is left half a minute after its last heartbeat. Late calls have a long tail, so a weight falls slowly.
A tap counts for `tap_window` before the call began, and for a few seconds after, as clocks differ. The caller's history
stands beside the page instead of multiplying it: people who called before may dial from memory, whatever a page shows.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from gateway.core.leasing.leases import BEAT_EVERY, FIRST_BEAT, Lease, Phase, phase
from gateway.core.numbers import Kind, OwnNumber
from gateway.core.times import seconds

MOST_CANDIDATES = 50  # a busy pool with a soft cooldown may have thousands; the newest are enough
UNHEARD = BEAT_EVERY / 2  # for which, on average, a page stayed open after its last heartbeat
TAP_LATE = timedelta(
    seconds=5
)  # by which a tap may come after its call: web server and switch have clocks of their own


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


@dataclass(frozen=True, slots=True)
class Weights:
    """The parameters of the model; [attribution] in config.toml sets them."""

    delay: timedelta = timedelta(minutes=12)
    power: float = 2.0
    """Of the calls after the page was left, half come within 12 minutes and one in 121 after a day."""
    provisional: float = 0.1
    """A page that never sent a heartbeat: a robot, or a visitor of a few seconds."""
    tap: float = 20.0
    tap_window: timedelta = timedelta(seconds=60)
    used: float = 0.3
    """A lease on which another caller has called: a visitor rarely uses two telephones."""
    repeat: float = 4.0
    repeat_fade: timedelta = timedelta(days=7)
    """A caller's own history says half as much after this time .."""
    repeat_window: timedelta = timedelta(days=30)
    """.. and nothing at all after this, as months later it is another visit."""
    repeat_from: float = 0.9
    """A contested call of at least this likelihood makes its caller known, and its lease used."""
    unseen: float = 1.0
    """A visitor who was never seen, where the caller's history is the only evidence."""


WEIGHTS = Weights()


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is read for one call: the number's `leases` begun by then; the `earlier` ones of the caller's calls.

    `earlier` has the newest call first. `taps` and `used` are by lease: when its visitor last tapped the number, and
    how many of its recent earlier calls were surely other callers'.
    """

    number: OwnNumber | None = None
    leases: tuple[Lease, ...] = ()
    earlier: tuple[Lease, ...] = ()
    taps: Mapping[str, datetime] = field(default_factory=dict)
    used: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A visitor who could have made the call, and the evidence; `share` is their part of all weights."""

    lease: Lease
    state: State
    heartbeat_age: timedelta
    weight: float
    tap_age: timedelta | None = None
    used_by: int = 0
    seen_before: bool = False
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class Attribution:
    """The answer: without a claimed visitor, `lease` is empty and `likelihood` is None.

    `as_told`: the call's destination was told so, though the history of leases does not bear it out.
    """

    state: State
    reason: str
    lease: str = ""
    likelihood: float | None = None
    candidates: tuple[Candidate, ...] = ()
    as_told: bool = False

    @property
    def contested(self) -> bool:
        """Return whether more than one visitor was possible."""
        return len(self.candidates) > 1 and bool(self.lease)


def attribute(facts: Facts, at: datetime, weights: Weights) -> Attribution:
    """Return whose call it is that began at `at`."""
    number = facts.number
    if number is None:
        return Attribution(State.UNKNOWN, "The dialled number is not one of ours.")
    leased = list(_by_lease(facts, number, at, weights)) if number.kind is Kind.POOL else []
    known = list(_by_caller(facts.earlier, at, weights)) if number.kind in (Kind.POOL, Kind.SHARED) else []
    on_number = [*leased, *(one for one in known if one.lease.number == number.e164)]
    visitors = {candidate.lease.visitor for candidate in on_number}
    near = [one for one in known if one.lease.visitor in visitors]
    candidates = _one_per_visitor([*leased, *near] or known)
    if candidates:
        unseen = 0.0 if leased else weights.unseen
        return _won(candidates, unseen, more=len(facts.leases) >= MOST_CANDIDATES)
    return _without_visitor(number, facts.leases, at)


def weight(
    lease: Lease, heard: timedelta, tap_age: timedelta | None, used_by: int, at: datetime, weights: Weights
) -> float:
    """Return the rate at which a visitor with a lease of the number calls at a moment: the model above."""
    silent = max(heard - UNHEARD, timedelta())
    rate: float = (1.0 + silent / weights.delay) ** -weights.power
    if tap_age is None and _was_provisional(lease, at):
        rate *= weights.provisional
    if tap_age is not None:
        rate *= weights.tap
    if used_by:
        rate *= weights.used
    return rate


def repeat_weight(lease: Lease, at: datetime, weights: Weights) -> float:
    """Return the rate at which a visitor calls to whom this caller was attributed before."""
    return weights.repeat / (1.0 + max(at - lease.end, timedelta()) / weights.repeat_fade)


def _was_provisional(lease: Lease, at: datetime) -> bool:
    """Return whether no heartbeat had come by then; only the last heartbeat is kept, and it may be later."""
    return lease.provisional or (lease.last_seen_at > at and at < lease.started_at + FIRST_BEAT)


def _age(then: datetime, at: datetime) -> timedelta:
    """Return the time from then to the call; zero where it was after the call began."""
    return at - min(then, at)


def _by_lease(facts: Facts, number: OwnNumber, at: datetime, weights: Weights) -> Iterable[Candidate]:
    """Yield the visitors who see the number, or saw it less than the cooldown ago."""
    states = {Phase.ACTIVE: State.ACTIVE, Phase.COOLING: State.COOLING}
    for lease in facts.leases:
        state = states.get(phase(lease, number.cooldown, at))
        if state:
            tap_age = _tap_age(facts.taps.get(lease.id), at, weights)
            used_by = facts.used.get(lease.id, 0)
            heard = _age(lease.last_seen_at, at)
            rate = weight(lease, heard, tap_age, used_by, at, weights)
            yield Candidate(lease, state, heard, rate, tap_age, used_by)


def _tap_age(tapped_at: datetime | None, at: datetime, weights: Weights) -> timedelta | None:
    if tapped_at is None or not at - weights.tap_window <= tapped_at <= at + TAP_LATE:
        return None
    return _age(tapped_at, at)


def _by_caller(earlier: Iterable[Lease], at: datetime, weights: Weights) -> Iterable[Candidate]:
    """Yield the visitors to whom this caller was attributed before: they may dial from memory."""
    for lease in earlier:
        if at - lease.end <= weights.repeat_window:
            heard = _age(lease.last_seen_at, at)
            yield Candidate(lease, State.REPEAT, heard, repeat_weight(lease, at, weights), seen_before=True)


def _one_per_visitor(found: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """Return one candidate per visitor, the heaviest first, whatever order they were found in."""
    best: dict[str, Candidate] = {}
    for candidate in sorted(found, key=_rank):
        known = best.get(candidate.lease.visitor)
        best[candidate.lease.visitor] = _joined(known, candidate) if known else candidate
    return tuple(sorted(best.values(), key=_rank))


def _rank(candidate: Candidate) -> tuple[float, float, str]:
    return -candidate.weight, -candidate.lease.started_at.timestamp(), candidate.lease.id


def _joined(heavier: Candidate, lighter: Candidate) -> Candidate:
    """Return one candidate of a visitor's two: a lease says more about the visit than the caller's history does."""
    seen = heavier.seen_before or lighter.seen_before
    leased = lighter if heavier.state is State.REPEAT and lighter.state is not State.REPEAT else heavier
    return replace(leased, weight=heavier.weight, seen_before=seen)


def _won(candidates: tuple[Candidate, ...], unseen: float, *, more: bool) -> Attribution:
    whole = unseen + sum(candidate.weight for candidate in candidates)
    shared = tuple(replace(candidate, share=candidate.weight / whole) for candidate in candidates)
    winner = shared[0]
    reason = _reason(winner)
    others = len(shared) - 1
    if others:
        reason += f" {others}{' or more' if more else ''} other visitor(s) could have called too."
    return Attribution(winner.state, reason, winner.lease.id, round(winner.share, 4), shared)


def _without_visitor(number: OwnNumber, leases: tuple[Lease, ...], at: datetime) -> Attribution:
    """Return the answer that names no visitor."""
    if number.kind is not Kind.POOL:
        reason = _FIXED[number.kind].format(campaign=number.campaign or "no campaign")
        return Attribution(
            State(number.kind.value), f"{reason} The rule {number.rule} shows it." if number.rule else reason
        )
    if not leases:
        return Attribution(State.UNLEASED, "No visitor was ever shown this number: a misdial or a robot.")
    last = max(lease.end for lease in leases)
    return Attribution(
        State.EXPIRED, f"The last visitor's lease ended {_words(at - last)} ago, longer than the cooldown."
    )


def _reason(winner: Candidate) -> str:
    """Return why the winner won, the decisive evidence first."""
    if winner.tap_age is not None:
        text = f"The visitor tapped the number {_words(winner.tap_age)} before the call; {_LEASES[winner.state]}."
    elif winner.heartbeat_age:
        text = f"{_REASONS[winner.state]}; last seen {_words(winner.heartbeat_age)} before the call."
    else:
        text = f"{_REASONS[winner.state]}, and their page was open."
    if winner.seen_before and winner.state is not State.REPEAT:
        text += " This caller was attributed to this visitor before."
    if winner.used_by:
        text += " Somebody else had called on the lease before."
    return text


def _words(age: timedelta) -> str:
    """Return an age in the words of a person."""
    length = seconds(age)
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if length >= 2 * size:
            return f"{length // size} {unit}"
    return "1 second" if length == 1 else f"{length} seconds"


_LEASES = {State.ACTIVE: "their lease was running", State.COOLING: "their lease had ended and the number was cooling"}
_REASONS = {
    State.ACTIVE: "The visitor's lease was running",
    State.COOLING: "The visitor's lease had ended and the number was cooling",
    State.REPEAT: "This caller was attributed to this visitor before",
}
_FIXED = {
    Kind.SOURCE: "The number stands for one source only: {campaign}.",
    Kind.STATIC: "The number is printed offline: {campaign}.",
    Kind.SHARED: "The number was shown to every visitor who could not have one of their own: {campaign}.",
}
