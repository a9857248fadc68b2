"""What commands print: tables for people, JSON for programs."""

import json
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

WIDE = 320  # columns, where the output is no terminal: a log or a pipe must not cut a number in two
Row = dict[str, Any]


def as_row(value: "DataclassInstance") -> Row:
    """Return a value's fields as JSON takes them: times as ISO 8601 UTC, durations in seconds."""
    return {one.name: as_json_value(getattr(value, one.name)) for one in fields(value)}


def as_json_value(value: Any) -> Any:
    """Return a field as JSON takes it."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, tuple):
        return [as_json_value(one) for one in value]
    return as_row(value) if is_dataclass(value) and not isinstance(value, type) else value


def show(rows: Sequence[Row], columns: Sequence[str], as_json: bool, empty: str) -> None:
    """Print rows as JSON, whole, or as a table of some columns."""
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
    elif rows:
        _print_table(rows, columns)
    else:
        click.echo(empty)


def show_one(row: Row, as_json: bool) -> None:
    """Print one thing, a field a line."""
    if as_json:
        click.echo(json.dumps(row, indent=2, ensure_ascii=False))
        return
    width = max(map(len, row))
    for name, value in row.items():
        click.echo(f"{name:{width}}  {_plain(value)}")


def _print_table(rows: Sequence[Row], columns: Sequence[str]) -> None:
    console = Console() if Console().is_terminal else Console(width=WIDE)
    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*(Text(_plain(row.get(column))) for column in columns))
    console.print(table)


def _plain(value: object) -> str:
    """Return a value as a person reads it; control characters of a stranger's text never reach the terminal."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, (list, dict)) else str(value)
    return "".join(character if character.isprintable() else "?" for character in text)
