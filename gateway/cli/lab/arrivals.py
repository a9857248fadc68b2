"""Recorded arrivals, as `leaseline lease export` prints them, read for a simulation."""

import json
from datetime import datetime, timedelta
from pathlib import Path

from gateway.cli.shell.errors import Fault
from gateway.lab.arrivals import Arrival

GOODBYE = "closed"


def read_arrivals(path: Path) -> list[Arrival]:
    """Return the visits of a file, the first one's beginning being the zero of time. Raises Fault on a bad line."""
    with path.open(encoding="utf-8", errors="replace") as file:
        found = [_read(line, place) for place, line in enumerate(file, 1) if line.strip()]
    if not found:
        raise Fault(f"{path} holds no visit: `leaseline lease export > {path.name}` writes them")
    first = min(began for began, _, _ in found)
    return sorted(
        (Arrival(began - first, seen - first, goodbye) for began, seen, goodbye in found), key=lambda one: one.arrives
    )


def _read(line: str, place: int) -> tuple[datetime, datetime, bool]:
    try:
        told = json.loads(line)
        began, seen = (datetime.fromisoformat(told[name]) for name in ("started_at", "last_seen_at"))
        if seen - began < timedelta():
            raise ValueError
    except (ValueError, KeyError, TypeError) as error:
        raise Fault(f"line {place} is no visit as `leaseline lease export` prints them") from error
    return began, seen, told.get("left") == GOODBYE
