"""Who could have made a call, and what speaks for each, as tables; `explain` and `call explain` show the same."""

import click

from gateway.cli.shell.output import as_row, show
from gateway.store import LoggedAttribution

COLUMNS = (
    "state", "lease_id", "heartbeat_age", "tap_age", "used_by", "seen_before", "weight", "share", "visitor_id",
)  # fmt: skip


def show_attribution(found: LoggedAttribution) -> None:
    """Print state, reason and likelihood in words, and the candidates as a table; those of old rows say less."""
    click.echo(f"  state        {found.state}{', contested' if found.contested else ''}")
    click.echo(f"  why          {found.attribution_reason}")
    if found.likelihood is not None:
        click.echo(f"  likelihood   {found.likelihood:.2f} that it is lease {found.lease_id}")
    if found.candidates:
        click.echo("  candidates (ages in seconds before the call; weight 1: a page that shows the number now)")
        show([as_row(one) for one in found.candidates], COLUMNS, as_json=False, empty="")


def in_short(found: LoggedAttribution) -> str:
    """Return an attribution in a few words."""
    words = [found.state.value, f"lease {found.lease_id}" if found.lease_id else "nobody"]
    words += [] if found.likelihood is None else [f"{found.likelihood:.2f}"]
    return ", ".join([*words, *(["contested"] if found.contested else [])])
