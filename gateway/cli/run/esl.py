"""`leaseline esl`: the controller that FreeSWITCH asks."""

import signal

import click

from gateway.cli.run.controller import open_office
from gateway.cli.shell.options import utc_now


@click.command()
def esl() -> None:
    """Answer FreeSWITCH: tell it whose a call is and where it rings."""
    import gevent
    from gevent.event import Event

    from gateway.freeswitch.server import Controller

    office = open_office("freeswitch")
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(number, stop.set)
    Controller(office.ask, office.recorder.keep, utc_now).serve(office.host, office.port, stop, office.ready)
    office.recorder.close()
