"""Figures of the table: how long things took, or how much there was, and how that compares with what is beside it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """How long a number of equal things took, in milliseconds; `failed` ones are not among the times."""

    count: int
    failed: int
    median: float
    p95: float
    p99: float


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. A ratio is of times, or of figures: 2 means twice as slow or large as `beside`."""

    part: str
    case: str
    time: Timing | None = None
    per_second: float | None = None
    beside: str = ""
    ratio: float | None = None
    ratio_p99: float | None = None
    added: float | None = None
    """Milliseconds more than `beside`, at the median."""
    added_p99: float | None = None
    rate_ratio: float | None = None
    """Share of the rate of `beside`."""
    cpu_ratio: float | None = None
    """Processor time, in that of `beside`."""
    promise: str = ""
    kept: bool | None = None
    figure: float | None = None
    """What was found where it is no time, in units of `unit`."""
    unit: str = ""


def timing(times: Sequence[float], failed: int = 0) -> Timing:
    """Return the figures of some milliseconds; nan where there are none."""
    ordered = sorted(times)
    return Timing(len(ordered) + failed, failed, *(quantile(ordered, share) for share in (0.5, 0.95, 0.99)))


def quantile(ordered: Sequence[float], share: float) -> float:
    """Return the value that so large a share does not exceed."""
    if not ordered:
        return math.nan
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)]
