"""Calls: what is known when one arrives, what a CDR says of its end, and one record made of both."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.core.calls.attribution import Attribution, State

REFUSAL = "refused"  # what the dialplan writes in place of the state of a call that it hung up on before answer
REFUSED = "REFUSED"  # the disposition of such a call

MACHINE = "MACHINE"  # the disposition of a call that only a machine answered: a queue, a menu, a mailbox
UNKNOWN_END = "UNKNOWN END"  # the disposition of a call that must be over, and whose CDR never came


@dataclass(frozen=True, slots=True)
class InboundCall:
    """A call as the switch announces it: `dialled` and `caller` are the switch's own words, unread."""

    id: str
    dialled: str
    trunk: str
    caller: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RoutedCall:
    """A call and what was decided on it; `late` when it was settled after the fact, from its CDR."""

    id: str
    customer_phone_number: str | None
    tracking_phone_number: str
    start_time: datetime
    attribution: Attribution
    destination: str
    late: bool = False


@dataclass(frozen=True, slots=True)
class CallEnd:
    """One CDR of the switch, one of several by `sequence`; `tag` and `lease` are the state and lease it carried.

    `answered_on` is the switch's name of what answered, as far as it tells.
    """

    call: InboundCall
    sequence: int
    tag: str
    lease: str
    answer_time: datetime | None
    end_time: datetime
    talk_time: timedelta
    disposition: str
    answered_on: str = ""

    @property
    def by_person(self) -> bool:
        """Return whether somebody answered who is no machine."""
        return self.answer_time is not None and self.disposition != MACHINE


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a call went, all its CDRs taken together."""

    start_time: datetime
    answer_time: datetime | None
    end_time: datetime
    talk_time: timedelta
    disposition: str

    @property
    def tells_of_people(self) -> bool:
        """Return whether it is known what people did: who took the call from a machine later on, no switch tells."""
        return self.disposition != MACHINE

    @property
    def answered(self) -> bool:
        """Return whether anybody picked up."""
        return self.answer_time is not None

    @property
    def duration(self) -> timedelta:
        """Return the time from the INVITE to the end."""
        return self.end_time - self.start_time

    @property
    def ring_time(self) -> timedelta:
        """Return the time from the INVITE to the answer, or to the end when nobody answered."""
        return (self.answer_time or self.end_time) - self.start_time


def read_refusal(tag: str, disposition: str) -> tuple[str, str]:
    """Return the state that a CDR carries and its disposition.

    A refused call was `unleased` or `unknown`; which of them, its number says, and no destination was told.
    """
    return (State.UNLEASED.value, REFUSED) if tag == REFUSAL else (tag, disposition)


def merge(ends: Iterable[CallEnd]) -> Outcome:
    """Return the outcome of a call from its CDRs, at least one, in any order.

    A hop that did not answer leaves a CDR of its own before the one that did, so the answer is the earliest one,
    talk times add up, and the disposition is that of the answered CDR, else of the last. With a machine nobody talks:
    what it answered counts as not answered, and the disposition says so.
    """
    ordered = sorted(ends, key=lambda end: end.sequence)
    people = [end for end in ordered if end.by_person]
    machines = [end for end in ordered if end.disposition == MACHINE]
    telling = [*people, *machines, ordered[-1]][0]
    return Outcome(
        start_time=min(end.call.at for end in ordered),
        answer_time=min((end.answer_time for end in people if end.answer_time), default=None),
        end_time=max(end.end_time for end in ordered),
        talk_time=sum((end.talk_time for end in ordered if end.disposition != MACHINE), timedelta()),
        disposition=telling.disposition,
    )
