"""What a page shows of a pool: taken in one transaction, or looked at without taking anything."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from gateway.core.leasing import leases
from gateway.core.leasing.crowd import Network
from gateway.core.leasing.leases import Choice, Lease, Pool
from gateway.core.rules.book import Fitting, Rule
from gateway.core.visits.visit import Visit
from gateway.store import rows
from gateway.store.engines.port import Row
from gateway.store.leasing.limits import Limits, Run
from gateway.store.rows import to_ms
from gateway.store.sql import leases as sql
from gateway.store.sql import rules

_TAKE = {Choice.SAME: sql.TAKE_SAME, Choice.IDLE: sql.TAKE_IDLE, Choice.RECYCLED: sql.TAKE_RECYCLED}
_NEXT = {Choice.SAME: sql.NEXT_SAME, Choice.IDLE: sql.NEXT_IDLE, Choice.RECYCLED: sql.NEXT_RECYCLED}
NO_RULE: Fitting = {}


@dataclass(frozen=True, slots=True)
class Granted:
    """What a visitor is shown for one pool: their own number, everybody's, or (no number) the page's own.

    `sms` tells whether the number can receive texts; `rule` is the one that shows it.
    """

    pool: Pool
    choice: Choice
    number: str = ""
    lease: Lease | None = None
    sms: bool = False
    rule: Rule | None = None


def new_id() -> str:
    """Return an id of 26 letters and digits that nobody can guess, fit for a SIP header."""
    return secrets.token_hex(13)


class Looking:
    """How a visitor comes by a number of their own, when nothing is taken: another's next number is not named."""

    def __init__(self, run: Run, visitor: str, now: datetime, network: Network | None) -> None:
        self._run = run
        self._visitor = visitor
        self._now = now
        self._network = network
        self._limits: dict[str, Limits] = {}

    def own(self, pool: Pool, choice: Choice) -> Granted | None:
        """Return the visitor's own number of a pool, if there is one in this way and they may have it."""
        if choice is Choice.RUNNING:
            return self._running(pool)
        limits = self._limits_of(pool)
        return self._next(pool, choice, limits) if limits.allow(choice) else None

    def _limits_of(self, pool: Pool) -> Limits:
        """Return the limits of a pool, which count once for all the ways that are tried."""
        if pool.id not in self._limits:
            self._limits[pool.id] = Limits(self._run, pool, self._network, self._now)
        return self._limits[pool.id]

    def _running(self, pool: Pool) -> Granted | None:
        held = self._run(sql.RUNNING, self._whose(pool))
        return Granted(pool, Choice.RUNNING, held[0]["number"]) if held else None

    def _next(self, pool: Pool, choice: Choice, _limits: Limits) -> Granted | None:
        values = {**self._whose(pool), "recyclable": to_ms(self._now + pool.policy.cooldown)}
        return Granted(pool, choice) if self._run(_NEXT[choice], values) else None

    def _whose(self, pool: Pool) -> Row:
        return {"pool": pool.id, "visitor": self._visitor, "now": to_ms(self._now)}


class Taking(Looking):
    """The same, taken in the open transaction; the session is written when the first new lease needs it.

    Who came from no known network is limited by no network.
    """

    def __init__(self, run: Run, visitor: str, visit: Visit, now: datetime, network: Network | None) -> None:
        super().__init__(run, visitor, now, network)
        self._visit = visit
        self._session = ""

    def _running(self, pool: Pool) -> Granted | None:
        policy = pool.policy
        ends = {
            "provisional": to_ms(self._now + policy.provisional),
            "expires": to_ms(self._now + policy.length),
            "held_until": to_ms(self._now + policy.held_after_tap),
        }
        found = self._run(sql.RENEW_RUNNING, {**self._whose(pool), **ends})
        if not found:
            return None
        lease = rows.lease(found[0])
        tag(self._run, lease, self._visit.tags)
        return Granted(pool, Choice.RUNNING, lease.number, lease, hold(self._run, lease, pool))

    def _next(self, pool: Pool, choice: Choice, limits: Limits) -> Granted | None:
        expires = self._now + limits.provisional
        values = {
            **self._whose(pool),
            "expires": to_ms(expires),
            "free": to_ms(expires + pool.policy.cooldown),
            "recyclable": to_ms(self._now + pool.policy.cooldown),
        }
        taken = self._run(_TAKE[choice], values)
        if not taken:
            return None
        number = taken[0]["e164"]
        return Granted(pool, choice, number, self._new_lease(pool, choice, number, expires), bool(taken[0]["sms"]))

    def _new_lease(self, pool: Pool, choice: Choice, number: str, expires: datetime) -> Lease:
        whose = self._whose(pool)
        self._run(sql.END_ON_NUMBER, {"number": number, "now": whose["now"]})
        self._run(sql.END_OF_VISITOR, whose)
        self._run(sql.END_ON_REMOVED, whose)
        lease = Lease(
            new_id(), number, pool.id, self._visitor, self._new_session(pool.site), self._now, self._now, expires
        )
        values = {"id": lease.id, "number": number, "session": lease.session, "choice": choice.value}
        network = {
            "network": self._network.today if self._network else None,
            "network_around": self._network.around_today if self._network else None,
        }
        self._run(sql.INSERT_LEASE, {**whose, **values, **network, "expires": to_ms(expires)})
        return lease

    def _new_session(self, site: str) -> str:
        if not self._session:
            self._session = new_id()
            now = to_ms(self._now)
            self._run(sql.INSERT_VISITOR, {"id": self._visitor, "site": site, "now": now})
            values = {"id": self._session, "visitor": self._visitor, "now": now}
            self._run(sql.INSERT_SESSION, {**values, **rows.visit(self._visit)})
        return self._session


def shown(run: Run, own: Looking | None, pool: Pool, fitting: Fitting = NO_RULE) -> Granted:
    """Return what a page shows of a pool, by the first way that finds a number; no `own`: what everybody is shown."""
    for choice in leases.order(pool.policy):
        if choice in leases.EVERYBODYS:
            found = everybodys(run, pool, choice, fitting)
        else:
            found = own.own(pool, choice) if own else None
        if found:
            return found
    return Granted(pool, Choice.STATIC)


def everybodys(run: Run, pool: Pool, choice: Choice, fitting: Fitting) -> Granted | None:
    """Return what is shown without a lease: the number of a rule that fits, or the pool's shared one, if any may be."""
    rule = fitting.get(choice)
    found = run(rules.SHOWN_NUMBER, {"number": rule.number}) if rule else []
    if choice is Choice.SHARED:
        found = run(sql.SHARED_NUMBER, {"pool": pool.id})
    return Granted(pool, choice, found[0]["e164"], sms=bool(found[0]["sms"]), rule=rule) if found else None


def tag(run: Run, lease: Lease, tags: Mapping[str, str]) -> None:
    """Keep what the page says of the visit in words of its own."""
    if tags:
        run(sql.TAG_SESSION, {"session": lease.session, "tags": json.dumps(dict(tags))})


def hold(run: Run, lease: Lease, pool: Pool) -> bool:
    """Let the number follow its lease's new end; return whether it can receive texts."""
    expires, free = to_ms(lease.expires_at), to_ms(lease.expires_at + pool.policy.cooldown)
    found = run(sql.HOLD, {"number": lease.number, "expires": expires, "free": free})
    return bool(found and found[0]["sms"])
