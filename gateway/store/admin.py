"""Sites, pools and numbers, made and listed through sqlite-utils' table methods. Not for the hot path."""

import json
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from gateway.core.leasing.leases import Policy, Pool
from gateway.core.numbers import Kind
from gateway.core.rules import pools
from gateway.store import rows
from gateway.store.engines.sqlite import Conflict, SqliteStore, Transaction
from gateway.store.ledger import new_id
from gateway.store.rows import Row, to_ms
from gateway.store.sql import statements as sql

PORTION = 2000  # numbers stored in one transaction


class Refused(ValueError):
    """What was asked for cannot be stored; the message says why."""


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


@dataclass(frozen=True, slots=True)
class NewNumber:
    """A number to add: of a pool, or (`source`, `static`) with a campaign and a destination of its own.

    `label` is what people call it.
    """

    e164: str
    kind: Kind
    pool: Pool | None = None
    campaign: str = ""
    destination: str = ""
    sms: bool = False
    label: str = ""


class Administration:
    """The owner's and the PBX admin's changes to the store."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store
        self._pools: dict[str, tuple[tuple[tuple[str, str], ...], tuple[Pool, ...]]] = {}

    def add_site(self, name: str, origins: Iterable[str], now: datetime) -> Site:
        """Store a site under a new public key. Raises Refused when the name is taken."""
        site = Site(new_id(), name, secrets.token_urlsafe(12), tuple(origins))
        values = {"id": site.id, "name": name, "site_key": site.key, "created_at": to_ms(now)}
        self._insert("site", {**values, "origins": json.dumps(site.origins)}, f"a site {name!r} exists already")
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
            with self._store.writing() as transaction:
                yield transaction
                _check_reachable(transaction, pool)
        except Conflict as error:
            raise Refused(_taken(pool)) from error

    def add_numbers(self, numbers: Iterable[NewNumber], now: datetime) -> list[NewNumber]:
        """Store numbers, and put back those that are not in use; return those that were ours already and stay so."""
        known: list[NewNumber] = []
        left = iter(numbers)
        # In portions, so that no visitor waits for a long range.
        while portion := list(islice(left, PORTION)):
            with self._store.writing() as transaction:
                known += [one for one in portion if not transaction.run(sql.INSERT_NUMBER, new_number(one, now))]
        return known

    def sites(self) -> list[Site]:
        """Return all sites by name."""
        return [_site(row) for row in self._store.read(sql.SITES)]

    def site_by_key(self, key: str) -> Site | None:
        """Return the site with a public key."""
        return next((_site(row) for row in self._store.read(sql.SITE_BY_KEY, {"key": key})), None)

    def pools_of(self, site: Site) -> tuple[Pool, ...]:
        """Return the pools of a site, as they are tried; each lease asks, so they are read anew only after a change."""
        versions = tuple((row["id"], row["version"]) for row in self._store.read(sql.POOL_VERSIONS, {"site": site.id}))
        known = self._pools.get(site.id)
        if known is None or known[0] != versions:
            found = tuple(rows.pool(row) for row in self._store.read(sql.POOLS_OF_SITE, {"site": site.id}))
            known = self._pools[site.id] = versions, found
        return known[1]

    def pool_by_name(self, name: str) -> Pool | None:
        """Return the pool with a name."""
        return next((rows.pool(row) for row in self._store.read(sql.POOL_BY_NAME, {"name": name})), None)

    def swap_targets(self) -> dict[str, str]:
        """Return the numbers printed on sites, with the pool that replaces each."""
        return {row["swap_target"]: row["name"] for row in self._store.read(sql.SWAP_TARGETS)}

    def numbers_of(self, site: Site) -> list[str]:
        """Return the numbers that visitors of a site may be shown."""
        return [row["e164"] for row in self._store.read(sql.NUMBERS_OF_SITE, {"site": site.id})]

    def has_number(self, e164: str) -> bool:
        """Return whether a number is ours."""
        return bool(self._store.read(sql.HAS_NUMBER, {"e164": e164}))

    def is_in_use(self, e164: str) -> bool:
        """Return whether a number is ours, and neither paused nor retired: `add_numbers` would leave it as it is."""
        return bool(self._store.read(sql.IS_IN_USE, {"e164": e164}))

    def _insert(self, table: str, values: Row, taken: str) -> None:
        try:
            with self._store.writing() as transaction:
                transaction.insert(table, values)
        except Conflict as error:
            raise Refused(taken) from error


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
    reason = pools.why_unreachable(listed, pool)
    if reason:
        raise Refused(reason)


def _taken(pool: Pool) -> str:
    for_whom = f"one for {pool.swap_target} with this condition" if pool.condition else f"one for {pool.swap_target}"
    more = "" if pool.condition else "; `--only-for CONDITION` makes one for some visitors"
    return f"a pool {pool.name!r}, or {for_whom} on this site, exists already{more}"


def new_version() -> str:
    """Return a version that no pool ever had."""
    return secrets.token_urlsafe(6)


def _site(row: Row) -> Site:
    return Site(row["id"], row["name"], row["site_key"], tuple(json.loads(row["origins"])), row["rules_version"])


def new_number(number: NewNumber, now: datetime) -> Row:
    """Return the columns of a number to add."""
    return {
        "e164": number.e164,
        "tail": number.e164[:0:-1],
        "kind": number.kind.value,
        "pool": number.pool.id if number.pool else None,
        "destination": number.destination,
        "campaign": number.campaign,
        "label": number.label,
        "sms": int(number.sms),
        "now": to_ms(now),
    }
