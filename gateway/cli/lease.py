"""`leaseline lease list`."""

import click

from gateway.cli.common import json_option, limit_option, open_config, open_reports, show, utc_now
from gateway.core import numbers

COLUMNS = ("lease_id", "number", "pool", "state", "choice", "started_at", "expires_at", "campaign")


@click.group()
def lease() -> None:
    """Leases: which visitor holds or held which number."""


@lease.command("list")
@click.option("--pool", default="", help="Only this pool's.")
@click.option("--number", default="", help="Only on this number.")
@limit_option
@json_option
def list_leases(pool: str, number: str, limit: int, as_json: bool) -> None:
    """List the newest leases."""
    e164 = numbers.parse(number, open_config().routing.country) if number else ""
    found = open_reports().leases(utc_now(), pool, e164, limit)
    show(found, COLUMNS, as_json, "No leases: has a visitor opened a page with the script?")
