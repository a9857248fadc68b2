"""Sites and their pools: made, changed and found. Not for the hot path, but for `pools_of`."""

import json
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from gateway.core.leasing.leases import Policy, Pool
from gateway.core.refusals import Refusal, Refused, Why
from gateway.core.rules import pools
from gateway.core.rules.pools import Overshadowed
from gateway.core.rules.unreachable import Contradiction
from gateway.store import rows
from gateway.store.engines.port import Conflict, Engine, Row, Transaction
from gateway.store.leasing.grants import new_id
from gateway.store.rows import to_ms
from gateway.store.sql import sites as sql


@dataclass(frozen=True, slots=True)
class Site:
    """A website that embeds the script: its public key, and the origins that may use it.

    `rules_version` changes with each change of its rules.
    """

    id: str
    name: str
    key: str
    origins: tuple[str, ...]
    rules_version: str = ""


class Sites:
    """The sites and pools of one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._pools: dict[str, tuple[tuple[tuple[str, str], ...], tuple[Pool, ...]]] = {}

    def add(self, name: str, origins: Iterable[str], now: datetime) -> Site:
        """Store a site under a new public key. Raises Refused when the name is taken."""
        site = Site(new_id(), name, secrets.token_urlsafe(12), tuple(origins))
        values = {"id": site.id, "name": name, "site_key": site.key, "created_at": to_ms(now)}
        try:
            with self._engine.writing() as transaction:
                transaction.insert("site", {**values, "origins": json.dumps(site.origins)})
        except Conflict as error:
            raise Refused(Refusal(Why.SITE_EXISTS, name)) from error
        return site

    def add_pool(self, pool: Pool, now: datetime) -> None:
        """Store a pool. Raises Refused when its name or its swap target is taken, or a pool would serve nobody."""
        with self._storing(pool) as transaction:
            transaction.insert("pool", {**_columns(pool), "created_at": to_ms(now)})

    def change_pool(self, pool: Pool) -> None:
        """Store a pool's new settings: what was leased of it before has to be asked for again.

        Raises Refused when its swap target is taken on this site, or where it or another pool would serve nobody.
        """
        with self._storing(pool) as transaction:
            transaction.run(sql.CHANGE_POOL, {**_columns(pool), "version": new_version()})

    @contextmanager
    def _storing(self, pool: Pool) -> Iterator[Transaction]:
        """Give a transaction in which a pool is stored. Raises Refused, and stores nothing, where it cannot be."""
        try:
            with self._engine.writing() as transaction:
                yield transaction
                _check_reachable(transaction, pool)
        except Conflict as error:
            taken = Refusal(Why.POOL_EXISTS, pool.name, other=pool.swap_target, condition=pool.condition)
            raise Refused(taken) from error

    def all(self) -> list[Site]:
        """Return all sites by name."""
        return [_site(row) for row in self._engine.read(sql.SITES)]

    def by_key(self, key: str) -> Site | None:
        """Return the site with a public key."""
        return next((_site(row) for row in self._engine.read(sql.SITE_BY_KEY, {"key": key})), None)

    def pools_of(self, site: Site) -> tuple[Pool, ...]:
        """Return the pools of a site, as they are tried; each lease asks, so they are read anew only after a change."""
        versions = tuple((row["id"], row["version"]) for row in self._engine.read(sql.POOL_VERSIONS, {"site": site.id}))
        known = self._pools.get(site.id)
        if known is None or known[0] != versions:
            found = tuple(rows.pool(row) for row in self._engine.read(sql.POOLS_OF_SITE, {"site": site.id}))
            known = self._pools[site.id] = versions, found
        return known[1]

    def pool_by_name(self, name: str) -> Pool | None:
        """Return the pool with a name."""
        return next((rows.pool(row) for row in self._engine.read(sql.POOL_BY_NAME, {"name": name})), None)

    def swap_targets(self) -> dict[str, str]:
        """Return the numbers printed on sites, with the pool that replaces each."""
        return {row["swap_target"]: row["name"] for row in self._engine.read(sql.SWAP_TARGETS)}


def new_pool(site: Site, name: str, swap_target: str, destination: str, policy: Policy, vanity: str = "") -> Pool:
    """Return a pool with a new id, not stored yet."""
    return Pool(new_id(), site.id, name, swap_target, destination, policy, vanity, new_version())


def _columns(pool: Pool) -> Row:
    """Return the columns of a pool."""
    policy = pool.policy
    return {
        "id": pool.id,
        "site_id": pool.site,
        "name": pool.name,
        "swap_target": pool.swap_target,
        "destination": pool.destination,
        "lease_ms": rows.span_ms(policy.length),
        "provisional_ms": rows.span_ms(policy.provisional),
        "cooldown_ms": rows.span_ms(policy.cooldown),
        "closed_browser_ms": rows.span_ms(policy.closed_browser_delay),
        "hard_cooldown": int(policy.hard),
        "held_after_tap_ms": rows.span_ms(policy.held_after_tap),
        "overflow": ",".join(policy.overflow),
        "vanity": pool.vanity,
        "version": pool.version,
        "country": pool.country,
        "format": pool.format.value,
        "condition": pool.condition,
    }


def _check_reachable(transaction: Transaction, pool: Pool) -> None:
    """Raise Refused, and store nothing, where a pool or one behind it would serve nobody."""
    listed = [rows.pool(row) for row in transaction.run(sql.POOLS_OF_SITE, {"site": pool.site})]
    match pools.why_unreachable(listed, pool):
        case Overshadowed(later, earlier):
            raise Refused(Refusal(Why.POOL_UNREACHABLE, later.name, other=earlier.name, condition=earlier.condition))
        case Contradiction() as never:
            raise Refused(Refusal(Why.NEVER_HOLDS, pool.name, contradiction=never))


def new_version() -> str:
    """Return a version that no pool ever had."""
    return secrets.token_urlsafe(6)


def _site(row: Row) -> Site:
    return Site(row["id"], row["name"], row["site_key"], tuple(json.loads(row["origins"])), row["rules_version"])
