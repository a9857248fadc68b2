"""Decide, settle and read calls; say whose each was and why, and attribute those of the past again.

Where a visit came from is told by the list of referrers of today, so it is put onto a call when that is read.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.core.calls import routing
from gateway.core.calls.attribution import Weights
from gateway.core.calls.call import CallEnd, InboundCall, RoutedCall
from gateway.core.calls.routing import Decision, Routes
from gateway.core.visits.sources import TrafficSource, traffic_source
from gateway.service.referrers import referrers
from gateway.store import (
    CdrPosition,
    Change,
    FormerAttribution,
    LoggedAttribution,
    LoggedCall,
    LoggedVisit,
    Store,
    Told,
)

LIMIT = 100  # calls


@dataclass(frozen=True, slots=True)
class TracedCall:
    """A call of the log, and where its visit came from; None where no visit is known."""

    call: LoggedCall
    came: TrafficSource | None

    @property
    def campaign(self) -> str | None:
        """Return the campaign of the visit, else the number's own."""
        return (self.came.campaign if self.came else "") or self.call.campaign


@dataclass(frozen=True, slots=True)
class ExplainedCall:
    """A call with all that is known of its attribution.

    `told` is what its destination was told, where a CDR says so; `today` what the weights of today say, where that is
    another thing; `before` what the log said before, the oldest first.
    """

    call: LoggedCall
    told: Told | None
    today: LoggedAttribution | None
    before: tuple[FormerAttribution, ...]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Calls to attribute again: their ids in batches of one transaction, and how many they are.

    `unknown` are the named ones that there are not.
    """

    batches: Iterable[list[str]]
    total: int
    unknown: tuple[str, ...] = ()


def decide(store: Store, routes: Routes, call: InboundCall) -> Decision:
    """Return where a call goes and whose it is. Reads only."""
    return routing.decide(store.calls, routes, call)


def settle(
    store: Store,
    routes: Routes,
    ends: Sequence[CallEnd],
    is_of: Callable[[str, str], bool],
    path: str = "",
    position: CdrPosition | None = None,
) -> None:
    """Complete calls from their CDRs, in one transaction with how far their file was read.

    `is_of` says whether a dial string rings what the switch names so. Doing it twice changes nothing.
    """
    store.calls.complete([_settled(store, routes, end, is_of) for end in ends], path, position)


def calls(store: Store, limit: int = LIMIT) -> list[TracedCall]:
    """Return the newest calls."""
    return [_traced(call) for call in store.reports.calls(limit)]


def call(store: Store, call_id: str) -> TracedCall | None:
    """Return one call, with the pages that its visitor looked at."""
    found = store.reports.call(call_id)
    return _traced(found) if found else None


def explain(store: Store, weights: Weights, call_id: str) -> ExplainedCall | None:
    """Return whose call it was and why, and what the weights of today would say."""
    found, past = store.reports.call(call_id), store.past_calls(weights)
    if found is None:
        return None
    return ExplainedCall(found, past.told(call_id), past.today(call_id), tuple(past.before(call_id)))


def choose(store: Store, weights: Weights, call_ids: Sequence[str], since: datetime | None) -> Chosen:
    """Return the calls to attribute again: all that began at a moment or later, or the named ones."""
    past = store.past_calls(weights)
    if since:
        return Chosen(past.since(since), past.count(since))
    batches = past.named(call_ids)
    return Chosen(batches, len({*call_ids}), tuple(sorted({*call_ids}.difference(*batches))))


def reattribute(store: Store, weights: Weights, batch: Sequence[str], now: datetime) -> list[Change]:
    """Attribute calls again in one transaction; return what was changed, and keep what it was."""
    return store.past_calls(weights).attribute(batch, now)


def compare(store: Store, weights: Weights, batch: Sequence[str]) -> list[Change]:
    """Return what `reattribute` would change. Reads only."""
    return store.past_calls(weights).look(batch)


def _settled(
    store: Store, routes: Routes, end: CallEnd, is_of: Callable[[str, str], bool]
) -> tuple[CallEnd, RoutedCall]:
    routed = routing.settle(store.calls, routes, end)
    return routing.answered_by(routes, routed, end, is_of), routed


def _traced(found: LoggedCall) -> TracedCall:
    return TracedCall(found, _came(found.visit) if found.visit else None)


def _came(visit: LoggedVisit) -> TrafficSource:
    return traffic_source(visit.landing_page_url, visit.referring_url, visit.parameters, referrers(), visit.origins)
