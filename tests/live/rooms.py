"""Private directories that do not pile up, even when their owner is killed."""

import contextlib
import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

PREFIX = "leaseline-"


@contextlib.contextmanager
def room(parent: Path | None = None) -> Iterator[Path]:
    """Give a private directory for the length of the block, and clear away those whose owners were killed."""
    where = parent or Path(tempfile.gettempdir())
    for old in where.glob(f"{PREFIX}*"):
        _clear_if_left(old)
    home = Path(tempfile.mkdtemp(prefix=PREFIX, dir=where))
    try:
        # Locked before it has its name: a directory whose "lock" can be locked has no owner any more.
        with (home / "unnamed").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            (home / "unnamed").rename(home / "lock")
            yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


def left_behind(parent: Path) -> list[Path]:
    """Return private directories that nobody uses."""
    return [home for home in parent.glob(f"{PREFIX}*") if _is_left(home)]


def _is_left(home: Path) -> bool:
    try:
        with (home / "lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _clear_if_left(old: Path) -> None:
    # OSError: it is in use, or is being made, or has just gone.
    with contextlib.suppress(OSError), (old / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(old, ignore_errors=True)
