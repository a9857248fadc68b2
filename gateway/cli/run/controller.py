"""What both controllers need before they answer their switch."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import click

from gateway.cli.run.listening import check_listener, check_switch, raise_file_limit, start_logging
from gateway.cli.setup.check import check_forwarding
from gateway.cli.shell.store import check_writable, open_config, open_store
from gateway.core.calls.call import InboundCall, RoutedCall
from gateway.core.calls.routing import Decision, decide

NAMES = {"asterisk": "Asterisk", "freeswitch": "FreeSWITCH"}


@dataclass(frozen=True, slots=True)
class Office:
    """Where a controller listens, and what it decides and records with."""

    host: str
    port: int
    decide: Callable[[InboundCall], Decision]
    record: Callable[[RoutedCall], None]
    ready: Callable[[], None]


def open_office(switch: str) -> Office:
    """Return what the controller of a switch works with, once all that can be checked beforehand is right."""
    start_logging()
    config = open_config()
    check_switch(config, switch)
    check_forwarding(config)
    name, section = config.controller, getattr(config, config.controller)
    check_listener(name, section.host, section.port)
    raise_file_limit()
    reading, writing = open_store(config, read_only=True), open_store(config)
    check_writable(config)
    words = f"{name}: answering {NAMES[switch]} on {section.host} port {section.port}"
    return Office(
        section.host,
        section.port,
        partial(decide, reading.calls, config.routes()),
        writing.calls.record,
        ready=lambda: click.echo(words, err=True),
    )
