"""Leases: granted, looked at, renewed, released, held after a tap. Each write is one transaction."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.core.leasing import leases
from gateway.core.leasing.crowd import Network
from gateway.core.leasing.leases import Choice, Lease, Pool
from gateway.core.rules.book import Fitting
from gateway.core.visits.visit import Visit
from gateway.store import rows
from gateway.store.engines.port import Conflict, Engine, Row, Transaction
from gateway.store.leasing import grants, pressure
from gateway.store.leasing.grants import NO_RULE, Granted, Looking, Taking, new_id, shown
from gateway.store.rows import to_ms
from gateway.store.sql import leases as sql
from gateway.store.sql import pressure as pressure_sql
from gateway.store.views import PageView, Views

NO_RULES: Mapping[str, Fitting] = {}
TRIES = 3  # a unique index that refuses a grant means a race lost; the second look finds the winner


@dataclass(frozen=True, slots=True)
class Tap:
    """A tap on a tel: link: `number` is what it dials, where that can be read; without a visitor in a foreign frame."""

    site: str
    visitor: str
    digits: str
    number: str | None
    network: str | None


class Leases:
    """The leases of one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def grant(
        self,
        visitor: str,
        visit: Visit,
        pools: Sequence[Pool],
        now: datetime,
        network: Network | None = None,
        view: PageView | None = None,
        rules: Mapping[str, Fitting] = NO_RULES,
    ) -> list[Granted]:
        """Return a number for the visitor in each pool, all in one transaction; the same visitor gets the same.

        `rules` are those that fit the visit, by the pool's id.

        The view, where it is a new one, is counted and kept in the same transaction: a second would cost as much as a
        lease.
        """
        for attempt in range(TRIES):
            try:
                with self._engine.writing() as transaction:
                    _count(transaction, view, now)
                    own = Taking(transaction.run, visitor, visit, now, network)
                    granted = [shown(transaction.run, own, pool, rules.get(pool.id, NO_RULE)) for pool in pools]
                    _keep(transaction, view, [one.lease for one in granted if one.lease], now)
                    if view:
                        pressure.count_in(transaction.run, [(one.pool.id, one.choice) for one in granted], now)
                    return granted
            except Conflict:
                if attempt == TRIES - 1:
                    raise
        return []

    def held(self, visitor: str, pools: Iterable[Pool], now: datetime) -> frozenset[str]:
        """Return the ids of those pools of which a visitor holds a number. Reads only."""
        whose = {"visitor": visitor, "now": to_ms(now)}
        return frozenset(pool.id for pool in pools if self._engine.read(sql.RUNNING, {**whose, "pool": pool.id}))

    def count_shared(self, view: PageView, shared: Sequence[Granted], now: datetime) -> None:
        """Count a page view of who must not, or could not, be told from others, with what it shows."""
        with self._engine.writing() as transaction:
            _count(transaction, view, now)
            choices = [(one.pool.id, one.choice) for one in shared]
            pressure.count_in(transaction.run, choices, now, without_visitor=True)

    def look(
        self,
        visitor: str | None,
        pools: Sequence[Pool],
        now: datetime,
        network: Network | None = None,
        rules: Mapping[str, Fitting] = NO_RULES,
    ) -> list[Granted]:
        """Return what a visitor would be shown now; None: what all are shown who may not be told apart. Reads only."""
        read = self._engine.read
        own = None if visitor is None else Looking(read, visitor, now, network)
        return [shown(read, own, pool, rules.get(pool.id, NO_RULE)) for pool in pools]

    def renew(
        self,
        lease_ids: Sequence[str],
        now: datetime,
        view: PageView | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> list[Lease]:
        """Return the leases that a heartbeat renewed; those that have ended are left out."""
        with self._engine.writing() as transaction:
            _count(transaction, view, now)
            renewed = [lease for lease_id in lease_ids for lease in _beat(transaction, lease_id, now)]
            for lease in renewed:
                grants.tag(transaction.run, lease, tags or {})
            _keep(transaction, view, renewed, now)
            if view:
                pressure.count_in(transaction.run, [(lease.pool, Choice.RUNNING) for lease in renewed], now)
            return renewed

    def release(self, lease_ids: Sequence[str], now: datetime) -> None:
        """Let leases end after their pools' closed-browser delay, unless the visitor comes back before."""
        with self._engine.writing() as transaction:
            for lease_id in lease_ids:
                _shorten(transaction, lease_id, now)

    def note_tap(self, tap: Tap, lease_ids: Sequence[str], now: datetime) -> None:
        """Keep a tap as evidence, and hold the numbers of its leases: their visitor is about to call."""
        with self._engine.writing() as transaction:
            transaction.run(sql.INSERT_TAP, _tap(tap, lease_ids, now))
            for lease_id in lease_ids:
                _hold_after_tap(transaction, lease_id, now)

    def forget_taps(self, before: datetime) -> None:
        """Delete the taps of long ago."""
        with self._engine.writing() as transaction:
            transaction.run(sql.FORGET_TAPS, {"before": to_ms(before)})

    def forget_shown(self, before: datetime) -> None:
        """Delete what was counted of the pools' views long ago."""
        with self._engine.writing() as transaction:
            transaction.run(pressure_sql.FORGET_SHOWN, {"before": to_ms(before)})


def _beat(transaction: Transaction, lease_id: str, now: datetime) -> list[Lease]:
    pool = _pool_of(transaction, lease_id)
    if pool is None:
        return []
    ends = {"expires": to_ms(now + pool.policy.length), "held_until": to_ms(now + pool.policy.held_after_tap)}
    return _renewed(transaction, pool, sql.RENEW_ON_BEAT, {"lease": lease_id, "now": to_ms(now), **ends})


def _shorten(transaction: Transaction, lease_id: str, now: datetime) -> None:
    pool = _pool_of(transaction, lease_id)
    if pool is None:
        return
    for row in transaction.run(sql.OPEN_LEASE, {"lease": lease_id}):
        until = leases.released_until(pool.policy, now, rows.lease(row).last_seen_at)
        ends = {"expires": to_ms(until), "held_until": to_ms(now + pool.policy.held_after_tap)}
        _renewed(transaction, pool, sql.SHORTEN, {"lease": lease_id, **ends})


def _hold_after_tap(transaction: Transaction, lease_id: str, now: datetime) -> None:
    pool = _pool_of(transaction, lease_id)
    if pool:
        values = {"lease": lease_id, "now": to_ms(now), "held_until": to_ms(now + pool.policy.held_after_tap)}
        _renewed(transaction, pool, sql.HOLD_AFTER_TAP, values)


def _renewed(transaction: Transaction, pool: Pool, statement: str, values: Row) -> list[Lease]:
    """Return the leases that a statement gave a new end, which their numbers follow."""
    found = [rows.lease(row) for row in transaction.run(statement, values)]
    for lease in found:
        grants.hold(transaction.run, lease, pool)
    return found


def _pool_of(transaction: Transaction, lease_id: str) -> Pool | None:
    found = transaction.run(sql.POOL_OF_LEASE, {"lease": lease_id})
    return rows.pool(found[0]) if found else None


def _tap(tap: Tap, lease_ids: Sequence[str], now: datetime) -> Row:
    return {
        "id": new_id(),
        "site": tap.site,
        "visitor": tap.visitor,
        "leases": json.dumps(list(lease_ids)),
        "digits": tap.digits,
        "number": tap.number,
        "now": to_ms(now),
        "pending": int(not lease_ids),
        "network": tap.network,
    }


def _count(transaction: Transaction, view: PageView | None, now: datetime) -> None:
    if view:
        Views.count_in(transaction, view.site, view.url, missed=False, now=now)


def _keep(transaction: Transaction, view: PageView | None, held: Sequence[Lease], now: datetime) -> None:
    """Keep a page with its visitor's session, of which there are two only where a pool's lease began later."""
    if view:
        Views.keep_in(transaction, view, dict.fromkeys(lease.session for lease in held), now)
