"""Past calls, attributed again by the weights of today; what an attribution was before is kept in an audit row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.core.calls.attribution import Attribution, State, Weights
from gateway.core.calls.call import REFUSED, RoutedCall
from gateway.core.calls.routing import again
from gateway.core.numbers import Dialled, callers
from gateway.store import rows
from gateway.store.engines.port import Engine, Row, Transaction
from gateway.store.leasing.limits import Run
from gateway.store.log import decisions
from gateway.store.logged import FormerAttribution, LoggedAttribution, Told
from gateway.store.rows import from_ms, to_ms
from gateway.store.sql import calls as sql

BATCH = 20  # calls of one transaction; a longer one keeps visitors from their leases
SAME = 0.005  # of likelihood; a call began at a slightly other moment by the switch's CDR than by our clock


@dataclass(frozen=True, slots=True)
class Change:
    """A call of which the weights of today say something else."""

    call_id: str
    start_time: datetime
    before: LoggedAttribution
    now: LoggedAttribution


class PastCalls:
    """The calls of one store, oldest first, as each may count as an earlier one of the next."""

    def __init__(self, engine: Engine, weights: Weights) -> None:
        self._engine = engine
        self._weights = weights

    def count(self, since: datetime) -> int:
        """Return how many calls began at a moment or later."""
        found: int = self._engine.read(sql.COUNT_CALLS_SINCE, {"since": to_ms(since)})[0]["found"]
        return found

    def since(self, moment: datetime) -> Iterator[list[str]]:
        """Yield the ids of the calls that began at a moment or later, a batch at a time."""
        last: Row = {"start": to_ms(moment), "id": ""}
        while found := self._engine.read(sql.CALLS_AFTER, {**last, "limit": BATCH}):
            yield [row["id"] for row in found]
            last = {"start": found[-1]["start_time"], "id": found[-1]["id"]}

    def named(self, call_ids: Sequence[str]) -> list[list[str]]:
        """Return the ids of those of the calls that there are, in batches."""
        found = [row for one in set(call_ids) for row in self._engine.read(sql.PAST_CALL, {"id": one})]
        ordered = [row["id"] for row in sorted(found, key=lambda row: (row["start_time"], row["id"]))]
        return [ordered[place : place + BATCH] for place in range(0, len(ordered), BATCH)]

    def look(self, call_ids: Sequence[str]) -> list[Change]:
        """Return what would be another one. Reads only."""
        changes = (self._change(self._engine.read, call_id) for call_id in call_ids)
        return [change for change in changes if change]

    def attribute(self, call_ids: Sequence[str], now: datetime) -> list[Change]:
        """Attribute calls again in one transaction; return what was changed, and keep what it was."""
        with self._engine.writing() as transaction:
            changes = (self._changed(transaction, call_id, now) for call_id in call_ids)
            return [change for change in changes if change]

    def today(self, call_id: str) -> LoggedAttribution | None:
        """Return what the weights of today say of a call, where that is another thing. Reads only."""
        changes = self.look([call_id])
        return changes[0].now if changes else None

    def before(self, call_id: str) -> list[FormerAttribution]:
        """Return what a call's attribution was before it was changed, the oldest first."""
        found = self._engine.read(sql.ATTRIBUTIONS_BEFORE, {"id": call_id})
        return [FormerAttribution(from_ms(row["changed_at"]), rows.logged_attribution(row)) for row in found]

    def told(self, call_id: str) -> Told | None:
        """Return what the call's destination was told; None where no CDR says so."""
        found = self._engine.read(sql.CDRS_OF_CALL, {"id": call_id})
        told = (row for row in found if row["tag"] and row["disposition"] != REFUSED)
        return next((Told(row["tag"], row["lease"] or None) for row in told), None)

    def _changed(self, transaction: Transaction, call_id: str, now: datetime) -> Change | None:
        change = self._change(transaction.run, call_id)
        if change:
            transaction.run(sql.KEEP_ATTRIBUTION, {"id": call_id, "now": to_ms(now)})
            transaction.run(sql.ATTRIBUTE_AGAIN, {"id": call_id, **rows.attribution(change.now)})
        return change

    def _change(self, run: Run, call_id: str) -> Change | None:
        for row in run(sql.PAST_CALL, {"id": call_id}):
            before, found = rows.logged_attribution(row), self._again(run, row)
            now = LoggedAttribution.of(found) if found else before
            if _differs(before, now):
                return Change(call_id, from_ms(row["start_time"]), before, now)
        return None

    def _again(self, run: Run, row: Row) -> Attribution | None:
        call = _call(row)
        dialled = Dialled((call.tracking_phone_number,), "")
        caller = callers.with_history(call.customer_phone_number, dialled.forms)
        facts = decisions.facts(run, dialled, caller, call.start_time, self._weights)
        taps = _taps(call.start_time, rows.logged_attribution(row))
        return again(replace(facts, taps={**taps, **facts.taps}), call, self._weights)


def _call(row: Row) -> RoutedCall:
    told = Attribution(
        State(row["state"]),
        row["attribution_reason"],
        row["lease_id"] or "",
        row["likelihood"],
        as_told=bool(row["as_told"]),
    )
    number, caller = row["tracking_phone_number"], row["customer_phone_number"]
    return RoutedCall(row["id"], caller, number, from_ms(row["start_time"]), told, "")


def _taps(began: datetime, logged: LoggedAttribution) -> dict[str, datetime]:
    """Return the taps that a call's candidates tell of: the taps themselves are forgotten after a month."""
    return {one.lease_id: began - one.tap_age for one in logged.candidates if one.tap_age is not None}


def _differs(before: LoggedAttribution, now: LoggedAttribution) -> bool:
    """Return whether the answer is another one; the same answer with other weights behind it is not."""
    answers = [(one.state, one.lease_id, one.contested) for one in (before, now)]
    return answers[0] != answers[1] or _moved(before.likelihood, now.likelihood)


def _moved(before: float | None, now: float | None) -> bool:
    if before is None or now is None:
        return before is not now
    return abs(before - now) >= SAME
