"""Add, move and remove rules."""

from dataclasses import dataclass
from datetime import datetime

from gateway.core.refusals import Refusal, Refused, Why
from gateway.core.rules.book import Rule
from gateway.service.configured import Configured
from gateway.service.pools import pool_named
from gateway.service.reading import check_name, read_condition, read_number
from gateway.store import NewRule, Store


@dataclass(frozen=True, slots=True)
class RuleText:
    """A rule as a person writes it; `pool` is a name. `destination` and `sms` are those of a number that is new."""

    name: str
    pool: str
    condition: str
    number: str
    destination: str = ""
    sms: bool = False
    overflow: bool = False


def add_rule(store: Store, configured: Configured, text: RuleText, now: datetime, before: str = "") -> Rule:
    """Add a rule before the one with a name or number, or last of its kind. Raises Refused."""
    check_name(text.name)
    pool = pool_named(store, text.pool)
    condition = read_condition(text.condition, Why.RULE_CONDITION)
    number = read_number(text.number, pool.country or configured.country)
    _check_own(store, number)
    configured.check_forwarded(number)
    configured.check_destination(text.destination)
    new = NewRule(text.name, pool, condition, number, text.destination, text.sms, text.overflow)
    return store.rules.add(new, now, before)


def move_rule(store: Store, name: str, before: str = "") -> Rule:
    """Try a rule before another one of its pool, or last of its kind. Raises Refused."""
    return store.rules.move(name, before)


def remove_rule(store: Store, name: str) -> Rule:
    """Remove a rule. Its number stays ours, so that late calls are routed and attributed. Raises Refused."""
    return store.rules.remove(name)


def _check_own(store: Store, number: str) -> None:
    """Raise Refused where everybody sees a number on the site: a rule's number is nobody else's."""
    pool = store.sites.swap_targets().get(number)
    if pool:
        raise Refused(Refusal(Why.RULE_ON_TARGET, number, other=pool))
