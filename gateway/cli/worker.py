"""`leaseline worker`: completes calls from the switch's CDRs."""

import logging
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import click

from gateway.cli.common import check_writable, open_config, open_ledger, start_logging, utc_now
from gateway.config import Config
from gateway.core.routing import Routes
from gateway.store.ledger import SqlLedger
from gateway.store.sqlite import StoreError
from gateway.worker.ingest import ingest
from gateway.worker.sweep import Sweeper

POLL = 0.5  # seconds between looks at the file or folder

log = logging.getLogger(__name__)


@click.command()
@click.option("--once", is_flag=True, help="Take what is there and exit.")
def worker(once: bool) -> None:
    """Complete calls from the switch's CDRs, also those that came while we were down."""
    start_logging()
    config = open_config()
    ledger = open_ledger(config)
    check_writable(ledger.store)
    path, take = _source(config, ledger, config.routes())
    if once:
        click.echo(f"{take()} CDR(s) taken from {path}")
        return
    click.echo(f"worker: following {path}{'' if path.exists() else ', which is not there yet'}", err=True)
    _follow(take)


def _source(config: Config, ledger: SqlLedger, routes: Routes) -> tuple[Path, Callable[[], int]]:
    """Return where the switch leaves its CDRs, and what takes those that are new."""
    if config.switch == "freeswitch":
        folder = config.worker.freeswitch_cdr
        sweeper = Sweeper(ledger, routes, folder)
        return folder, lambda: sweeper.sweep(utc_now())
    path = config.worker.asterisk_cdr
    return path, lambda: ingest(ledger, routes, path)


def _follow(take: Callable[[], int]) -> None:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    trouble = ""
    while not stop.wait(POLL):
        before, trouble = trouble, _trouble(take)
        if trouble and trouble != before:
            log.warning("CDRs wait where they are: %s", trouble)


def _trouble(take: Callable[[], int]) -> str:
    """Take what is new; return what hindered it, if anything did."""
    try:
        take()
    except (StoreError, OSError) as error:
        return str(error)
    return ""
