"""Grant, renew, release; facts for a decision; calls recorded and completed. Each write is one transaction."""

import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.core import leases, numbers
from gateway.core.attribution import MOST_CANDIDATES, Facts, Kind, OwnNumber
from gateway.core.calls import CallEnd, RoutedCall, merge
from gateway.core.leases import Choice, Lease, Pool
from gateway.core.numbers import Dialled
from gateway.core.routing import DECIDED
from gateway.core.sources import Visit
from gateway.store import rows
from gateway.store import statements as sql
from gateway.store.rows import Row, to_ms
from gateway.store.sqlite import Conflict, SqliteStore, Transaction

TRIES = 3  # a unique index that refuses a grant means a race lost; the second look finds the winner


@dataclass(frozen=True, slots=True)
class Granted:
    """What a visitor is shown for one pool: their own number, a shared one, or (no number) the page's own."""

    pool: Pool
    choice: Choice
    number: str = ""
    lease: Lease | None = None


@dataclass(frozen=True, slots=True)
class CdrPosition:
    """How far a CDR file was read: `head` is its first line, which tells a new file that got an old inode."""

    inode: int = 0
    head: str = ""
    position: int = 0


def new_id() -> str:
    """Return an id of 26 letters and digits that nobody can guess, fit for a SIP header."""
    return secrets.token_hex(13)


class SqlLedger:
    """The ledger over one store; satisfies gateway.core.ports.Ledger."""

    def __init__(self, store: SqliteStore) -> None:
        self.store = store

    # Leases

    def grant(self, visitor: str, visit: Visit, pools: Sequence[Pool], now: datetime) -> list[Granted]:
        """Return a number for the visitor in each pool, all in one transaction; the same visitor gets the same."""
        for attempt in range(TRIES):
            try:
                with self.store.writing() as transaction:
                    grant = _Grant(transaction, visitor, visit, now)
                    return [grant.one(pool) for pool in pools]
            except Conflict:
                if attempt == TRIES - 1:
                    raise
        return []

    def renew(self, lease_ids: Sequence[str], now: datetime) -> list[Lease]:
        """Return the leases that a heartbeat renewed; those that have ended are left out."""
        with self.store.writing() as transaction:
            return [lease for lease_id in lease_ids for lease in _beat(transaction, lease_id, now)]

    def release(self, lease_ids: Sequence[str], now: datetime) -> None:
        """Let leases end after their pools' closed-browser delay, unless the visitor comes back before."""
        with self.store.writing() as transaction:
            for lease_id in lease_ids:
                _shorten(transaction, lease_id, now)

    # Calls

    def facts(self, dialled: Dialled, caller: str | None, at: datetime) -> Facts:
        """Return all that is known for a call to `dialled` at a moment. Reads only."""
        number = self._own_number(dialled)
        earlier = self._earlier(caller, at) if caller and number else None
        if number is None or number.kind is not Kind.POOL:
            return Facts(number, (), earlier)
        return Facts(number, tuple(self._leases_on(number, at)), earlier)

    def record(self, call: RoutedCall) -> None:
        """Store what was decided on a call; doing it twice, or after the CDR, changes nothing else."""
        with self.store.writing() as transaction:
            transaction.run(sql.RECORD_DECISION, _call(call))

    def complete(
        self, ends: Sequence[tuple[CallEnd, RoutedCall]], path: str = "", position: CdrPosition | None = None
    ) -> None:
        """Store CDRs and how far their file was read, together: after a crash neither is ahead of the other.

        The RoutedCall beside each CDR is used where the call was never seen at its INVITE. No position where each call
        has a file of its own. Doing it twice changes nothing.
        """
        with self.store.writing() as transaction:
            for end, settled in ends:
                _complete(transaction, end, settled)
            if position:
                values = {"inode": position.inode, "head": position.head, "position": position.position}
                transaction.run(sql.SAVE_CDR_POSITION, {"path": path, **values})

    def cdr_position(self, path: str) -> CdrPosition:
        """Return how far a CDR file was read."""
        found = self.store.read(sql.CDR_POSITION, {"path": path})
        return CdrPosition(**found[0]) if found else CdrPosition()

    def _leases_on(self, number: OwnNumber, at: datetime) -> list[Lease]:
        values = {"number": number.e164, "at": to_ms(at), "over": to_ms(at - number.cooldown)}
        found = self.store.read(sql.LEASES_ON_NUMBER, {**values, "limit": MOST_CANDIDATES})
        return [rows.lease(row) for row in found]

    def _own_number(self, dialled: Dialled) -> OwnNumber | None:
        for form in dialled.forms:
            found = self.store.read(sql.NUMBER_BY_E164, {"e164": form})
            if found:
                return rows.own_number(found[0])
        return self._by_tail(dialled.digits)

    def _by_tail(self, digits: str) -> OwnNumber | None:
        """Return the number that ends in the digits, when there is exactly one: a guess is no attribution."""
        tail = numbers.tail(digits)
        if tail is None:
            return None
        low = tail[::-1]
        found = self.store.read(sql.NUMBER_BY_TAIL, {"low": low, "high": f"{low}:"})  # ':' follows '9'
        return rows.own_number(found[0]) if len(found) == 1 else None

    def _earlier(self, caller: str, at: datetime) -> Lease | None:
        found = self.store.read(sql.EARLIER_LEASE, {"caller": caller, "at": to_ms(at)})
        return rows.lease(found[0]) if found else None


