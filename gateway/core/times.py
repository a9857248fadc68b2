"""Moments and durations as other systems count them."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def seconds(duration: timedelta) -> int:
    """Return the whole seconds of a duration, rounded down.

    A page must let go of its number too early rather than too late.
    """
    return duration // timedelta(seconds=1)
