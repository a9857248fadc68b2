"""How much is measured."""

from collections.abc import Callable
from dataclasses import dataclass

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Pace:
    """Calls a second, how often the ways take turns at that rate, and for how many seconds each."""

    rate: int
    rounds: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Plan:
    """How many of everything."""

    calls: tuple[Pace, ...] = (Pace(20, 5, 2.0), Pace(50, 12, 1.0), Pace(100, 12, 1.0), Pace(150, 12, 1.0))
    freeswitch: tuple[Pace, ...] = (Pace(20, 10, 2.0),)
    decision_rounds: int = 8
    decisions_a_round: int = 400
    clients: tuple[int, ...] = (1, 4, 8)
    lease_rounds: int = 5
    leases_a_round: int = 1000
    operations: int = 600
    """Of each kind, on each database."""
    pages: int = 7
    """Of each kind that the script is timed on, at each speed of the processor."""
    views: int = 10
    """Repeat views of a page, each way that the script is loaded."""
    load: float = 60.0
    """Seconds of requests to the lease API."""
    burst: float = 10.0
    """Seconds of more requests than it is to answer."""
    attack: float = 20.0
    """Minutes of each attack on the pool, by the bench's own clock."""
    numbers: tuple[int, int, int] = (100, 10_000, 1_000_000)
    leases: tuple[int, int, int] = (1_000, 100_000, 5_000_000)


FULL = Plan()
QUICK = Plan(
    calls=(Pace(20, 3, 1.0), Pace(50, 4, 0.5), Pace(100, 4, 0.5), Pace(150, 4, 0.5)),
    freeswitch=(Pace(20, 4, 1.0),),
    decision_rounds=3,
    decisions_a_round=300,
    lease_rounds=3,
    leases_a_round=200,
    operations=200,
    pages=3,
    views=5,
    load=10.0,
    burst=3.0,
    attack=8.0,
    numbers=(100, 10_000, 100_000),
    leases=(1_000, 50_000, 500_000),
)
