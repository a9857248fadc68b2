"""Where a number stands, by its leases and its life taken together."""

from datetime import datetime
from enum import StrEnum

from gateway.core.leasing.leases import phase_until
from gateway.core.numbers.kinds import Kind


class NumberState(StrEnum):
    """Where a number stands, in the words of the lists."""

    ACTIVE = "active"
    COOLING = "cooling"
    FREE = "free"
    PAUSED = "paused"
    RETIRED = "retired"


def state_of(
    kind: Kind, busy_until: datetime, free_at: datetime, at: datetime, *, paused: bool, retired: bool
) -> NumberState | None:
    """Return where a number stands at a moment; None for one in use that is never leased."""
    if paused:
        return NumberState.RETIRED if retired else NumberState.PAUSED
    return NumberState(phase_until(busy_until, free_at, at)) if kind is Kind.POOL else None
