"""Complete calls from the switch's CDRs; make the rows of calls that the controller never saw."""

import logging
from pathlib import Path

from gateway.asterisk import cdr
from gateway.core.calls.call import CallEnd
from gateway.core.calls.routing import Routes
from gateway.service.calls import settle
from gateway.store import Store
from gateway.worker.cdr.follow import read_batch

log = logging.getLogger(__name__)


def ingest(store: Store, routes: Routes, path: Path) -> int:
    """Take the CDR lines that are new in a file; return how many calls were completed.

    Lines and position are committed together. Raises StoreError when the store cannot be written: call again.
    """
    count = 0
    more = True
    while more:
        position = store.calls.cdr_position(str(path))
        batch = read_batch(path, position)
        more = batch.more
        if batch.position == position:
            break
        ends = [end for line in batch.lines if (end := _parsed(line))]
        settle(store, routes, ends, cdr.is_of, str(path), batch.position)
        count += len(ends)
    return count


def _parsed(line: str) -> CallEnd | None:
    try:
        return cdr.parse_line(line)
    except cdr.BadLine as error:
        # Logged whole, as this is the only trace of a call that could not be read.
        log.error("a CDR line was passed over (%s): %r", error, line)  # noqa: TRY400  the line says more than a trace
        return None
