"""Calls: facts to decide on, what was decided, and how each ended. Each write is one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.core.calls.attribution import Facts, Weights
from gateway.core.calls.call import CallEnd, RoutedCall, merge
from gateway.core.calls.routing import DECIDED
from gateway.core.numbers import Dialled, OwnNumber
from gateway.store import rows
from gateway.store.engines.port import Engine, Row, Transaction
from gateway.store.log import decisions
from gateway.store.logged import LoggedAttribution
from gateway.store.rows import to_ms
from gateway.store.sql import calls as sql


@dataclass(frozen=True, slots=True)
class CdrPosition:
    """How far a CDR file was read: `head` is its first line, which tells a new file that got an old inode."""

    inode: int = 0
    head: str = ""
    position: int = 0


class Calls:
    """The calls of one database; satisfies gateway.core.calls.ports.Ledger."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def facts(self, dialled: Dialled, caller: str | None, at: datetime, weights: Weights) -> Facts:
        """Return all that is known for a call to `dialled` at a moment. Reads only."""
        with self._engine.reading() as read:
            return decisions.facts(read, dialled, caller, at, weights)

    def number(self, dialled: Dialled) -> OwnNumber | None:
        """Return the number of ours that was dialled. Reads only."""
        return decisions.own_number(self._engine.read, dialled)

    def facts_of(self, number: OwnNumber | None, caller: str | None, at: datetime, weights: Weights) -> Facts:
        """Return all that is known for a call to a number of ours at a moment. Reads only."""
        return decisions.facts_of(self._engine.read, number, caller, at, weights)

    def was_leased(self, number: str) -> bool:
        """Return whether any visitor ever had a number, whatever the clock said then. Reads only."""
        return decisions.was_leased(self._engine.read, number)

    def may_be_ours(self, digits: str) -> bool:
        """Return whether dialled digits may mean a number of ours all the same. Reads only."""
        return decisions.may_be_ours(self._engine.read, digits)

    def record(self, *calls: RoutedCall) -> None:
        """Store what was decided on calls; doing it twice, or after the CDR, changes nothing else."""
        with self._engine.writing() as transaction:
            for call in calls:
                transaction.run(sql.RECORD_DECISION, _call(call))

    def complete(
        self, ends: Sequence[tuple[CallEnd, RoutedCall]], path: str = "", position: CdrPosition | None = None
    ) -> None:
        """Store CDRs and how far their file was read, together: after a crash neither is ahead of the other.

        The RoutedCall beside each CDR is used where the call was never seen at its INVITE. No position where each call
        has a file of its own. Doing it twice changes nothing.
        """
        with self._engine.writing() as transaction:
            for end, settled in ends:
                _complete(transaction, end, settled)
            if position:
                values = {"inode": position.inode, "head": position.head, "position": position.position}
                transaction.run(sql.SAVE_CDR_POSITION, {"path": path, **values})

    def cdr_position(self, path: str) -> CdrPosition:
        """Return how far a CDR file was read."""
        found = self._engine.read(sql.CDR_POSITION, {"path": path})
        return CdrPosition(**found[0]) if found else CdrPosition()


def _call(call: RoutedCall) -> Row:
    return {
        "id": call.id,
        "caller": call.customer_phone_number,
        "number": call.tracking_phone_number,
        "destination": call.destination,
        "start": to_ms(call.start_time),
        "late": int(call.late),
        **rows.attribution(LoggedAttribution.of(call.attribution)),
        "as_told": int(call.attribution.as_told),
    }


def _complete(transaction: Transaction, end: CallEnd, settled: RoutedCall) -> None:
    transaction.run(sql.INSERT_CDR, rows.call_end(end))
    transaction.run(sql.RECORD_SETTLED, _call(settled))
    ends = [rows.from_cdr(row) for row in transaction.run(sql.CDRS_OF_CALL, {"id": end.call.id})]
    if not any(one.tag in DECIDED for one in ends):
        transaction.run(sql.NEVER_TOLD, {"id": end.call.id})
    outcome = merge(ends)
    transaction.run(
        sql.COMPLETE_CALL,
        {
            "id": end.call.id,
            "start": to_ms(outcome.start_time),
            "answer": rows.optional_ms(outcome.answer_time),
            "end": to_ms(outcome.end_time),
            "talk": rows.span_ms(outcome.talk_time),
            "disposition": outcome.disposition,
        },
    )
    transaction.run(sql.RANG_NOBODY, {"id": end.call.id})
