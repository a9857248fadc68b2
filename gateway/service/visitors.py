"""Serve a visitor: which pool and which rule serve them, and what the page shows.

Serving and looking are one question. Looking leases, counts and keeps nothing, and is what a preview, a doctor and
`rule test` ask.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.core.leasing.crowd import Network
from gateway.core.leasing.leases import Choice, Pool, overflow
from gateway.core.rules.book import Fields, Fitting, Rule, failing, fields
from gateway.core.rules.conditions import Compare, Not
from gateway.core.rules.pools import serving
from gateway.core.visits.visit import Visit
from gateway.service.referrers import referrers
from gateway.store import Granted, PageView, Site, Store


@dataclass(frozen=True, slots=True)
class Asking:
    """A visitor before a page of a site.

    `wanted` are the pools whose targets are on the page. Conditions ask `came`, which is all that the page tells;
    `kept` is the part of it that may be stored. `visitor` is None where the visitor may not be told from others.
    `view` is None where the page view is not to be counted.
    """

    site: Site
    wanted: Sequence[Pool]
    came: Visit
    kept: Visit
    visitor: str | None
    now: datetime
    network: Network | None = None
    view: PageView | None = None


@dataclass(frozen=True, slots=True)
class Tried:
    """A rule that was asked, and the parts of its condition that fail; none where it holds."""

    rule: Rule
    failing: tuple[Compare | Not, ...]


@dataclass(frozen=True, slots=True)
class Served:
    """What serves one swap target: a pool, a rule before it, and what is tried when the pool has no number left."""

    pool: Pool
    rule: Rule | None
    overflow: tuple[Choice, ...]
    overflow_rule: Rule | None
    tried: tuple[Tried, ...]


def serve(store: Store, asking: Asking) -> list[Granted]:
    """Return what the page shows, leased and counted in one transaction. Raises StoreError."""
    pools, fitting = _serving(store, asking)
    if asking.visitor is None:
        shown = store.leases.look(None, pools, asking.now, rules=fitting)
        if asking.view:
            store.leases.count_shared(asking.view, shown, asking.now)
        return shown
    return store.leases.grant(asking.visitor, asking.kept, pools, asking.now, asking.network, asking.view, fitting)


def look(store: Store, asking: Asking) -> list[Granted]:
    """Return what the page would show. Reads only."""
    pools, fitting = _serving(store, asking)
    return store.leases.look(asking.visitor, pools, asking.now, asking.network, fitting)


def try_out(store: Store, site: Site, visit: Visit) -> list[Served]:
    """Return what would serve a new visitor of a site for each of its swap targets, and every rule on the way there."""
    pools, session = store.sites.pools_of(site), fields(visit, site.origins, referrers())
    served, fitting = _which(store, site, pools, session, frozenset())
    return [_explained(pool, fitting.get(pool.id, {}), store.rules.of_pool(pool), session) for pool in served]


def _serving(store: Store, asking: Asking) -> tuple[list[Pool], dict[str, Fitting]]:
    """Return the pool that serves each target of the page, and the rules of these that fit the visit, by pool.

    Nothing is read where no rule and no condition asks.
    """
    apart = any(pool.condition for pool in asking.wanted)
    if not apart and not store.rules.book(asking.site):
        return serving(asking.wanted, {}), {}
    held = store.leases.held(asking.visitor, asking.wanted, asking.now) if apart and asking.visitor else frozenset()
    return _which(store, asking.site, asking.wanted, fields(asking.came, asking.site.origins, referrers()), held)


def _which(
    store: Store, site: Site, wanted: Sequence[Pool], session: Fields, held: frozenset[str]
) -> tuple[list[Pool], dict[str, Fitting]]:
    served, book = serving(wanted, session, held), store.rules.book(site)
    return served, {pool.id: book.find(pool.id, session) for pool in served} if book else {}


def _explained(pool: Pool, fitting: Fitting, listed: Sequence[Rule], session: Fields) -> Served:
    rule, ways = fitting.get(Choice.SOURCE), overflow(pool.policy)
    asked = _until(rule, [one for one in listed if not one.overflow])
    if rule:
        return Served(pool, rule, (), None, _told(asked, session))
    late = fitting.get(Choice.SOURCE_SHARED) if Choice.SOURCE_SHARED in ways else None
    asked += _until(late, [one for one in listed if one.overflow and one.choice in ways])
    return Served(pool, None, ways, late, _told(asked, session))


def _until(found: Rule | None, listed: list[Rule]) -> list[Rule]:
    """Return the rules up to the one that holds; all of them where none does."""
    place = next((place for place, one in enumerate(listed, start=1) if found and one.id == found.id), len(listed))
    return listed[:place]


def _told(asked: Sequence[Rule], session: Fields) -> tuple[Tried, ...]:
    return tuple(Tried(one, failing(one.condition, session)) for one in asked)