class _Grant:
    """One visitor's grants in one transaction; the session is written when the first new lease needs it."""

    def __init__(self, transaction: Transaction, visitor: str, visit: Visit, now: datetime) -> None:
        self._run = transaction.run
        self._visitor = visitor
        self._visit = visit
        self._now = now
        self._session = ""

    def one(self, pool: Pool) -> Granted:
        """Return what the visitor is shown for a pool."""
        for choice in leases.order(pool.policy):
            lease = self._running(pool) if choice is Choice.RUNNING else self._taken(pool, choice)
            if lease:
                return Granted(pool, choice, lease.number, lease)
        shared = self._run(sql.SHARED_NUMBER, {"pool": pool.id})
        return Granted(pool, Choice.SHARED, shared[0]["e164"]) if shared else Granted(pool, Choice.STATIC)

    def _running(self, pool: Pool) -> Lease | None:
        provisional = self._now + pool.policy.provisional
        found = self._run(
            sql.RENEW_RUNNING,
            {
                **self._whose(pool),
                "provisional": to_ms(provisional),
                "expires": to_ms(self._now + pool.policy.length),
            },
        )
        return _held(self._run, rows.lease(found[0]), pool) if found else None

    def _taken(self, pool: Pool, choice: Choice) -> Lease | None:
        expires = self._now + pool.policy.provisional
        values = {
            **self._whose(pool),
            "expires": to_ms(expires),
            "free": to_ms(expires + pool.policy.cooldown),
            "recyclable": to_ms(self._now + pool.policy.cooldown),
        }
        taken = self._run(_TAKE[choice], values)
        return self._new_lease(pool, choice, taken[0]["e164"], expires) if taken else None

    def _new_lease(self, pool: Pool, choice: Choice, number: str, expires: datetime) -> Lease:
        whose = self._whose(pool)
        self._run(sql.END_ON_NUMBER, {"number": number, "now": whose["now"]})
        self._run(sql.END_OF_VISITOR, whose)
        lease = Lease(
            new_id(), number, pool.id, self._visitor, self._new_session(pool.site), self._now, self._now, expires
        )
        values = {"id": lease.id, "number": number, "session": lease.session, "choice": choice.value}
        self._run(sql.INSERT_LEASE, {**whose, **values, "expires": to_ms(expires)})
        return lease

    def _new_session(self, site: str) -> str:
        if not self._session:
            self._session = new_id()
            now = to_ms(self._now)
            self._run(sql.INSERT_VISITOR, {"id": self._visitor, "site": site, "now": now})
            self._run(
                sql.INSERT_SESSION,
                {
                    "id": self._session,
                    "visitor": self._visitor,
                    "now": now,
                    "landing_page_url": self._visit.landing_page_url,
                    "referring_url": self._visit.referring_url,
                    "parameters": json.dumps(self._visit.parameters),
                },
            )
        return self._session

    def _whose(self, pool: Pool) -> Row:
        return {"pool": pool.id, "visitor": self._visitor, "now": to_ms(self._now)}


_TAKE = {Choice.SAME: sql.TAKE_SAME, Choice.IDLE: sql.TAKE_IDLE, Choice.RECYCLED: sql.TAKE_RECYCLED}


def _beat(transaction: Transaction, lease_id: str, now: datetime) -> list[Lease]:
    pool = _pool_of(transaction, lease_id)
    if pool is None:
        return []
    values = {"lease": lease_id, "now": to_ms(now), "expires": to_ms(now + pool.policy.length)}
    found = transaction.run(sql.RENEW_ON_BEAT, values)
    return [_held(transaction.run, rows.lease(row), pool) for row in found]


def _shorten(transaction: Transaction, lease_id: str, now: datetime) -> None:
    pool = _pool_of(transaction, lease_id)
    if pool is None:
        return
    for row in transaction.run(sql.OPEN_LEASE, {"lease": lease_id}):
        until = leases.released_until(pool.policy, now, rows.lease(row).last_seen_at)
        for shortened in transaction.run(sql.SHORTEN, {"lease": lease_id, "expires": to_ms(until)}):
            _held(transaction.run, rows.lease(shortened), pool)


def _pool_of(transaction: Transaction, lease_id: str) -> Pool | None:
    found = transaction.run(sql.POOL_OF_LEASE, {"lease": lease_id})
    return rows.pool(found[0]) if found else None


def _held(run: Callable[[str, Row], list[Row]], lease: Lease, pool: Pool) -> Lease:
    """Let the number follow its lease's new end."""
    expires, free = to_ms(lease.expires_at), to_ms(lease.expires_at + pool.policy.cooldown)
    run(sql.HOLD, {"number": lease.number, "expires": expires, "free": free})
    return lease


def _call(call: RoutedCall) -> Row:
    return {
        "id": call.id,
        "caller": call.customer_phone_number,
        "number": call.tracking_phone_number,
        "destination": call.destination,
        "start": to_ms(call.start_time),
        "late": int(call.late),
        **rows.attribution(call.attribution),
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
