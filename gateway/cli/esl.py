"""`leaseline esl`: the controller that FreeSWITCH asks."""

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
from gateway.core.routing import decide


@click.command()
def esl() -> None:
    """Answer FreeSWITCH: tell it whose a call is and where it rings."""
    import gevent
    from gevent.event import Event

    from gateway.freeswitch.server import Controller

    start_logging()
    config = open_config()
    check_switch(config, "freeswitch")
    check_forwarding(config)
    check_listener("esl", config.esl.host, config.esl.port)
    raise_file_limit()
    reading, writing = open_ledger(config, read_only=True), open_ledger(config)
    check_writable(writing.store)
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(number, stop.set)
    where = f"{config.esl.host} port {config.esl.port}"
    Controller(partial(decide, reading, config.routes()), writing.record, utc_now).serve(
        config.esl.host,
        config.esl.port,
        stop,
        ready=lambda: click.echo(f"esl: answering FreeSWITCH on {where}", err=True),
    )
