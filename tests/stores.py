"""A store on a file, whose engine a test may reach: to look at rows, to lock it, to break it."""

from pathlib import Path

from gateway.store import Store
from gateway.store.engines.sqlite import Sqlite


class FileStore(Store):
    """The store of one SQLite file."""

    engine: Sqlite

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        super().__init__(Sqlite(path, read_only=read_only))

    @property
    def path(self) -> Path:
        """Return the file."""
        return self.engine.path
