"""What the processes do before they listen: log, look at the port, make room for connections."""

import contextlib
import logging
import resource
import socket

from gateway.cli.shell.errors import Fault
from gateway.config import Config

MOST_FILES = 8192  # open connections; the usual limit of 1024 would be used up by a scanner


def start_logging() -> None:
    """Log to standard error, where systemd's journal takes it up."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")


def check_listener(section: str, host: str, port: int) -> None:
    """Raise Fault when an address cannot be listened on; asked before a server starts, which says it less well."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        raise Fault(
            f"cannot listen on {host} port {port}: {error.strerror}. Stop what uses it, or set another [{section}] port"
        ) from error


def check_switch(config: Config, switch: str) -> None:
    """Raise Fault when the configuration is another switch's: its dial strings would ring nobody on this one."""
    if config.switch != switch:
        raise Fault(
            f"this is for {switch}, and the configuration is for {config.switch}: run `leaseline {config.controller}`, "
            f'or set switch = "{switch}"'
        )


def raise_file_limit() -> None:
    """Have room for many open connections at once."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(MOST_FILES, hard)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
