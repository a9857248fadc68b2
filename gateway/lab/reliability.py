"""Whether likelihoods are calibrated: of all calls claimed with 70 %, 70 % have to be right."""

from collections.abc import Sequence
from dataclasses import dataclass

TENTHS = 10
Claim = tuple[float, bool]
"""A likelihood, and whether the claimed visitor made the call."""


@dataclass(frozen=True, slots=True)
class Tenth:
    """The claims in one tenth of the scale: their number, mean likelihood, and the share that was right."""

    calls: int
    claimed: float
    right: float


def tenths(claims: Sequence[Claim]) -> list[Tenth]:
    """Return the tenths of the scale that have claims, the lowest first."""
    parts: list[list[Claim]] = [[] for _ in range(TENTHS)]
    for claim in claims:
        parts[min(int(claim[0] * TENTHS), TENTHS - 1)].append(claim)
    return [_tenth(part) for part in parts if part]


def _tenth(part: Sequence[Claim]) -> Tenth:
    return Tenth(len(part), _mean([likelihood for likelihood, _ in part]), _mean([right for _, right in part]))


def brier(claims: Sequence[Claim]) -> float:
    """Return the mean squared error of the likelihoods (Brier 1950): 0 is perfect, 0.25 is a coin's."""
    return _mean([(likelihood - right) ** 2 for likelihood, right in claims])


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
