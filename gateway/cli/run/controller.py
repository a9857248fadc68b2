"""What both controllers need before they answer their switch."""

import gc
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import click

from gateway.cli.run.deciders import Deciders
from gateway.cli.run.listening import check_listener, check_switch, raise_file_limit, start_logging
from gateway.cli.run.recorder import Recorder
from gateway.cli.setup.check import check_forwarding
from gateway.cli.shell.store import check_writable, open_config, open_store
from gateway.core.calls.ports import Ask
from gateway.service.calls import decide

NAMES = {"asterisk": "Asterisk", "freeswitch": "FreeSWITCH"}


@dataclass(frozen=True, slots=True)
class Office:
    """Where a controller listens, has calls decided, and has their rows written."""

    host: str
    port: int
    ask: Ask
    recorder: Recorder
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
        Deciders(partial(decide, reading, config.routes())).ask,
        Recorder(writing.calls.record),
        ready=partial(_get_ready, words),
    )


def _get_ready(words: str) -> None:
    gc.collect()
    gc.freeze()  # what is there stays: to look through it again and again would hold up calls
    click.echo(words, err=True)
