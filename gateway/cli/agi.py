"""`leaseline agi`: the controller that Asterisk asks."""

import asyncio
import contextlib
import resource
import signal
from functools import partial

import click

from gateway.cli.check import check_forwarding
from gateway.cli.common import check_listener, check_writable, open_config, open_ledger, start_logging, utc_now
from gateway.config import Config
from gateway.core.routing import decide

MOST_FILES = 8192  # open connections; the usual limit of 1024 would be used up by a scanner


@click.command()
def agi() -> None:
    """Answer Asterisk: tell it whose a call is and where it rings."""
    start_logging()
    config = open_config()
    check_forwarding(config)
    check_listener("agi", config.agi.host, config.agi.port)
    _raise_file_limit()
    asyncio.run(_serve(config))


async def _serve(config: Config) -> None:
    from gateway.asterisk.server import Controller

    reading, writing = open_ledger(config, read_only=True), open_ledger(config)
    check_writable(writing.store)
    controller = Controller(partial(decide, reading, config.routes()), writing.record, utc_now)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    where = f"{config.agi.host} port {config.agi.port}"
    await controller.serve(
        config.agi.host,
        config.agi.port,
        stop,
        ready=lambda: click.echo(f"agi: answering Asterisk on {where}", err=True),
    )


def _raise_file_limit() -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(MOST_FILES, hard)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
