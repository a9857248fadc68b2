"""The one writer of call rows of a controller: a thread that writes in batches, beside the answers.

A transaction waits for the disk and costs as much as twenty rows, and the thread that writes takes turns with those
that answer. So the rows of a moment share one. Rows that cannot be written are let go of: their CDRs bring them.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Event, Thread

from gateway.core.calls.call import RoutedCall
from gateway.store import Conflict, StoreError

log = logging.getLogger(__name__)

MOST_WAITING = 10_000  # rows not written yet
MOST_AT_ONCE = 500  # rows in one transaction, which keeps all other writers out
GATHER = 0.05  # seconds from the first row of a batch until it is written
RECORD_WAITS = (0.1, 0.5, 1.0, 2.0, 5.0)  # seconds between tries to write; then the CDRs have to do
DRAIN = 5.0  # seconds to write what is waiting when we are told to stop

Rows = list[RoutedCall]


class Recorder:
    """Keeps call rows and writes them soon. `record` writes some in one transaction."""

    def __init__(self, record: Callable[..., None]) -> None:
        self._record = record
        self._waiting: SimpleQueue[RoutedCall | None] = SimpleQueue()
        self._ending = Event()
        self._thread = Thread(target=self._write_all, name="record", daemon=True)
        self._thread.start()

    def keep(self, call: RoutedCall) -> None:
        """Have a row written; never waits."""
        if self._waiting.qsize() < MOST_WAITING:
            self._waiting.put(call)
        else:
            log.warning("too many call rows are waiting; the CDR will bring call %s", call.id)

    def close(self) -> None:
        """Write what is still waiting, if that takes no longer than it may."""
        self._ending.set()
        self._waiting.put(None)
        self._thread.join(DRAIN)
        if self._thread.is_alive():
            log.warning("call rows were not written; their CDRs will bring them")

    def _write_all(self) -> None:
        while (first := self._waiting.get()) is not None:
            self._ending.wait(GATHER)
            self._write([first, *self._those_that_wait()])

    def _those_that_wait(self) -> Iterator[RoutedCall]:
        with suppress(Empty):
            for _ in range(MOST_AT_ONCE - 1):
                call = self._waiting.get_nowait()
                if call is None:
                    self._waiting.put(None)
                    return
                yield call

    def _write(self, calls: Rows) -> None:
        for wait in (*RECORD_WAITS, 0.0):
            try:
                self._record(*calls)
            except Exception as error:  # noqa: BLE001  a locked or full database must not end the recorder
                if len(calls) > 1 and _is_of_a_row(error):
                    for call in calls:
                        self._write([call])
                    return
                log.warning("%s not written yet: %s", _named(calls), error)
                self._ending.wait(wait)
            else:
                return
        log.error("%s not written; the CDR brings each", _named(calls))


def _is_of_a_row(error: Exception) -> bool:
    """Return whether one row may keep the others from being written; else the database does."""
    return isinstance(error, Conflict) or not isinstance(error, StoreError)


def _named(calls: Rows) -> str:
    return f"call {calls[0].id} is" if len(calls) == 1 else f"call {calls[0].id} and {len(calls) - 1} others are"
