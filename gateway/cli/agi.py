"""`leaseline agi`: the controller that Asterisk asks."""

import asyncio
import signal
from functools import partial

import click

from gateway.cli.check import check_forwarding
from gateway.cli.common import (
    check_listener,
    check_switch,
    check_writable,
    open_config,
    open_ledger,
    raise_file_limit,
    start_logging,
    utc_now,
)
from gateway.config import Config
from gateway.core.routing import decide


@click.command()
def agi() -> None:
    """Answer Asterisk: tell it whose a call is and where it rings."""
    start_logging()
    config = open_config()
    check_switch(config, "asterisk")
    check_forwarding(config)
    check_listener("agi", config.agi.host, config.agi.port)
    raise_file_limit()
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
