"""How many page views each path of a site had, and how many found no number to replace."""

import threading
from collections import Counter
from datetime import datetime

from gateway.store.sqlite import SqliteStore


class Views:
    """Counts page views."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store
        self._lock = threading.Lock()
        self.counted: Counter[tuple[str, str, bool]] = Counter()

    def count(self, site_id: str, path: str, *, missed: bool, now: datetime) -> None:  # noqa: ARG002
        """Count a page view."""
        with self._lock:
            self.counted[site_id, path, missed] += 1
