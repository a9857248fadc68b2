"""Follow a growing CDR file: whole lines only, over rotation, from where the last transaction left off.

Theory of operation. A position is (inode, first line, offset). The same inode with the same first line is the same
file, grown. Otherwise the file was rotated: the old one is looked for beside it, read to its end, and then every newer
one in the order of their age, so that also after a week of being down no file is left out. When the old one is gone,
all that are there are read: taking a line twice changes nothing. The first line is part of a position because a file
system gives a freed inode to the next file. Rotate with logrotate's `create` and `nocompress`; with `copytruncate`
lines written during the copy are lost.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from gateway.store import CdrPosition

MOST_BYTES = 1 << 16  # one transaction; a longer one keeps visitors from their leases while a backlog is read
LONGEST_HEAD = 512
PACKED = frozenset({".gz", ".xz", ".bz2", ".zst"})


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines, and where to go on after them; `more` when there was more than one batch takes."""

    lines: tuple[str, ...]
    position: CdrPosition
    more: bool


def read_batch(path: Path, position: CdrPosition) -> Batch:
    """Return the next whole lines; none when the file is not there yet or has not grown."""
    files = _files(path)
    place = next((place for place, file in enumerate(files) if _is_same(file, position)), None)
    if place is None:
        return _begin(files, position)
    batch = _read(files[place], position)
    if batch.lines or place == len(files) - 1:
        return replace(batch, more=batch.more or place < len(files) - 1)
    return _begin(files[place + 1 :], position)


def _begin(files: list[Path], position: CdrPosition) -> Batch:
    """Begin the first file that has a whole line."""
    for place, file in enumerate(files):
        head = _head(file)
        if head:
            batch = _read(file, CdrPosition(file.stat().st_ino, head, 0))
            return replace(batch, more=batch.more or place < len(files) - 1)
    return Batch((), position, more=False)


def _files(path: Path) -> list[Path]:
    """Return the file and those that it was rotated to, oldest first; compressed ones cannot be read."""
    rotated = [file for file in path.parent.glob(f"{path.name}[.-]*") if file.suffix not in PACKED]
    found = sorted((_modified(file), file) for file in rotated if file.is_file())
    return [file for _, file in found] + ([path] if path.exists() else [])


def _modified(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except FileNotFoundError:  # rotated on while we looked
        return 0


def _read(path: Path, position: CdrPosition) -> Batch:
    with path.open("rb") as file:
        file.seek(position.position)
        data = file.read(MOST_BYTES)
    whole = data[: data.rfind(b"\n") + 1]
    if not whole and len(data) == MOST_BYTES:
        whole = data  # no CDR is that long: passed over piece by piece, or it would be waited on for ever
    lines = tuple(line for line in whole.decode("utf-8", "replace").split("\n") if line.strip())
    after = replace(position, position=position.position + len(whole))
    return Batch(lines, after, more=len(data) == MOST_BYTES)


def _is_same(path: Path, position: CdrPosition) -> bool:
    try:
        status = path.stat()
    except FileNotFoundError:
        return False
    grown = status.st_ino == position.inode and status.st_size >= position.position
    return grown and bool(position.head) and _head(path) == position.head


def _head(path: Path) -> str:
    """Return the first line, or nothing while it is not whole."""
    try:
        with path.open("rb") as file:
            head = file.readline(LONGEST_HEAD)
    except FileNotFoundError:
        return ""
    return head.decode("utf-8", "replace") if head.endswith(b"\n") or len(head) == LONGEST_HEAD else ""
