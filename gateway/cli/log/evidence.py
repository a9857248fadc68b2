"""Who could have made a call, and what speaks for each, as tables; `explain` and `call explain` show the same."""

import json
from collections.abc import Sequence

import click

from gateway.cli.shell.output import Row, show

COLUMNS = (
    "state", "lease_id", "heartbeat_age", "tap_age", "used_by", "seen_before", "weight", "share", "visitor_id",
)  # fmt: skip


def attribution_of(row: Row) -> Row:
    """Return an attribution in the log's field names, from a call's columns or from those to be written."""
    lease = row["lease"] if "lease" in row else row["lease_id"]
    return {
        "state": row["state"],
        "lease_id": lease,
        "likelihood": row["likelihood"],
        "contested": bool(row["contested"]),
        "attribution_reason": row["reason"] if "reason" in row else row["attribution_reason"],
        "candidates": json.loads(row["candidates"]),
    }


def show_attribution(found: Row) -> None:
    """Print state, reason and likelihood in words, and the candidates as a table; those of old rows say less."""
    click.echo(f"  state        {found['state']}{', contested' if found['contested'] else ''}")
    click.echo(f"  why          {found['attribution_reason']}")
    if found["likelihood"] is not None:
        click.echo(f"  likelihood   {found['likelihood']:.2f} that it is lease {found['lease_id']}")
    if found["candidates"]:
        click.echo("  candidates (ages in seconds before the call; weight 1: a page that shows the number now)")
        show(_shares(found["candidates"]), COLUMNS, as_json=False, empty="")


def in_short(found: Row) -> str:
    """Return an attribution in a few words."""
    words = [found["state"], f"lease {found['lease_id']}" if found["lease_id"] else "nobody"]
    words += [] if found["likelihood"] is None else [f"{found['likelihood']:.2f}"]
    return ", ".join([*words, *(["contested"] if found["contested"] else [])])


def _shares(candidates: Sequence[Row]) -> list[Row]:
    return [{name: candidate.get(name) for name in COLUMNS} for candidate in candidates]
