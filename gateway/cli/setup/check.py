"""`leaseline config check`."""

import click

from gateway.cli.shell.errors import Fault
from gateway.cli.shell.options import config_path, utc_now
from gateway.cli.shell.store import open_config, open_store
from gateway.config import Config


@click.group()
def config() -> None:
    """Check the configuration."""


@config.command()
def check() -> None:
    """Read the configuration and report every fault in it; exit code 2 if there is one."""
    loaded = open_config()
    check_forwarding(loaded)
    held = f"{len(loaded.destinations)} destination(s), {len(loaded.trunks)} trunk(s)"
    click.echo(f"{config_path()} is fine: for {loaded.switch}, {held}")


def check_forwarding(loaded: Config) -> None:
    """Raise Fault when a destination is a number of ours, or a pool's destination has no entry.

    A pool number as destination would call itself for ever.
    """
    if not loaded.database.path.exists():
        return
    store = open_store(loaded, read_only=True)
    for e164, key in loaded.forwarded_numbers().items():
        if store.numbers.has(e164):
            raise Fault(f"{key} forwards to {e164}, which is a number of ours: calls would go in circles")
    for pool in (listed.pool for listed in store.reports.pools(utc_now())):
        wanted = pool.destination
        if wanted and wanted not in loaded.destinations:
            raise Fault(f"pool {pool.name} forwards to {wanted!r}: add [destinations.{wanted}]")
