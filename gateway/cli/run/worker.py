"""`leaseline worker`: completes calls from the switch's CDRs, watches the page views, answers scrapes."""

import contextlib
import logging
import signal
import threading
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path

import click

from gateway.cli.run.listening import start_logging
from gateway.cli.shell.options import utc_now
from gateway.cli.shell.store import check_writable, open_config, open_store
from gateway.cli.shell.words import unusable
from gateway.config import Config
from gateway.core.calls.routing import Routes
from gateway.store import Store, StoreError
from gateway.worker.cdr.ingest import ingest
from gateway.worker.cdr.sweep import Sweeper
from gateway.worker.overdue import Overdue
from gateway.worker.watch import Watch

POLL = 0.5  # seconds between looks at the file or folder
Chores = Mapping[str, Callable[[], object]]  # by what to say when one cannot be done

log = logging.getLogger(__name__)


@click.command()
@click.option("--once", is_flag=True, help="Take what is there and exit.")
def worker(once: bool) -> None:
    """Complete calls from the switch's CDRs, including calls that came while Leaseline was down.

    Also tells when a site's swap targets are no longer found, and answers [metrics] where that is enabled.
    """
    start_logging()
    config = open_config()
    store = open_store(config)
    check_writable(config)
    path, take = _source(config, store, config.routes())
    if once:
        click.echo(f"{take()} CDR(s) taken from {path}")
        return
    click.echo(f"worker: following {path}{'' if path.exists() else ', which is not there yet'}", err=True)
    watch, overdue = Watch(store), Overdue(store.open_calls, config.longest_call)
    with contextlib.ExitStack() as until_the_end:
        if config.metrics.enabled:
            _answer_scrapes(config, until_the_end)
        chores: Chores = {
            "CDRs wait where they are": take,
            "calls without an end stay open": lambda: overdue.look(utc_now()),
            "page views are not watched": lambda: watch.look(utc_now()),
        }
        _follow(chores)


def _source(config: Config, store: Store, routes: Routes) -> tuple[Path, Callable[[], int]]:
    """Return where the switch leaves its CDRs, and what takes those that are new."""
    if config.switch == "freeswitch":
        folder = config.worker.freeswitch_cdr
        sweeper = Sweeper(store, routes, folder)
        return folder, lambda: sweeper.sweep(utc_now())
    path = config.worker.asterisk_cdr
    return path, lambda: ingest(store, routes, path)


def _answer_scrapes(config: Config, until_the_end: contextlib.ExitStack) -> None:
    """Start the metrics; without them CDRs are taken all the same, as a scrape is worth less than a call."""
    from gateway.worker.metrics.figures import Figures
    from gateway.worker.metrics.scrapes import answering

    host, port = config.metrics.host, config.metrics.port
    figures = Figures(open_store(config, read_only=True), version("leaseline"), utc_now)
    try:
        until_the_end.enter_context(answering(host, port, figures))
    except OSError as error:
        log.warning("no metrics on %s port %s: %s. Set another [metrics] port", host, port, error.strerror)
    else:
        click.echo(f"worker: metrics on {host} port {port}", err=True)


def _follow(chores: Chores) -> None:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    troubles: dict[str, str] = {}
    while not stop.wait(POLL):
        for what, do in chores.items():
            trouble = _trouble(do)
            if trouble and trouble != troubles.get(what):
                log.warning("%s: %s", what, trouble)
            troubles[what] = trouble


def _trouble(do: Callable[[], object]) -> str:
    """Do a chore; return what hindered it, if anything did."""
    try:
        do()
    except StoreError as error:
        return unusable(error)
    except OSError as error:
        return str(error)
    return ""
