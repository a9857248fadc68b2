"""Rules: a condition on the session that shows one fixed number in place of a pool's, to all whom it fits.

Nobody else sees the number, so a call to it names its source for certain. The rules of a pool are tried in order, and
the first that holds shows its number. Overflow rules are tried separately, where the pool has no number to lease.

Theory of operation of `Book`: a rule is filed, by field and operator, under a comparison that it cannot hold without
(one for each of its branches). The rarest is chosen, as a thousand rules may well begin with `source = google`. Only
rules whose comparison holds for the session, and those that need none, are checked in full.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from urllib.parse import parse_qsl, urlsplit

from gateway.core.leasing.leases import Choice
from gateway.core.rules.conditions import All, Compare, Condition, Either, Not, Operator
from gateway.core.rules.patterns import LONGEST_TEXT, compile_pattern
from gateway.core.visits import sources, visit
from gateway.core.visits.referrers import Referrers
from gateway.core.visits.visit import Visit

Fields = Mapping[str, str]
Check = Callable[[Fields], bool]
SLOWNESS = (Operator.EQUALS, Operator.EXISTS, Operator.STARTS_WITH, Operator.CONTAINS, Operator.MATCHES)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a pool; `name` is for people. An `overflow` rule shows a number that its source shares."""

    id: str
    name: str
    pool: str
    number: str
    condition: Condition
    overflow: bool = False

    @property
    def choice(self) -> Choice:
        """Return why the page shows its number."""
        return Choice.SOURCE_SHARED if self.overflow else Choice.SOURCE


Fitting = Mapping[Choice, Rule]
"""The rules of a pool that fit a session: one at most for each way in which rules are tried."""


def fields(visit: Visit, origins: Collection[str], referrers: Referrers) -> dict[str, str]:
    """Return what conditions can ask of a visit, in lower case; a field without a value is left out.

    Parameters are all those of the landing page's URL, not only those of campaigns. Never raises.
    """
    came = sources.traffic_source(visit.landing_page_url, visit.referring_url, visit.parameters, referrers, origins)
    path, query = _path_and_query(visit.landing_page_url)
    named = {
        "source": came.source,
        "medium": came.medium,
        "campaign": came.campaign,
        "referrer_domain": sources.domain(visit.referring_url),
        "landing_path": path,
        "device": visit.device_type,
        "country": visit.country,
    }
    found = {f"param.{name}".lower(): value.lower() for name, value in reversed(query)}  # the first of a name counts
    return found | {name: value.lower() for name, value in named.items() if value}


def _path_and_query(url: str) -> tuple[str, list[tuple[str, str]]]:
    try:
        parts = urlsplit(url)
        fields_at_most = visit.MOST_PARAMETERS
        query = parse_qsl(parts.query, keep_blank_values=True, max_num_fields=fields_at_most, errors="replace")
    except ValueError:  # a broken IPv6 host, or more fields than any link has
        return "", []
    return parts.path, query


def check(condition: Condition) -> Check:
    """Return a check that says whether a condition holds for a session's fields."""
    if isinstance(condition, Compare):
        return _check_field(condition.field, condition.operator, condition.value)
    if isinstance(condition, Not):
        inner = check(condition.part)
        return lambda session: not inner(session)
    checks = [check(part) for part in condition.parts]
    return _check_many(checks, enough=isinstance(condition, Either))


def _check_many(checks: list[Check], *, enough: bool) -> Check:
    """Return a check that one of several, or all, hold; a generator would take three times as long."""

    def holds(session: Fields) -> bool:
        for one in checks:
            if one(session) is enough:
                return enough
        return not enough

    return holds


def _check_field(field: str, operator: Operator, value: str) -> Check:
    if operator is Operator.EQUALS:
        return lambda session: session.get(field) == value
    if operator is Operator.CONTAINS:
        return lambda session: value in session.get(field, "")
    if operator is Operator.STARTS_WITH:
        return lambda session: session.get(field, "").startswith(value)
    if operator is Operator.EXISTS:
        return lambda session: field in session
    search = compile_pattern(value).search
    return lambda session: field in session and search(session[field][:LONGEST_TEXT]) is not None


