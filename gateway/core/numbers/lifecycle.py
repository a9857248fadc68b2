"""The life of a number: in use, then paused, retired, released.

Theory of operation. A paused number is no longer leased; calls to it are routed and attributed as before, as somebody
may have noted it down. A retired number is about to be given up: it still routes while it is held, and every call in
that time is a ghost call, which shows who still dials it. A released number is no longer ours; its leases and calls
stay, as history is append-only. Nothing is swept: what may be done follows from the time that is passed in.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from gateway.core.numbers.kinds import Kind

HOLD = timedelta(days=60)  # printed matter and old mails are read for weeks
LONGEST_CALL = timedelta(hours=4)  # a call without an end that began earlier was lost, and no longer holds its number


class Step(StrEnum):
    """What the PBX admin does to a number."""

    PAUSE = "pause"
    RESUME = "resume"
    RETIRE = "retire"
    RELEASE = "release"


class WhyNot(StrEnum):
    """Why a step cannot be taken."""

    NOT_OURS = "not_ours"
    SHOWN_BY_RULE = "shown_by_rule"
    IN_USE = "in_use"
    PAUSED = "paused"
    RETIRED = "retired"
    NEVER_LEASED = "never_leased"
    NOT_RETIRED = "not_retired"
    HELD = "held"
    LEASED = "leased"
    IN_A_CALL = "in_a_call"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a number stands; `called_at` is when the newest call began that has not ended.

    A retired number is paused as well, and held until `releasable_at`.
    """

    kind: Kind
    paused: bool
    releasable_at: datetime | None
    leased_until: datetime | None
    called_at: datetime | None
    rule: str = ""
    """The name of the rule whose number it is."""

    @property
    def retired(self) -> bool:
        """Return whether the number is to be given up."""
        return self.releasable_at is not None


@dataclass(frozen=True, slots=True)
class StepRefusal:
    """Why a step cannot be taken with a number, and where the number stands; one that is not ours stands nowhere."""

    why: WhyNot
    number: Standing | None = None


def refusal(step: Step, number: Standing, now: datetime, *, force: bool = False) -> StepRefusal | None:
    """Return why a step cannot be taken, or None where it can; `force` passes over the hold, and over nothing else."""
    why = _why_not(step, number, now, force=force)
    return StepRefusal(why, number) if why else None


def _why_not(step: Step, number: Standing, now: datetime, *, force: bool) -> WhyNot | None:
    if number.rule and step is not Step.RESUME:
        # Its rule would silently lose its number, and with it what tells the rule's visitors from all others.
        return WhyNot.SHOWN_BY_RULE
    if step is Step.RELEASE:
        return _why_held(number, now, force=force) or _why_in_use(number, now)
    if step is Step.PAUSE:
        return _why_not_pausable(number)
    if step is Step.RESUME and not number.paused:
        return WhyNot.IN_USE
    return None


def _why_not_pausable(number: Standing) -> WhyNot | None:
    if number.retired:
        return WhyNot.RETIRED
    if number.paused:
        return WhyNot.PAUSED
    return None if number.kind in (Kind.POOL, Kind.SHARED) else WhyNot.NEVER_LEASED


def _why_held(number: Standing, now: datetime, *, force: bool) -> WhyNot | None:
    if number.releasable_at is None:
        return WhyNot.NOT_RETIRED
    return WhyNot.HELD if now < number.releasable_at and not force else None


def _why_in_use(number: Standing, now: datetime) -> WhyNot | None:
    if number.leased_until and number.leased_until > now:
        return WhyNot.LEASED
    if number.called_at and number.called_at > now - LONGEST_CALL:
        return WhyNot.IN_A_CALL
    return None
