"""Complete calls from the switch's CDRs; make the rows of calls that the controller never saw."""

import logging
from pathlib import Path

from gateway.asterisk import cdr
from gateway.core.calls import CallEnd, RoutedCall
from gateway.core.routing import Routes, answered_by, settle
from gateway.store.ledger import SqlLedger
from gateway.worker.follow import read_batch

log = logging.getLogger(__name__)


def ingest(ledger: SqlLedger, routes: Routes, path: Path) -> int:
    """Take the CDR lines that are new in a file; return how many calls were completed.

    Lines and position are committed together. Raises StoreError when the store cannot be written: call again.
    """
    count = 0
    more = True
    while more:
        position = ledger.cdr_position(str(path))
        batch = read_batch(path, position)
        more = batch.more
        if batch.position == position:
            break
        ends = [end for line in batch.lines if (end := _parsed(line))]
        ledger.complete([_settled(ledger, routes, end) for end in ends], str(path), batch.position)
        count += len(ends)
    return count


def _settled(ledger: SqlLedger, routes: Routes, end: CallEnd) -> tuple[CallEnd, RoutedCall]:
    routed = settle(ledger, routes, end)
    return answered_by(routes, routed, end, cdr.is_of), routed


def _parsed(line: str) -> CallEnd | None:
    try:
        return cdr.parse_line(line)
    except cdr.BadLine as error:
        # Logged whole, as this is the only trace of a call that could not be read.
        log.error("a CDR line was passed over (%s): %r", error, line)  # noqa: TRY400  the line says more than a trace
        return None
