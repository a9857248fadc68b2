"""The life of a number: in use, then paused, retired, released.

Theory of operation. A paused number is leased to nobody any more; calls to it are routed and attributed as before, as
somebody may have noted it down. A retired one is to be given up: it still routes while it is held, and every call that
begins meanwhile is a ghost call, which says who dials it yet. A released one is no number of ours any more; its leases
and calls stay, as history is append-only. Nothing is swept: what may be done follows from the time that is passed in.
"""

import shlex
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from gateway.core.calls.attribution import Kind

HOLD = timedelta(days=60)  # printed matter and old mails are read for weeks
LONGEST_CALL = timedelta(
    hours=4
)  # one without an end that began before was lost, and must not hold its number for ever


class Step(StrEnum):
    """What the PBX admin does to a number."""

    PAUSE = "pause"
    RESUME = "resume"
    RETIRE = "retire"
    RELEASE = "release"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a number stands; `called_at` is when the newest call began that has not ended.

    A retired number is paused as well: `releasable_at` says until when it is held.
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


def why_not(step: Step, number: Standing, now: datetime, *, force: bool = False) -> str:
    """Return why a step cannot be taken, or the empty text; `force` passes over the hold, and over nothing else."""
    if number.rule and step is not Step.RESUME:
        # Its rule would be left without a number, and its visitors would be told from no others, unsaid.
        return f"it is the number of the rule {number.rule}: `leaseline rule remove {shlex.quote(number.rule)}` first"
    if step is Step.RELEASE:
        return _why_not_held(number, now, force=force) or _why_not_used(number, now)
    if step is Step.PAUSE:
        return _why_not_paused(number)
    if step is Step.RESUME and not number.paused:
        return "it is neither paused nor retired"
    return ""


def _why_not_paused(number: Standing) -> str:
    if number.retired:
        return "it is retired, so it is leased to nobody already"
    if number.paused:
        return "it is paused already"
    if number.kind not in (Kind.POOL, Kind.SHARED):
        return f"it is a {number.kind.value} number, which no pool shows: `leaseline number retire` gives it up"
    return ""


def _why_not_held(number: Standing, now: datetime, *, force: bool) -> str:
    if number.releasable_at is None:
        return "it is not retired: `leaseline number retire` holds it for a time, to hear who still dials it"
    if now < number.releasable_at and not force:
        return f"it is held until {_moment(number.releasable_at)}: wait, or `leaseline number release --force`"
    return ""


def _why_not_used(number: Standing, now: datetime) -> str:
    if number.leased_until and number.leased_until > now:
        return f"a visitor's lease of it runs until {_moment(number.leased_until)}: try again then"
    if number.called_at and number.called_at > now - LONGEST_CALL:
        return f"a call to it is in progress, since {_moment(number.called_at)}: try again when it has ended"
    return ""


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
