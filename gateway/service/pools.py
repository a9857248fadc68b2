"""Make and change pools."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gateway.core import numbers
from gateway.core.leasing.leases import OVERFLOW_WAYS, Choice, Policy, Pool, overflow
from gateway.core.numbers import Format, NumberError
from gateway.core.refusals import Refusal, Refused, Why
from gateway.service.configured import Configured
from gateway.service.reading import check_name, read_condition, read_number
from gateway.store import Site, Store, new_pool


@dataclass(frozen=True, slots=True)
class PoolSettings:
    """Settings of a pool as a person writes them; None stands for what stays as it is, or for the default.

    An empty `destination`, `condition`, `vanity` or `country` takes it away. `overflow` names the ways in their order.
    """

    swap_target: str | None = None
    destination: str | None = None
    lease: timedelta | None = None
    cooldown: timedelta | None = None
    hard: bool | None = None
    overflow: Sequence[str] | None = None
    condition: str | None = None
    vanity: str | None = None
    country: str | None = None
    format: Format | None = None


def pool_named(store: Store, name: str) -> Pool:
    """Return a pool. Raises Refused where there is none of that name."""
    pool = store.sites.pool_by_name(name)
    if pool is None:
        raise Refused(Refusal(Why.NO_POOL, name))
    return pool


def create_pool(
    store: Store, configured: Configured, site: Site, name: str, settings: PoolSettings, now: datetime
) -> Pool:
    """Make a pool, with the vanity letters of the other pools of its swap target. Raises Refused."""
    check_name(name)
    made = _changed(store, configured, new_pool(site, name, "", "", Policy()), settings)
    made = replace(made, vanity=made.vanity or _vanity_of_others(store, site, made.swap_target))
    store.sites.add_pool(made, now)
    return made


def change_pool(store: Store, configured: Configured, name: str, settings: PoolSettings) -> Pool:
    """Change a pool; pages that show its numbers ask again within a minute. Raises Refused."""
    found = pool_named(store, name)
    changed = _changed(store, configured, found, settings)
    if Choice.SOURCE_SHARED not in overflow(changed.policy):
        _check_no_overflow_rule(store, found)
    store.sites.change_pool(changed)
    return changed


def _vanity_of_others(store: Store, site: Site, target: str) -> str:
    """Return the letters that the target is written in: a page that has only these is for all of its pools."""
    alike = (pool.vanity for pool in store.sites.pools_of(site) if pool.swap_target == target)
    return next(filter(None, alike), "")


def _changed(store: Store, configured: Configured, pool: Pool, settings: PoolSettings) -> Pool:
    """Return a pool with the settings that are given. Raises Refused on those that cannot be."""
    configured.check_destination(settings.destination or "")
    country = pool.country if settings.country is None else _read_country(settings.country)
    target = pool.swap_target
    if settings.swap_target is not None:
        target = _read_target(store, settings.swap_target, country or configured.country)
    vanity = _given(settings.vanity, pool.vanity)
    return replace(
        pool,
        swap_target=target,
        destination=_given(settings.destination, pool.destination),
        vanity=_read_vanity(vanity, target) if vanity else "",
        policy=_policy(pool.policy, settings),
        country=country,
        format=settings.format or pool.format,
        condition=_read_condition(_given(settings.condition, pool.condition)),
    )


def _given(text: str | None, before: str) -> str:
    return before if text is None else text


def _read_country(text: str) -> str:
    if text and text.upper() not in numbers.COUNTRIES:
        raise Refused(Refusal(Why.NOT_A_COUNTRY, text))
    return text.upper()


def _read_target(store: Store, text: str, country: str) -> str:
    """Return a swap target: leased to one visitor, it would claim all who read it on the site."""
    target = read_number(text, country)
    if store.numbers.has(target):
        raise Refused(Refusal(Why.TARGET_IS_OURS, target))
    return target


def _read_vanity(text: str, target: str) -> str:
    try:
        return numbers.read_vanity(text, target)
    except NumberError as error:
        raise Refused(Refusal(Why.NOT_A_NUMBER, text, said=str(error))) from error


def _read_condition(text: str) -> str:
    """Return a condition as it is printed."""
    return str(read_condition(text, Why.POOL_CONDITION)) if text else ""


def _policy(policy: Policy, settings: PoolSettings) -> Policy:
    ways = policy.overflow if settings.overflow is None else _read_overflow(settings.overflow)
    hard = policy.hard if settings.hard is None else settings.hard
    if settings.overflow is not None and hard and Choice.RECYCLED in ways:
        raise Refused(Refusal(Why.HARD_RECYCLES))
    return replace(
        policy,
        length=policy.length if settings.lease is None else settings.lease,
        cooldown=policy.cooldown if settings.cooldown is None else settings.cooldown,
        hard=hard,
        overflow=ways,
    )


def _read_overflow(words: Sequence[str]) -> tuple[Choice, ...]:
    """Return the ways that words name; the last may be static. Raises Refused on what is none, or named twice."""
    ways = words[:-1] if words and words[-1] == Choice.STATIC else words
    for place, word in enumerate(ways):
        if word not in OVERFLOW_WAYS:
            raise Refused(Refusal(Why.NOT_AN_OVERFLOW, word))
        if word in ways[:place]:
            raise Refused(Refusal(Why.OVERFLOW_TWICE, word))
    return tuple(Choice(word) for word in ways)


def _check_no_overflow_rule(store: Store, pool: Pool) -> None:
    """Raise Refused where a pool that is not to show them has overflow rules."""
    rule = next((rule for rule in store.rules.of_pool(pool) if rule.overflow), None)
    if rule:
        raise Refused(Refusal(Why.OVERFLOW_RULE_LEFT, rule.name))
