"""The figures that Prometheus reads: pools, page views, alerts, all asked of the database at the scrape.

All but the version are gauges: the counts of a window fall as it moves on. Labels are names that the owner gave, never
a number, a path or a visitor.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway.core.visits import misses
from gateway.store import ListedPool, Store

STATES = ("active", "cooling", "free", "shared")


class Figures(Collector):
    """The figures of one store, read anew at each scrape."""

    def __init__(self, store: Store, version: str, now: Callable[[], datetime]) -> None:
        self._reports = store.reports
        self._views = store.views
        self._version = version
        self._now = now

    def collect(self) -> Iterable[Metric]:
        """Return all metrics. Raises StoreError when the database cannot answer."""
        now = self._now()
        build = InfoMetricFamily("leaseline_build", "The version that runs", {"version": self._version})
        return [build, *_pools(self._reports.pools(now)), *self._sites(now)]

    def _sites(self, now: datetime) -> list[Metric]:
        views = _gauge("leaseline_page_views", "Page views of the last 24 hours", "site")
        missed = _gauge("leaseline_page_misses", "Those on which no swap target was found", "site")
        ratio = _gauge("leaseline_miss_ratio", "Share of the last 24 hours' page views that missed", "site")
        alert = _gauge("leaseline_miss_alert", "1 while a site's swap targets are missed too often", "site")
        for one in self._views.sites(now):
            views.add_metric([one.site], one.views)
            missed.add_metric([one.site], one.misses)
            ratio.add_metric([one.site], one.share)
            alert.add_metric([one.site], misses.is_alarming(one.views, one.misses))
        return [views, missed, ratio, alert]


def _pools(pools: list[ListedPool]) -> list[Metric]:
    numbers = _gauge("leaseline_pool_numbers", "Numbers of a pool by state", "pool", "state")
    pressure = _gauge("leaseline_pool_pressure_ratio", "Share of a pool that no new visitor can be given", "pool")
    leases = _gauge("leaseline_leases_active", "Leases that run")
    for pool in pools:
        for state in STATES:
            numbers.add_metric([pool.pool.name, state], getattr(pool, state))
        pressure.add_metric([pool.pool.name], _pressure(pool))
    leases.add_metric([], sum(pool.active for pool in pools))
    return [numbers, pressure, leases]


def _pressure(pool: ListedPool) -> float:
    """Return the share that is held: a soft cooldown gives what cools to the next visitor, a hard one does not."""
    held = pool.active + (pool.cooling if pool.pool.policy.hard else 0)
    return held / pool.numbers if pool.numbers else 1.0


def _gauge(name: str, help_text: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, help_text, labels=labels)
