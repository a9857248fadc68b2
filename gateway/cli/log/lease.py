"""`leaseline lease`: who holds or held which number, and when visits came and went."""

import json

import click

from gateway.cli.log.rows import lease_row
from gateway.cli.shell.errors import nothing_named
from gateway.cli.shell.options import json_option, limit_option, read_moment, utc_now
from gateway.cli.shell.output import as_row, show
from gateway.cli.shell.store import open_config, open_store
from gateway.core import numbers

COLUMNS = ("lease_id", "number", "pool", "state", "choice", "started_at", "expires_at", "campaign")


@click.group()
def lease() -> None:
    """Show which visitor holds or held which number."""


@lease.command("list")
@click.option("--pool", default="", help="Only this pool.")
@click.option("--number", default="", help="Only leases of this number.")
@limit_option
@json_option
def list_leases(pool: str, number: str, limit: int, as_json: bool) -> None:
    """List the newest leases."""
    e164 = numbers.parse(number, open_config().routing.country) if number else ""
    found = open_store(open_config(), read_only=True).reports.leases(utc_now(), pool, e164, limit)
    show([lease_row(one) for one in found], COLUMNS, as_json, "No leases: has a visitor opened a page with the script?")


@lease.command("export")
@click.option("--since", default="1970-01-01", help="Only visits that began at this time or later: 2026-11-22T14:30.")
@click.option("--pool", default="", help="Only this pool.")
def export_leases(since: str, pool: str) -> None:
    """Print when visits began and ended, for a simulation: one line of JSON per visit that got a number.

    pool, started_at, last_seen_at (the last heartbeat or tap), and left: `closed` (the page was closed or left),
    `silent` (the heartbeats ended without a goodbye), `tapped` (held since a tap on the number), `unseen` (no heartbeat
    ever came), `moved` (its number was paused, another one followed), `there` (the lease still runs). Whose visit it
    was and what they looked at is not in it; nor are visits that got no number of their own. Whether one was closed is
    told by the lease length that the pool has now.
    """
    moment, now = read_moment(since), utc_now()
    store = open_store(open_config(), read_only=True)
    wanted = [one for site in store.sites.all() for one in store.sites.pools_of(site) if pool in ("", one.name)]
    if pool and not wanted:
        raise nothing_named("pool", pool)
    for one in wanted:
        for arrival in store.reports.arrivals(moment, one, now):
            click.echo(json.dumps(as_row(arrival), ensure_ascii=False))
