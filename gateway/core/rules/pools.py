"""Which pool serves a visitor, where several replace one swap target: for a campaign, a landing page, or all the rest.

A pool of which the visitor already holds a number serves, so that the page does not change its number. Otherwise the
first pool whose condition holds for the session does, or else the one without a condition. Where there is none, the
page's own number stays.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from gateway.core.leasing.leases import Pool
from gateway.core.rules.book import Check, Fields, check
from gateway.core.rules.conditions import Condition, ConditionError, parse
from gateway.core.rules.unreachable import Contradiction, covers, why_never


@dataclass(frozen=True, slots=True)
class Overshadowed:
    """A pool that would serve nobody: an earlier one takes all of its visitors."""

    later: Pool
    earlier: Pool


def serving(pools: Sequence[Pool], session: Fields, held: Collection[str] = ()) -> list[Pool]:
    """Return the pool that serves each swap target, of pools in their order; `held` are ids."""
    by_target: dict[str, list[Pool]] = {}
    for pool in pools:
        by_target.setdefault(pool.swap_target, []).append(pool)
    found = (_one(group, session, held) for group in by_target.values())
    return [pool for pool in found if pool]


def holds(pool: Pool, session: Fields) -> bool:
    """Return whether a pool is for a session."""
    return not pool.condition or _check(pool.condition)(session)


def why_unreachable(pools: Sequence[Pool], new: Pool) -> Contradiction | Overshadowed | None:
    """Return why a pool, or one behind it, would serve nobody among pools in their order; None where all serve."""
    alike = [pool for pool in pools if pool.swap_target == new.swap_target and pool.condition]
    known = [(pool, condition) for pool in alike if (condition := _read(pool.condition))]
    never = (reason for pool, condition in known if pool.id == new.id and (reason := why_never(condition)))
    return next(never, None) or next(_overshadowed(known), None)


def _overshadowed(known: Sequence[tuple[Pool, Condition]]) -> Iterator[Overshadowed]:
    for place, (later, wanted) in enumerate(known):
        for earlier, condition in known[:place]:
            if covers(condition, wanted):
                yield Overshadowed(later, earlier)


def _one(group: Sequence[Pool], session: Fields, held: Collection[str]) -> Pool | None:
    kept = (pool for pool in group if pool.id in held)
    return next(kept, None) or next((pool for pool in group if holds(pool, session)), None)


def _read(condition: str) -> Condition | None:
    """Return a condition; None for an unreadable one of a newer version, which must not cost a page its number."""
    try:
        return parse(condition)
    except ConditionError:
        return None


@lru_cache(maxsize=1024)
def _check(condition: str) -> Check:
    read = _read(condition)
    return check(read) if read else lambda _session: False
