"""Follow a growing CDR file: whole lines only, over rotation, from where the last transaction left off.

Theory of operation. A position is (inode, first line, offset). The same inode with the same first line is the same
file, grown. Otherwise the file was rotated: the old one is looked for beside it by its inode, read to its end, and the
new one is begun at 0. The first line is part of it because a file system gives a freed inode to the next file.
Rotate with logrotate's `create`; with `copytruncate` lines written during the copy are lost.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from gateway.store.ledger import CdrPosition

MOST_BYTES = 1 << 16  # one transaction; a longer one keeps visitors from their leases while a backlog is read
LONGEST_HEAD = 512


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines, and where to go on after them; `more` when there was more than one batch takes."""

    lines: tuple[str, ...]
    position: CdrPosition
    more: bool


def read_batch(path: Path, position: CdrPosition) -> Batch:
    """Return the next whole lines; none when the file is not there yet or has not grown."""
    if _is_same(path, position):
        return _read(path, position)
    rest = _rest_of_rotated(path, position)
    if rest is not None:
        return rest
    head = _head(path)
    if not head:
        return Batch((), position, more=False)
    return _read(path, CdrPosition(path.stat().st_ino, head, 0))


def _rest_of_rotated(path: Path, position: CdrPosition) -> Batch | None:
    """Return what the rotated file still holds, or None when there is nothing left of it."""
    for sibling in sorted(path.parent.glob(f"{path.name}*")):
        if sibling != path and _is_same(sibling, position):
            batch = _read(sibling, position)
            return replace(batch, more=True) if batch.lines else None
    return None


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
