"""Read the call records that Asterisk writes, by the columns of dialplan/asterisk/cdr_custom.conf."""

import csv
from pathlib import Path

from gateway.asterisk.cdr import COLUMNS

Record = dict[str, str]


def read_cdrs(file: Path) -> list[Record]:
    """Return the records of the file; none when it does not exist yet."""
    if not file.exists():
        return []
    with file.open(encoding="utf-8", newline="") as lines:
        return [dict(zip(COLUMNS, row, strict=True)) for row in csv.reader(lines)]
