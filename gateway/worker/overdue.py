"""Close the calls that must be over and whose CDR never came: the switch was killed, or keeps no records of them.

A call stays open in the log until its CDR comes. One that is older than any call can become would stay so for ever.
"""

import logging
from datetime import datetime, timedelta

from gateway.core.calls.call import UNKNOWN_END
from gateway.store.log.open_calls import OpenCalls

log = logging.getLogger(__name__)

LOOK_EVERY = timedelta(minutes=1)


class Overdue:
    """Looks for such calls when it is time to; call it as often as you like, once the CDRs are taken."""

    def __init__(self, calls: OpenCalls, longest: timedelta) -> None:
        self._calls = calls
        self._longest = longest
        self._looked: datetime | None = None

    def look(self, now: datetime) -> None:
        """Close what is overdue, and say so. Raises StoreError when the store cannot be used."""
        if self._looked and self._looked <= now < self._looked + LOOK_EVERY:
            return
        self._looked = now
        closed = self._calls.close(now - self._longest)
        if closed:
            log.warning(
                "%d call(s) began more than %d s ago and the switch left no record of their end: closed as %s. "
                "Was the switch killed? `leaseline doctor` says whether it keeps records",
                closed, self._longest.total_seconds(), UNKNOWN_END,
            )  # fmt: skip
