"""The rules of sites: written only where somebody can reach them, and read once for each change."""

import logging
from dataclasses import dataclass
from datetime import datetime

from gateway.core.leasing.leases import Choice, Pool, overflow
from gateway.core.numbers import Kind
from gateway.core.refusals import Refusal, Refused, Why
from gateway.core.rules.book import Book, Rule
from gateway.core.rules.conditions import Condition, ConditionError, parse
from gateway.core.rules.unreachable import covers, why_never
from gateway.store.engines.port import Conflict, Engine, Row, Transaction
from gateway.store.leasing.grants import new_id
from gateway.store.numbers import NewNumber, new_number
from gateway.store.rows import to_ms
from gateway.store.sites import Site, new_version
from gateway.store.sql import rules as sql

MOST_RULES = 1000  # of one pool
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class NewRule:
    """A rule to add to a pool, before another one or at the end; where the number is new, it is added too.

    One for `overflow` is tried only where the pool has no number to lease.
    """

    name: str
    pool: Pool
    condition: Condition
    number: str
    destination: str = ""
    sms: bool = False
    overflow: bool = False


class Rules:
    """Rules over one store."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._books: dict[str, tuple[str, Book]] = {}

    def book(self, site: Site) -> Book:
        """Return the rules of a site; read again after they were changed only, by whatever process."""
        version, book = self._books.get(site.id, ("", Book(())))
        if version != site.rules_version:
            book = Book(_readable(self._engine.read(sql.RULES_OF_SITE, {"site": site.id})))
            self._books[site.id] = (site.rules_version, book)
        return book

    def listed(self, site: Site | None = None) -> list[Row]:
        """Return the rules of a site, or all, by pool and in their order."""
        found = self._engine.read(sql.RULES_OF_SITE, {"site": site.id}) if site else self._engine.read(sql.ALL_RULES)
        return [_row(row) for row in found]

    def of_pool(self, pool: Pool) -> list[Rule]:
        """Return the rules of a pool in their order."""
        return _readable(self._engine.read(sql.RULES_OF_POOL, {"pool": pool.id}))

    def add(self, new: NewRule, now: datetime, before: str = "") -> Rule:
        """Store a rule, before the one with a name or number, or at the end. Raises Refused with the reason."""
        _check_reachable(new)
        rule = Rule(new_id(), new.name, new.pool.id, new.number, new.condition, new.overflow)
        try:
            with self._engine.writing() as transaction:
                listed = _of_pool(transaction, new.pool.id)
                if len(listed) >= MOST_RULES:
                    raise Refused(Refusal(Why.TOO_MANY_RULES, new.pool.name, other=str(MOST_RULES)))
                _check_free(transaction, rule)
                place = _place(listed, rule, before)
                _take_number(transaction, new, now)
                transaction.run(sql.INSERT_RULE, {**_columns(rule), "now": to_ms(now)})
                _store_order(transaction, rule, [*listed[:place], rule, *listed[place:]])
        except Conflict as error:
            raise Refused(Refusal(Why.RULE_OR_NUMBER_EXISTS, rule.name, other=rule.number)) from error
        return rule

    def move(self, name: str, before: str = "") -> Rule:
        """Put a rule before another of its pool, or at the end. Raises Refused where one would not be reached."""
        with self._engine.writing() as transaction:
            rule = _named(_all(transaction), name)
            others = [one for one in _of_pool(transaction, rule.pool) if one.id != rule.id]
            place = _place(others, rule, before)
            _store_order(transaction, rule, [*others[:place], rule, *others[place:]])
            return rule

    def remove(self, name: str) -> Rule:
        """Remove a rule. Its number stays ours, so that late calls are routed and attributed. Raises Refused."""
        with self._engine.writing() as transaction:
            rule = _named(_all(transaction), name)
            transaction.run(sql.DELETE_RULE, {"id": rule.id})
            transaction.run(sql.NEW_RULES, {"pool": rule.pool, "version": new_version()})
            return rule


def _check_reachable(new: NewRule) -> None:
    """Raise Refused where nobody can fit a rule, or its pool never shows what it does."""
    never = why_never(new.condition)
    if never:
        raise Refused(Refusal(Why.NEVER_HOLDS, new.name, contradiction=never))
    if new.overflow and Choice.SOURCE_SHARED not in overflow(new.pool.policy):
        raise Refused(Refusal(Why.OVERFLOW_NOT_SHOWN, new.pool.name))


def _place(others: list[Rule], rule: Rule, before: str) -> int:
    """Return where a rule goes: before the one with a name or number, else last of its kind. Raises Refused."""
    if not before:
        return len(others) if rule.overflow else sum(not one.overflow for one in others)
    other = _named(others, before, Why.NO_RULE_IN_POOL)
    if other.overflow is not rule.overflow:
        late, early = (rule, other) if rule.overflow else (other, rule)
        raise Refused(Refusal(Why.OVERFLOW_AMONG_OTHERS, late.name, other=early.name))
    return others.index(other)


def _store_order(transaction: Transaction, moved: Rule, ordered: list[Rule]) -> None:
    """Store a new order of a pool's rules. Raises Refused where the moved one, or one behind it, is not reached."""
    place = ordered.index(moved)
    for earlier in ordered[:place]:
        if covers(earlier.condition, moved.condition):
            why = Why.RULE_BEHIND if earlier.overflow is moved.overflow else Why.OVERFLOW_RULE_BEHIND
            raise Refused(Refusal(why, moved.name, other=earlier.name, condition=str(earlier.condition)))
    for later in ordered[place + 1 :]:
        if covers(moved.condition, later.condition):
            raise Refused(Refusal(Why.RULE_HIDDEN, later.name, other=moved.name, condition=str(moved.condition)))
    for priority, rule in enumerate(ordered, start=1):
        transaction.run(sql.PLACE_RULE, {"id": rule.id, "priority": priority})
    transaction.run(sql.NEW_RULES, {"pool": moved.pool, "version": new_version()})


