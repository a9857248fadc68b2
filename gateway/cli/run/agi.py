"""`leaseline agi`: the controller that Asterisk asks."""

import asyncio
import signal

import click

from gateway.cli.run.controller import Office, open_office
from gateway.cli.shell.options import utc_now


@click.command()
def agi() -> None:
    """Answer Asterisk: tell it whose a call is and where it rings."""
    office = open_office("asterisk")
    asyncio.run(_serve(office))
    office.recorder.close()


async def _serve(office: Office) -> None:
    from gateway.asterisk.server import Controller

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await Controller(office.ask, office.recorder.keep, utc_now).serve(office.host, office.port, stop, office.ready)
