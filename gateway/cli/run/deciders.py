"""The threads of a controller that decide calls, so that a disk that hangs holds up no connection.

Offered more calls than can be decided, they let the surplus go at once. Its callers hear the fallback ring then, and
not after the dialplan's rescue; and the others are still decided in time. What counts is how long a call has waited,
as how many can be decided in a second depends on the machine and on what else it does.
"""

import logging
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from time import monotonic

from gateway.core.calls.call import InboundCall
from gateway.core.calls.limits import LONGEST_WAIT
from gateway.core.calls.routing import Decision

log = logging.getLogger(__name__)

THREADS = 2  # one read that is slow does not hold up the next

MOST_LATE = 10  # calls in a row that are decided though they come late: it may be no overload, but a port scan
TELL_EVERY = 10.0  # seconds: an overload must not fill the disk with log

Answer = Callable[[Decision | None], None]


class Deciders:
    """Decides calls in threads. `decide` reads the ledger, and may raise or take its time."""

    def __init__(self, decide: Callable[[InboundCall], Decision]) -> None:
        self._decide = decide
        self._asked: SimpleQueue[tuple[float, InboundCall, Answer]] = SimpleQueue()
        self._since: deque[float] = deque()  # when what waits was asked, the oldest first
        self._late = 0  # calls in a row that came late to us
        self._tell_at = 0.0
        for _ in range(THREADS):
            Thread(target=self._decide_all, name="decide", daemon=True).start()

    def ask(self, call: InboundCall, waited: float, answer: Answer) -> None:
        """Have a call decided that has waited for some seconds.

        `answer` is called in another thread; or at once, with None, where the decision would come late.
        """
        now = monotonic()
        self._late = self._late + 1 if waited > LONGEST_WAIT else 0
        if self._late > MOST_LATE or self._is_behind(now):
            self._let_go(now, answer)
            return
        self._since.append(now)
        self._asked.put((now, call, answer))

    def _is_behind(self, now: float) -> bool:
        """Return whether a call already waits for longer than one may."""
        try:
            return now - self._since[0] > LONGEST_WAIT
        except IndexError:
            return False

    def _decide_all(self) -> None:
        while True:
            since, call, answer = self._asked.get()
            self._since.popleft()
            now = monotonic()
            if now - since > LONGEST_WAIT and self._since:  # late, and others wait behind it
                self._let_go(now, answer)
            else:
                answer(self._decided(call))

    def _let_go(self, now: float, answer: Answer) -> None:
        if now > self._tell_at:
            self._tell_at = now + TELL_EVERY
            log.warning("calls are let go and ring the fallback: more come than can be decided")
        answer(None)

    def _decided(self, call: InboundCall) -> Decision | None:
        try:
            return self._decide(call)
        except Exception:  # the one boundary of a decision: the next call must still be decided
            log.exception("a call could not be decided; the dialplan rings its fallback")
            return None