def _check_free(transaction: Transaction, new: Rule) -> None:
    """Raise Refused where another rule has the name or the number."""
    for other in _all(transaction):
        if other.number == new.number:
            raise Refused(Refusal(Why.NUMBER_OF_RULE, new.number, other=other.name))
        if other.name == new.name:
            raise Refused(Refusal(Why.RULE_EXISTS, new.name))


def _take_number(transaction: Transaction, new: NewRule, now: datetime) -> None:
    number = NewNumber(new.number, Kind.SOURCE, new.pool, new.name, new.destination, new.sms)
    if not transaction.run(sql.RULE_NUMBER, new_number(number, now)):
        raise Refused(Refusal(Why.NUMBER_NOT_FREE, new.number))


def _of_pool(transaction: Transaction, pool: str) -> list[Rule]:
    return _readable(transaction.run(sql.RULES_OF_POOL, {"pool": pool}))


def _all(transaction: Transaction) -> list[Rule]:
    return _readable(transaction.run(sql.ALL_RULES, {}))


def _named(rules: list[Rule], name: str, why_not: Why = Why.NO_RULE) -> Rule:
    """Return the rule with a name or a number. Raises Refused where there is none."""
    found = next((rule for rule in rules if name in (rule.name, rule.number)), None)
    if found is None:
        raise Refused(Refusal(why_not, name))
    return found


def _readable(found: list[Row]) -> list[Rule]:
    """Return the rules of rows; one of a newer version, which cannot be read, must cost no page its number."""
    rules = []
    for row in found:
        try:
            rules.append(_rule(row))
        except ConditionError as error:
            log.warning("the rule %s is passed over, as its condition cannot be read: %s", row["name"], error)
    return rules


def _rule(row: Row) -> Rule:
    condition = parse(row["condition"])
    return Rule(row["id"], row["name"], row["pool_id"], row["number"], condition, bool(row["overflow"]))


def _columns(rule: Rule) -> Row:
    return {
        "id": rule.id,
        "name": rule.name,
        "pool": rule.pool,
        "number": rule.number,
        "condition": str(rule.condition),
        "overflow": int(rule.overflow),
    }


def _row(row: Row) -> Row:
    names = ("name", "pool", "swap_target", "priority", "number", "campaign", "destination", "condition")
    return {**{name: row[name] for name in names}, "overflow": bool(row["overflow"])}