def failing(condition: Condition, session: Fields) -> tuple[Compare | Not, ...]:
    """Return the parts for which a condition does not hold for a session; none where it holds."""
    if check(condition)(session):
        return ()
    if isinstance(condition, All):
        return next(found for part in condition.parts if (found := failing(part, session)))
    if isinstance(condition, Either):
        return tuple(chain.from_iterable(failing(part, session) for part in condition.parts))
    return (condition,)


class Book:
    """The rules of a site, in order, indexed to find those that fit a session."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        by_pool: dict[str, dict[Choice, list[Rule]]] = {}
        for rule in rules:
            by_pool.setdefault(rule.pool, {}).setdefault(rule.choice, []).append(rule)
        self._pools = {
            pool: {choice: _PoolRules(listed) for choice, listed in ways.items()} for pool, ways in by_pool.items()
        }

    def __bool__(self) -> bool:
        return bool(self._pools)

    def find(self, pool: str, session: Fields) -> Fitting:
        """Return the first rule of a pool that holds, and the first overflow rule that does."""
        found = ((choice, listed.find(session)) for choice, listed in self._pools.get(pool, {}).items())
        return {choice: rule for choice, rule in found if rule}


class _PoolRules:
    """The filed rules of one pool that are tried one after another."""

    def __init__(self, rules: list[Rule]) -> None:
        self._rules = rules
        self._checks = [check(rule.condition) for rule in rules]
        self._shelves: dict[str, _Shelf] = {}
        self._others: list[int] = []
        common = Counter(one for rule in rules for branch in branches(rule.condition) for one in _needed(branch))
        for place, rule in enumerate(rules):
            self._file(place, [_rarest(branch, common) for branch in branches(rule.condition)])

    def find(self, session: Fields) -> Rule | None:
        """Return the first rule that holds."""
        places = set(self._others)
        for field, value in session.items():
            shelf = self._shelves.get(field)
            if shelf:
                places.update(shelf.places(value))
        for place in sorted(places):
            if self._checks[place](session):
                return self._rules[place]
        return None

    def _file(self, place: int, needed: list[Compare | None]) -> None:
        """File a rule under one comparison for each of its branches, if every branch has one."""
        known = [one for one in needed if one]
        if len(known) < len(needed):
            self._others.append(place)
            return
        for one in known:
            self._shelves.setdefault(one.field, _Shelf()).add(one, place)


class _Shelf:
    """The places of rules that need a comparison of one field, by operator and value."""

    def __init__(self) -> None:
        self._filed: dict[Operator, dict[str, list[int]]] = {operator: {} for operator in Operator}
        self._searches: dict[str, Callable[[str], object]] = {}

    def add(self, needed: Compare, place: int) -> None:
        self._filed[needed.operator].setdefault(needed.value, []).append(place)
        if needed.operator is Operator.MATCHES:
            self._searches[needed.value] = compile_pattern(needed.value).search

    def places(self, value: str) -> Iterator[int]:
        """Return the rules whose comparison holds for a value."""
        start = value[:LONGEST_TEXT]
        filed, searches = self._filed, self._searches
        # Plain loops over many texts: a call for each would take most of the time.
        found = [places for text, places in filed[Operator.CONTAINS].items() if text in value]
        found += [places for text, places in filed[Operator.STARTS_WITH].items() if value.startswith(text)]
        found += [places for text, places in filed[Operator.MATCHES].items() if searches[text](start)]
        found += [filed[Operator.EQUALS].get(value, []), *filed[Operator.EXISTS].values()]
        return chain.from_iterable(found)


def _rarest(condition: Condition, common: Counter[Compare]) -> Compare | None:
    """Return the comparison that the fewest rules need, and of these the quickest to look up."""
    return min(_needed(condition), key=lambda one: (common[one], SLOWNESS.index(one.operator)), default=None)


def _needed(condition: Condition) -> list[Compare]:
    """Return the comparisons that a condition, which is not an Either, cannot hold without."""
    return [part for part in parts(condition) if isinstance(part, Compare)]


def parts(condition: Condition) -> tuple[Condition, ...]:
    """Return the parts that must all hold."""
    return condition.parts if isinstance(condition, All) else (condition,)


def branches(condition: Condition) -> tuple[Condition, ...]:
    """Return the parts of which one is enough."""
    return condition.parts if isinstance(condition, Either) else (condition,)
