"""Tell the operator when a site's swap targets are no longer found; forget old page views, taps and pages.

A page without its target looks right and leases nothing: nobody sees that but us. What was told is kept in memory, so
that a worker that starts anew tells once more what still lasts.
"""

import logging
from datetime import datetime, timedelta

from gateway.core.leasing import pressure
from gateway.core.visits import misses
from gateway.store import Store

log = logging.getLogger(__name__)

LOOK_EVERY = timedelta(minutes=1)
TELL_EVERY = timedelta(hours=1)
FORGET_EVERY = timedelta(hours=1)
KEPT = timedelta(days=30)  # taps and visited pages: as long as an earlier call counts


class Watch:
    """Looks at the page views when it is time to; call it as often as you like."""

    def __init__(self, store: Store) -> None:
        self._views = store.views
        self._leases = store.leases
        self._told: dict[str, datetime] = {}  # by site, while its alert lasts
        self._looked: datetime | None = None
        self._forgot: datetime | None = None

    def look(self, now: datetime) -> None:
        """Log what began, lasts or is over; forget what is old. Raises StoreError when the store cannot be used."""
        if _is_due(self._looked, LOOK_EVERY, now):
            self._looked = now
            self._tell(now)
        if _is_due(self._forgot, FORGET_EVERY, now):
            self._forgot = now
            self._views.forget(now - misses.KEPT)
            self._views.forget_pages(now - KEPT)
            self._leases.forget_taps(now - KEPT)
            self._leases.forget_shown(now - pressure.KEPT)

    def _tell(self, now: datetime) -> None:
        alerts = self._views.alerts(now)
        for alert in alerts:
            if _is_due(self._told.get(alert.site), TELL_EVERY, now):
                log.warning("%s", misses.describe(alert))
                self._told[alert.site] = now
        for one in self._views.sites(now):
            if one.site in self._told and not misses.is_alarming(one.views, one.misses):
                del self._told[one.site]
                log.info("site %s: its alert is over: no swap target on %s", one.site, misses.counted(one))


def _is_due(last: datetime | None, every: timedelta, now: datetime) -> bool:
    """Return whether it is time again; also after the clock was put back, or nothing would be due for long."""
    return last is None or not last <= now < last + every
