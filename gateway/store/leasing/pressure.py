"""What pools showed, counted in steps of ten minutes, and read together with their leases."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from gateway.core.leasing import pressure
from gateway.core.leasing.leases import Choice, Pool
from gateway.core.leasing.pressure import Window
from gateway.store.engines.port import Engine, Row
from gateway.store.leasing.limits import Run
from gateway.store.rows import span, span_ms, to_ms
from gateway.store.sql import pressure as sql


def count_in(run: Run, shown: Iterable[tuple[str, Choice]], now: datetime, *, without_visitor: bool = False) -> None:
    """Count a page view that shows of each pool, by its id, what came of a choice; in the open transaction."""
    values = {"began": to_ms(pressure.began(now)), "without_visitor": int(without_visitor)}
    for pool, choice in shown:
        run(sql.COUNT_SHOWN, {**values, "pool": pool, "choice": choice.value})


class Pressure:
    """Questions on how hard pools are pressed. Reads only."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def windows(self, pool: Pool, now: datetime) -> list[Window]:
        """Return what happened in a pool in the last hour and day, each from the step on in which it began."""
        return [self._window(pool, name, length, now) for name, length in pressure.WINDOWS.items()]

    def paused(self, pool: Pool) -> tuple[int, int]:
        """Return how many numbers of a pool are paused, and how many retired."""
        row = self._engine.read(sql.PAUSED, {"pool": pool.id})[0]
        return row["paused"] - row["retired"], row["retired"]

    def _window(self, pool: Pool, name: str, length: timedelta, now: datetime) -> Window:
        since = pressure.began(now - length)
        values = {"pool": pool.id, "since": to_ms(since)}
        views = self._engine.read(sql.SHOWN_SINCE, values)
        times = {"now": to_ms(now), "length": span_ms(pool.policy.length)}
        leases = self._engine.read(sql.LEASES_SINCE, {**values, **times})
        return Window(
            name=name,
            length=now - since,
            views=_by_choice(views, "views", without_visitor=0),
            views_without_visitor=sum(row["views"] for row in views if row["without_visitor"]),
            leases=_by_choice(leases, "leases"),
            early=sum(row["early"] for row in leases),
            lease_time=span(sum(row["lease_time"] for row in leases)),
        )


def _by_choice(found: Iterable[Row], what: str, **wanted: int) -> dict[Choice, int]:
    return {Choice(row["choice"]): row[what] for row in found if all(row[name] == wanted[name] for name in wanted)}
