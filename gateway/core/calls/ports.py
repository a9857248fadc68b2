"""What the core's users ask of a store."""

from datetime import datetime
from typing import Protocol

from gateway.core.calls.attribution import Facts, Weights
from gateway.core.calls.call import RoutedCall
from gateway.core.numbers import Dialled


class Ledger(Protocol):
    """The part of the store that calls need: reads to decide on, one append that loses nothing."""

    def facts(self, dialled: Dialled, caller: str | None, at: datetime, weights: Weights) -> Facts:
        """Return all that is known for a call to `dialled` at a moment, as far back as the weights look."""

    def was_leased(self, number: str) -> bool:
        """Return whether any visitor ever had a number, whatever the clock said at that time."""

    def record(self, call: RoutedCall) -> None:
        """Store what was decided on a call; doing it twice, or after the CDR, changes nothing else."""
