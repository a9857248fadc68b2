"""Page views: counted by site, path and hour, with those that missed their target; kept with a visitor's session."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from gateway.core.visits import misses
from gateway.core.visits.misses import Hour, MissAlert, MissedPath, SiteViews
from gateway.store.engines.port import Engine, Row, Transaction
from gateway.store.rows import from_ms, optional_from_ms, to_ms
from gateway.store.sql import views as sql

PATHS_AN_HOUR = 1000  # of one site; what comes after them is counted together, or a hostile page would fill the disk
PAGES_A_SESSION = 50  # the first ones
PORTION = 500  # sessions whose pages are forgotten in one transaction


@dataclass(frozen=True, slots=True)
class PageView:
    """A page of a site that somebody looks at: `url` as it may be kept. An anonymous view is counted, and no more."""

    site: str
    url: str
    anonymous: bool = False


class Views:
    """Page views over one store."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def count(self, site_id: str, path: str, *, missed: bool, now: datetime) -> None:
        """Count a page view of a site's path; `missed` when no swap target was found on it."""
        with self._engine.writing() as transaction:
            self.count_in(transaction, site_id, path, missed=missed, now=now)

    @staticmethod
    def count_in(transaction: Transaction, site_id: str, path: str, *, missed: bool, now: datetime) -> None:
        """Count a page view in a transaction that is open already."""
        values = {
            "site": site_id,
            "path": misses.page_path(path),
            "hour": to_ms(misses.hour_of(now)),
            "missed": int(missed),
            "first_miss": to_ms(now) if missed else None,
        }
        if not transaction.run(sql.COUNT_KNOWN, values):
            transaction.run(sql.COUNT_NEW, {**values, "most": PATHS_AN_HOUR, "other": misses.OTHER_PATHS})

    @staticmethod
    def keep_in(transaction: Transaction, view: PageView, sessions: Iterable[str], now: datetime) -> None:
        """Keep a page view with the sessions of its visitor, in a transaction that is open already."""
        if view.anonymous:
            return
        for session in sessions:
            values = {"session": session, "url": view.url, "now": to_ms(now), "most": PAGES_A_SESSION}
            transaction.run(sql.INSERT_PAGE, values)

    def forget_pages(self, before: datetime) -> None:
        """Remove the pages that were looked at before a moment, but those of a visitor who called."""
        values = {"before": to_ms(before)}
        while old := self._engine.read(sql.OLD_SESSIONS, {**values, "limit": PORTION}):
            with self._engine.writing() as transaction:
                for row in old:
                    transaction.run(sql.FORGET_PAGES, {**values, "session": row["session_id"]})

    def forget(self, before: datetime) -> None:
        """Remove the hours that began before a moment."""
        forgotten = True
        while forgotten:
            with self._engine.writing() as transaction:
                forgotten = bool(transaction.run(sql.FORGET_HOUR, {"before": to_ms(before)}))

    def sites(self, now: datetime) -> list[SiteViews]:
        """Return all sites by name, with their page views of the last 24 hours."""
        return [_site(row) for row in self._engine.read(sql.VIEWS_OF_SITES, {"since": _since(now)})]

    def missed_paths(self, site_id: str, now: datetime, limit: int = misses.MOST_PATHS) -> list[MissedPath]:
        """Return the paths of a site with misses in the last 24 hours: first those that lost their target."""
        values = {"site": site_id, "since": _since(now), "percent": misses.MOST_PERCENT, "limit": limit}
        return [
            misses.missed_path(row["path"], row["views"], row["misses"], self._hours(site_id, row["path"]))
            for row in self._engine.read(sql.MISSED_PATHS, values)
        ]

    def alerts(self, now: datetime) -> list[MissAlert]:
        """Return the sites on which too many of the last 24 hours' page views missed."""
        return [self._alert(one, now) for one in self.sites(now) if misses.is_alarming(one.views, one.misses)]

    def _alert(self, one: SiteViews, now: datetime) -> MissAlert:
        targets = tuple(row["swap_target"] for row in self._engine.read(sql.TARGETS_OF_SITE, {"site": one.id}))
        paths = tuple(self.missed_paths(one.id, now))
        return MissAlert(one.site, one.origin, targets, one.views, one.misses, paths)

    def _hours(self, site_id: str, path: str) -> list[Hour]:
        found = self._engine.read(sql.HOURS_OF_PATH, {"site": site_id, "path": path})
        return [
            Hour(from_ms(row["hour"]), row["views"], row["misses"], optional_from_ms(row["first_miss_at"]))
            for row in found
        ]


def _since(now: datetime) -> int:
    """Return the beginning of the oldest hour of which any part lies in the last 24 hours."""
    return to_ms(misses.hour_of(now - misses.WINDOW))


def _site(row: Row) -> SiteViews:
    origins = json.loads(row["origins"])
    return SiteViews(row["id"], row["name"], origins[0] if origins else "", row["views"], row["misses"])
