"""The table as people read it, and as JSON."""

import dataclasses
import json
import math
import os
import platform
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.bench.figures import Row

Cell = Callable[[Row], str]


def machine() -> dict[str, Any]:
    """Return on what the figures are taken."""
    return {
        "cpus": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    }


def load() -> float:
    """Return the load of the last minute: that of others says how far to believe the figures."""
    return round(os.getloadavg()[0], 2)


def text(rows: Sequence[Row]) -> str:
    """Return the table: absolute figures, then the ratio to the case that is named beside it."""
    cells = [list(COLUMNS), *([write(row) for write in COLUMNS.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join(map(_padded, line, widths, COLUMNS)).rstrip() for line in cells]
    return "\n".join(_parted(lines, rows))


def write_json(path: Path, rows: Sequence[Row], machine: dict[str, Any]) -> None:
    """Write the same figures, and on what machine they were taken."""
    found = {"machine": machine, "rows": [_plain(dataclasses.asdict(row)) for row in rows]}
    path.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def _plain(value: Any) -> Any:
    """Return a value without nan, which JSON does not have."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, float):
        return round(value, 4) if math.isfinite(value) else None
    return value


def _parted(lines: Sequence[str], rows: Sequence[Row]) -> list[str]:
    """Put a line of dashes below the heading, and an empty one between parts."""
    parted = [lines[0], "-" * max(map(len, lines))]
    for place, line in enumerate(lines[1:]):
        if place and rows[place].part != rows[place - 1].part:
            parted.append("")
        parted.append(line)
    return parted


def _padded(cell: str, width: int, column: str) -> str:
    return cell.ljust(width) if column in LEFT else cell.rjust(width)


def _number(value: float | None, form: str) -> str:
    return "" if value is None else "none" if math.isnan(value) else format(value, form)


def _of(name: str, form: str) -> Cell:
    """Return a cell of the row's timing, empty where nothing was timed."""
    return lambda row: _number(getattr(row.time, name, None), form)


def _figure(row: Row) -> str:
    return "" if row.figure is None else f"{row.figure:{FORMS.get(row.unit, '.2f')}} {row.unit}"


def _kept(row: Row) -> str:
    return "" if row.kept is None else f"{row.promise}: {'kept' if row.kept else 'BROKEN'}"


LEFT = ("case", "beside", "promise")
FORMS = {"B": ",.0f", "% own": ".1f", "ms CPU": ".3f", "shift": ".5f"}
COLUMNS: dict[str, Cell] = {
    "case": lambda row: f"{row.part}: {row.case}",
    "n": _of("count", "d"),
    "failed": _of("failed", "d"),
    "figure": _figure,
    "median ms": _of("median", ".2f"),
    "p95 ms": _of("p95", ".2f"),
    "p99 ms": _of("p99", ".2f"),
    "per s": lambda row: _number(row.per_second, ".0f"),
    "x median": lambda row: _number(row.ratio, ".2f"),
    "x p99": lambda row: _number(row.ratio_p99, ".2f"),
    "x CPU": lambda row: _number(row.cpu_ratio, ".2f"),
    "x rate": lambda row: _number(row.rate_ratio, ".2f"),
    "+ median": lambda row: _number(row.added, "+.2f"),
    "+ p99": lambda row: _number(row.added_p99, "+.2f"),
    "beside": lambda row: row.beside,
    "promise": _kept,
}
