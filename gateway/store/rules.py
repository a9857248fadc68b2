"""The rules of sites: written only where somebody can reach them, and read once for each change."""

import logging
from dataclasses import dataclass
from datetime import datetime

from gateway.core.calls.attribution import Kind
from gateway.core.leasing.leases import Choice, Pool, overflow
from gateway.core.rules.book import Book, Rule
from gateway.core.rules.conditions import Condition, ConditionError, parse
from gateway.core.rules.unreachable import covers, why_never
from gateway.store.engines.port import Conflict, Engine, Row, Transaction
from gateway.store.grants import new_id
from gateway.store.numbers import NewNumber, new_number
from gateway.store.refusals import Refused
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
                    raise Refused(f"the pool {new.pool.name} has {MOST_RULES} rules already")
                _check_free(transaction, rule)
                place = _place(listed, rule, before, "the pool has")
                _take_number(transaction, new, now)
                transaction.run(sql.INSERT_RULE, {**_columns(rule), "now": to_ms(now)})
                _store_order(transaction, rule, [*listed[:place], rule, *listed[place:]])
        except Conflict as error:
            raise Refused(f"a rule {rule.name!r}, or one for {rule.number}, exists already") from error
        return rule

    def move(self, name: str, before: str = "") -> None:
        """Put a rule before another of its pool, or at the end. Raises Refused where one would not be reached."""
        with self._engine.writing() as transaction:
            rule = _named(_all(transaction), name)
            others = [one for one in _of_pool(transaction, rule.pool) if one.id != rule.id]
            place = _place(others, rule, before, "its pool has")
            _store_order(transaction, rule, [*others[:place], rule, *others[place:]])

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
        raise Refused(f"nobody can ever fit this rule: {never}")
    if new.overflow and Choice.SOURCE_SHARED not in overflow(new.pool.policy):
        raise Refused(
            f"the pool {new.pool.name} never shows the number of an overflow rule: name source_shared in "
            f"`leaseline pool change {new.pool.name} --overflow ..` first"
        )


def _place(others: list[Rule], rule: Rule, before: str, who_has: str) -> int:
    """Return where a rule goes: before the one with a name or number, else last of its kind. Raises Refused."""
    if not before:
        return len(others) if rule.overflow else sum(not one.overflow for one in others)
    other = _named(others, before, who_has)
    if other.overflow is not rule.overflow:
        one, all_others = (rule, other) if rule.overflow else (other, rule)
        raise Refused(
            f"{one.name} is an overflow rule and {all_others.name} is none: overflow rules are tried after all others, "
            "so name one of its own kind in --before, or leave it out"
        )
    return others.index(other)


def _store_order(transaction: Transaction, moved: Rule, ordered: list[Rule]) -> None:
    """Store a new order of a pool's rules. Raises Refused where the moved one, or one behind it, is not reached."""
    place = ordered.index(moved)
    for earlier in ordered[:place]:
        if covers(earlier.condition, moved.condition):
            raise Refused(
                f"the rule {moved.name} would never be reached: {earlier.name} stands before it and takes all of its "
                f"visitors ({earlier.condition}). {_way_out(earlier, moved)}"
            )
    for later in ordered[place + 1 :]:
        if covers(moved.condition, later.condition):
            raise Refused(
                f"the rule {later.name} would never be reached: {moved.name} would stand before it and take all of "
                f"its visitors ({moved.condition})"
            )
    for priority, rule in enumerate(ordered, start=1):
        transaction.run(sql.PLACE_RULE, {"id": rule.id, "priority": priority})
    transaction.run(sql.NEW_RULES, {"pool": moved.pool, "version": new_version()})


def _way_out(earlier: Rule, moved: Rule) -> str:
    if earlier.overflow is moved.overflow:
        return f"Put it before that one (--before {earlier.name})"
    return "An overflow rule is only for whom no other rule serves"


def _check_free(transaction: Transaction, new: Rule) -> None:
    """Raise Refused where another rule has the name or the number."""
    for other in _all(transaction):
        if other.number == new.number:
            raise Refused(f"{new.number} is the number of the rule {other.name}: in two rules it would tell nothing")
        if other.name == new.name:
            raise Refused(f"a rule {new.name!r} exists already")


def _take_number(transaction: Transaction, new: NewRule, now: datetime) -> None:
    number = NewNumber(new.number, Kind.SOURCE, new.pool, new.name, new.destination, new.sms)
    if not transaction.run(sql.RULE_NUMBER, new_number(number, now)):
        raise Refused(f"{new.number} is a number of ours that others are shown, or were: a rule needs one of its own")


def _of_pool(transaction: Transaction, pool: str) -> list[Rule]:
    return _readable(transaction.run(sql.RULES_OF_POOL, {"pool": pool}))


def _all(transaction: Transaction) -> list[Rule]:
    return _readable(transaction.run(sql.ALL_RULES, {}))


def _named(rules: list[Rule], name: str, who_has: str = "there is") -> Rule:
    """Return the rule with a name or a number. Raises Refused where there is none."""
    found = next((rule for rule in rules if name in (rule.name, rule.number)), None)
    if found is None:
        raise Refused(f"{who_has} no such rule {name!r}: `leaseline rule list` lists them")
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
