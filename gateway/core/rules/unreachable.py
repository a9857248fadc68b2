"""Rules that nobody can reach: they contradict themselves, or stand behind one that takes all of their visitors.

Only plain cases are found: two comparisons of one field, or a rule that asks for more than an earlier one does. There
is no theorem prover here, so a rule that passes may be unreachable all the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeGuard

from gateway.core.rules.book import branches, check, parts
from gateway.core.rules.conditions import Compare, Condition, Not, Operator

PRESENT = ("source", "medium")  # every session has them, if only "(direct)" and "(none)"


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Why a condition can hold for nobody: one part of it rules out other parts.

    A `not` rules out all the others; where there are none, its own part holds for everybody.
    """

    part: Condition
    ruled_out: tuple[Condition, ...]


def why_never(condition: Condition) -> Contradiction | None:
    """Return why a condition can hold for nobody, or None where that is not plain."""
    reasons = [_contradiction(branch) for branch in branches(condition)]
    return reasons[0] if all(reasons) else None


def covers(earlier: Condition, later: Condition) -> bool:
    """Return whether, plainly, a condition holds wherever another does; not all such cases are seen."""
    wholes = [parts(branch) for branch in branches(earlier)]
    return all(any(_implies(parts(branch), whole) for whole in wholes) for branch in branches(later))


def _contradiction(condition: Condition) -> Contradiction | None:
    together = parts(condition)
    for part in together:
        if isinstance(part, Not) and covers(part.part, condition):
            return Contradiction(part, tuple(other for other in together if other is not part))
        for known in together:
            if _is_equality(known) and fields_of(part) == {known.field} and not check(part)({known.field: known.value}):
                return Contradiction(known, (part,))
    return None


def _implies(known: tuple[Condition, ...], wanted: tuple[Condition, ...]) -> bool:
    """Return whether parts that hold all at once make others hold too."""
    return all(_always(part) or any(_makes(one, part) for one in known) for part in wanted)


def _always(condition: Condition) -> bool:
    return isinstance(condition, Compare) and condition.operator is Operator.EXISTS and condition.field in PRESENT


def _makes(known: Condition, wanted: Condition) -> bool:
    """Return whether one part that holds makes another hold too."""
    if known == wanted:
        return True
    if not isinstance(known, Compare) or fields_of(wanted) != {known.field}:
        return False
    if _is_equality(known):
        return check(wanted)({known.field: known.value})
    return isinstance(wanted, Compare) and _is_part(known, wanted)


def _is_part(known: Compare, wanted: Compare) -> bool:
    """Return whether a text that a field has in it holds the one that another comparison wants."""
    if wanted.operator is Operator.EXISTS:
        return True
    literal = known.operator in (Operator.CONTAINS, Operator.STARTS_WITH)
    if wanted.operator is Operator.CONTAINS:
        return literal and wanted.value in known.value
    begins = known.operator is Operator.STARTS_WITH and wanted.operator is Operator.STARTS_WITH
    return begins and known.value.startswith(wanted.value)


def _is_equality(condition: Condition) -> TypeGuard[Compare]:
    return isinstance(condition, Compare) and condition.operator is Operator.EQUALS


def fields_of(condition: Condition) -> set[str]:
    """Return the fields that a condition asks for."""
    return set(_walk(condition))


def _walk(condition: Condition) -> Iterator[str]:
    if isinstance(condition, Compare):
        yield condition.field
    elif isinstance(condition, Not):
        yield from _walk(condition.part)
    else:
        for part in condition.parts:
            yield from _walk(part)
