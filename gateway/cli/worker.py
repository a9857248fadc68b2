"""`leaseline worker`: completes calls from the switch's CDRs."""

import logging
import signal
import threading

import click

from gateway.cli.common import check_writable, open_config, open_ledger, start_logging
from gateway.store.sqlite import StoreError
from gateway.worker.ingest import ingest

POLL = 0.5  # seconds between looks at the file

log = logging.getLogger(__name__)


@click.command()
@click.option("--once", is_flag=True, help="Take what is there and exit.")
def worker(once: bool) -> None:
    """Complete calls from Asterisk's CDR file, also those that came while we were down."""
    start_logging()
    config = open_config()
    ledger, routes, path = open_ledger(config), config.routes(), config.worker.asterisk_cdr
    check_writable(ledger.store)
    if once:
        click.echo(f"{ingest(ledger, routes, path)} CDR(s) taken from {path}")
        return
    click.echo(f"worker: following {path}{'' if path.exists() else ', which is not there yet'}", err=True)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    while not stop.wait(POLL):
        try:
            ingest(ledger, routes, path)
        except (StoreError, OSError) as error:
            log.warning("CDRs wait in their file: %s", error)
