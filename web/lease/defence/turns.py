"""Few requests of the lease API at once, some that wait, and the others put off at once.

Python runs one thread at a time, and SQLite lets it go at each statement. So threads by the dozen took it from each
other in the midst of the one transaction for which all of them waited: 200 requests/s, which two threads at work serve
with ease, were late by most of a second.
"""

from threading import BoundedSemaphore

AT_WORK = 2  # one that computes, and one that waits for the disk
WAITING = 30
PATIENCE = 2.0  # seconds; the script gives up after 4, and then it would be worked on for nobody


class Turns:
    """Places for requests at work, and for some that wait until one of these is free."""

    def __init__(self, at_work: int = AT_WORK, waiting: int = WAITING, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._at_work = BoundedSemaphore(at_work)
        self._places = BoundedSemaphore(at_work + waiting)

    def take(self) -> bool:
        """Wait for a turn; return False at once where too many wait already, or when it takes too long."""
        if not self._places.acquire(blocking=False):
            return False
        if self._at_work.acquire(timeout=self._patience):
            return True
        self._places.release()
        return False

    def end(self) -> None:
        """Let the next one work."""
        self._at_work.release()
        self._places.release()
