"""What lists say of pools, numbers and leases: frozen values, as things stand at a moment."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.core.leasing.leases import Choice, Lease, Phase, Pool
from gateway.core.leasing.standing import NumberState
from gateway.core.numbers import Kind


@dataclass(frozen=True, slots=True)
class ListedPool:
    """A pool, its site's name, and how many of its numbers are active, cooling and free; beside them those shared."""

    pool: Pool
    site: str
    numbers: int
    active: int
    cooling: int
    shared: int

    @property
    def free(self) -> int:
        """Return how many are neither active nor cooling."""
        return self.numbers - self.active - self.cooling


@dataclass(frozen=True, slots=True)
class ListedNumber:
    """A number and where it stands; `ghost_calls` are None but for one that is retired."""

    number: str
    kind: Kind
    pool: str | None
    state: NumberState | None
    free_at: datetime | None
    destination: str | None
    campaign: str | None
    label: str | None
    sms: bool
    retired_at: datetime | None
    releasable_at: datetime | None
    ghost_calls: int | None
    last_ghost_call: datetime | None


@dataclass(frozen=True, slots=True)
class ListedLease:
    """A lease, its pool's name, how its number stands by it, and how its visitor came."""

    lease: Lease
    pool: str
    choice: Choice
    phase: Phase
    campaign: str | None
    landing_page_url: str
    referring_url: str


class Left(StrEnum):
    """How a recorded visit ended."""

    MOVED = "moved"
    THERE = "there"
    UNSEEN = "unseen"
    TAPPED = "tapped"
    CLOSED = "closed"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class RecordedVisit:
    """When a visit to a pool's pages began and was last heard of, and how it ended. Nothing of whose."""

    pool: str
    started_at: datetime
    last_seen_at: datetime
    left: Left
