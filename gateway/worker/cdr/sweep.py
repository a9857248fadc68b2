"""Take FreeSWITCH's CDRs out of their folder: one JSON file per call.

Theory of operation. FreeSWITCH writes a file in place, so one without its end is not bad but not finished: it waits. A
file is removed only after its call is committed; a crash between the two means that it is taken once more, which
changes nothing. What can never be read is moved aside, with the reason in the log, so that it neither gets lost nor
holds up the others. A file that cannot be removed is remembered, or it would be taken again at every look; so is one
that we may not read. Whatever else hinders reading may pass by itself: that file is tried again, and told of once.
"""

import contextlib
import logging
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gateway.core.calls.call import CallEnd
from gateway.core.calls.routing import Routes
from gateway.freeswitch import cdr
from gateway.service.calls import settle
from gateway.store import Store

log = logging.getLogger(__name__)

SUFFIX = ".cdr.json"
REJECTED = "rejected"  # the subfolder for what cannot be read
MOST_FILES = 200  # one transaction; a longer one keeps visitors from their leases while a backlog is taken
LARGEST = 1 << 20  # bytes; a CDR has some 12 thousand
PATIENCE = 3600.0  # seconds that a file may stay without its end


@dataclass(frozen=True, slots=True, order=True)
class CdrFile:
    """One state of a file: a file that was changed since is another one."""

    modified: int
    changed: int
    size: int
    path: Path


class Sweeper:
    """Takes the CDRs of one folder, which is Leaseline's own."""

    def __init__(self, store: Store, routes: Routes, folder: Path) -> None:
        self._store = store
        self._routes = routes
        self._folder = folder
        self._left: set[CdrFile] = set()  # dealt with, but this user may not read or remove them
        self._told: set[CdrFile] = set()  # could not be read just now; tried at every look, which is twice a second

    def sweep(self, now: datetime) -> int:
        """Take what is whole, oldest first; return how many calls were completed.

        Raises StoreError when the store cannot be written: the files stay, call again.
        """
        files = _find(self._folder)
        self._left &= set(files)
        self._told &= set(files)
        waiting = [file for file in files if file not in self._left]
        batches = (waiting[place : place + MOST_FILES] for place in range(0, len(waiting), MOST_FILES))
        return sum(self._take(batch, now) for batch in batches)

    def _take(self, files: Sequence[CdrFile], now: datetime) -> int:
        read = list(self._readable(files, now))
        ends = [end for _, end in read if end]
        try:
            if ends:
                settle(self._store, self._routes, ends, cdr.is_of)
        except (ValueError, OverflowError) as error:  # a value that no column holds: find out whose
            return self._take_singly([file for file, _ in read], now, error)
        for file, _ in read:
            self._remove(file)
        return len(ends)

    def _take_singly(self, files: Sequence[CdrFile], now: datetime, error: Exception) -> int:
        if len(files) > 1:
            return sum(self._take([file], now) for file in files)
        self._reject(files[0], error)
        return 0

    def _readable(self, files: Sequence[CdrFile], now: datetime) -> Iterator[tuple[CdrFile, CallEnd | None]]:
        """Yield the files that are whole, each with its call, or None when that did not come through our dialplan."""
        for file in files:
            try:
                end = cdr.parse(_content(file.path))
            except FileNotFoundError:
                continue  # somebody else was quicker
            except cdr.TornRecord as error:
                if now.timestamp() - file.modified / 1e9 > PATIENCE:
                    self._reject(file, error)
            except cdr.BadRecord as error:
                self._reject(file, error)
            except OSError as error:
                self._put_off(file, error)
            else:
                yield file, end

    def _reject(self, file: CdrFile, reason: Exception) -> None:
        aside = self._folder / REJECTED
        try:
            aside.mkdir(exist_ok=True)
            file.path.rename(aside / file.path.name)
        except OSError as error:
            self._leave(file, f"is passed over ({reason}) and cannot be moved to {aside} ({error.strerror})")
        else:
            log.error("%s is no CDR (%s): it was moved to %s", file.path.name, reason, aside)

    def _remove(self, file: CdrFile) -> None:
        try:
            file.path.unlink(missing_ok=True)
        except OSError as error:
            self._leave(file, f"was taken and cannot be removed ({error.strerror})")

    def _put_off(self, file: CdrFile, error: OSError) -> None:
        """Leave what we have no right to read; other troubles, such as too many open files, pass by themselves."""
        if isinstance(error, PermissionError):
            self._leave(file, f"cannot be read ({error.strerror})")
        elif file not in self._told:
            log.error("%s cannot be read now (%s): it stays and is tried again", file.path, error.strerror)
            self._told.add(file)

    def _leave(self, file: CdrFile, what: str) -> None:
        log.error("%s %s: see `leaseline doctor`, then start the worker again", file.path, what)
        self._left.add(file)


def _find(folder: Path) -> list[CdrFile]:
    """Return the CDR files of a folder, the oldest first; none when there is no such folder yet."""
    try:
        with os.scandir(folder) as entries:
            return sorted(file for entry in entries if entry.name.endswith(SUFFIX) for file in _state(entry))
    except FileNotFoundError:
        return []


def _state(entry: os.DirEntry[str]) -> Iterator[CdrFile]:
    """Yield a file as it is now; nothing for a link, which would lead out of the folder, or for one that is gone."""
    with contextlib.suppress(FileNotFoundError):
        if entry.is_file(follow_symlinks=False):
            status = entry.stat(follow_symlinks=False)
            yield CdrFile(status.st_mtime_ns, status.st_ctime_ns, status.st_size, Path(entry.path))


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise cdr.BadRecord(f"it has more than {LARGEST} bytes")
    return data
