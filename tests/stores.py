"""A store on a file, whose engine a test may reach: to look at rows, to lock it, to break it. All its statements."""

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

from gateway.store import Store, sql
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


def every_statement() -> Iterator[tuple[str, str]]:
    """Yield the statements of all subjects, each under a name of its own."""
    for found in pkgutil.iter_modules(sql.__path__):
        module = importlib.import_module(f"{sql.__name__}.{found.name}")
        for name, text in vars(module).items():
            if name.isupper() and not name.startswith("_") and isinstance(text, str) and "COLUMNS" not in name:
                yield f"{found.name}_{name}", text
