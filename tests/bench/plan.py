"""How much is measured."""

from collections.abc import Callable
from dataclasses import dataclass

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """How many of everything."""

    rates: tuple[int, ...] = (20, 50, 100)
    """Calls a second."""
    rounds: tuple[int, ...] = (5, 12, 12)
    """How often the three ways take turns, by rate."""
    round_seconds: tuple[float, ...] = (2.0, 1.0, 1.0)
    clients: tuple[int, ...] = (1, 4, 8)
    lease_rounds: int = 5
    leases_a_round: int = 1000
    operations: int = 600
    """Of each kind, on each database."""
    numbers: tuple[int, int, int] = (100, 10_000, 1_000_000)
    leases: tuple[int, int, int] = (1_000, 100_000, 5_000_000)


FULL = Plan()
QUICK = Plan(
    rounds=(3, 4, 4),
    round_seconds=(1.0, 0.5, 0.5),
    lease_rounds=3,
    leases_a_round=200,
    operations=200,
    numbers=(100, 10_000, 100_000),
    leases=(1_000, 50_000, 500_000),
)
