"""What the core's users ask of a store."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from gateway.core.calls.attribution import Facts, Weights
from gateway.core.calls.call import InboundCall, RoutedCall
from gateway.core.numbers import Dialled

if TYPE_CHECKING:
    from gateway.core.calls.routing import Decision


class Ledger(Protocol):
    """The part of the store that calls need: reads to decide on, one append that loses nothing."""

    def facts(self, dialled: Dialled, caller: str | None, at: datetime, weights: Weights) -> Facts:
        """Return all that is known for a call to `dialled` at a moment, as far back as the weights look."""

    def was_leased(self, number: str) -> bool:
        """Return whether any visitor ever had a number, whatever the clock said at that time."""

    def may_be_ours(self, digits: str) -> bool:
        """Return whether dialled digits may mean a number of ours all the same."""

    def record(self, *calls: RoutedCall) -> None:
        """Store what was decided on calls; doing it twice, or after the CDR, changes nothing else."""


class Ask(Protocol):
    """How a controller has calls decided."""

    def __call__(self, call: InboundCall, waited: float, answer: "Callable[[Decision | None], None]") -> None:
        """Have a call decided that has waited for some seconds.

        `answer` is called with the decision, from any thread; with None where the call is let go.
        """
