"""A decision that takes as long as a test wants it to."""

from collections.abc import Callable

from gateway.core.calls.attribution import Attribution, State
from gateway.core.calls.call import InboundCall, RoutedCall
from gateway.core.calls.routing import Decision, Plan


def decide_after(wait: Callable[[], object]) -> Callable[[InboundCall], Decision]:
    """Return what decides any call to be of a number that is not ours, once `wait` has come back."""

    def decide(call: InboundCall) -> Decision:
        wait()
        nobody = Attribution(State.UNKNOWN, "")
        return Decision(Plan("", "unknown", "1", "", ()), RoutedCall(call.id, None, "1", call.at, nobody, ""))

    return decide
