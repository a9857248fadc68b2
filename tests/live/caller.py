"""The demo's caller: delivers calls to the switch one after the other, and says how far each has come."""

import contextlib
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.asked import asked_calls
from tests.live.ports import udp_port_is_bound
from tests.live.processes import NotReadyError, wait_until
from tests.live.sipp import Call, Carrier, Delivery, carrier
from tests.live.stage import Stage

MOST_WAITING = 3
TALK_MS = 4000
PATIENCE = 20.0  # seconds
SWITCH_GONE = "The switch is not running, so no call can get through. Stop the demo and start it again."
BROKEN_OFF = "The call could not be made. Press the button again."


class Declined(Exception):
    """A call that is not made; the message says why, to the person who asked for it."""


class _ClosingError(Exception):
    """The demo ends in the middle of a call."""


@dataclass(frozen=True, slots=True)
class Progress:
    """The call under way: `step` is ringing, talking or logging."""

    number: str
    caller: str
    step: str


class Caller:
    """A person with a telephone, or a few of them; one call at a time."""

    def __init__(self, stage: Stage, talk_ms: int = TALK_MS) -> None:
        self.fault = ""
        """What went wrong with the last call."""
        self.progress: Progress | None = None
        self.history: list[Progress] = []
        """How far every call came, step by step."""
        self._stage = stage
        self.talk_ms = talk_ms
        self._waiting: queue.Queue[Call | None] = queue.Queue()
        self._closing = threading.Event()

    @property
    def waiting(self) -> int:
        """Return how many calls are yet to be made."""
        # One that was taken from the queue and not begun is still counted: the page would say that all is over.
        return max(self._waiting.unfinished_tasks - (self.progress is not None), 0)

    @property
    def switch_runs(self) -> bool:
        """Return whether anything listens where the switch takes calls."""
        return udp_port_is_bound(self._stage.switch.sip_port)

    def call(self, number: str, caller: str) -> None:
        """Call a number as soon as the calls before are over. Raises Declined."""
        if not self.switch_runs:
            raise Declined(SWITCH_GONE)
        if self.waiting >= MOST_WAITING:
            raise Declined("That is enough for one line. Let it clear, then press again.")
        self._waiting.put(Call(number, caller))

    def work(self) -> None:
        """Make the calls that are asked for, until the end."""
        while (call := self._waiting.get()) is not None and not self._closing.is_set():
            self.fault = ""
            try:
                self._make(call)
            except NotReadyError:
                self.fault = BROKEN_OFF if self.switch_runs else SWITCH_GONE
            except _ClosingError:
                return
            finally:
                self._waiting.task_done()
                self.progress = None

    def close(self) -> None:
        """Hang up and make no more calls."""
        self._closing.set()
        self._waiting.put(None)

    def _make(self, call: Call) -> None:
        before = len(self._logged(call))
        self._tell(call, "ringing")
        with carrier(self._stage.switch.sip_port, [call], Delivery(hold_ms=self.talk_ms)) as line:
            self._await(lambda: line.up() or _is_over(line), "an answer")
            self._tell(call, "talking")
            self._await(lambda: _is_over(line), "the end of the call")
            if not any(one.answered for one in line.outcomes()):
                raise NotReadyError("nobody answered")
        self._tell(call, "logging")
        self._await(lambda: len(self._logged(call)) > before, "the row of the call")

    def _tell(self, call: Call, step: str) -> None:
        self.progress = Progress(call.number, call.caller, step)
        self.history.append(self.progress)

    def _await(self, look: Callable[[], Any], what: str) -> None:
        wait_until(lambda: self._closing.is_set() or look(), PATIENCE, what)
        if self._closing.is_set():
            raise _ClosingError

    def _logged(self, call: Call) -> list[dict[str, Any]]:
        """Return the complete rows of the caller's calls to the number."""
        whose = (call.number, call.caller)
        return [
            row
            for row in asked_calls(self._stage.house.store, 10_000)
            if row["end_time"] and (row["tracking_phone_number"], row["customer_phone_number"]) == whose
        ]


@contextlib.contextmanager
def a_caller(stage: Stage, talk_ms: int = TALK_MS) -> Iterator[Caller]:
    """Have a caller for the length of the block; at its end the call under way is hung up."""
    caller = Caller(stage, talk_ms)
    # SIPp dies with the thread that started it, so that is one which lives as long as the caller.
    thread = threading.Thread(target=caller.work, daemon=True)
    thread.start()
    try:
        yield caller
    finally:
        caller.close()
        thread.join()


def _is_over(line: Carrier) -> bool:
    return line.process.poll() is not None
