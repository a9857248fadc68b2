"""`leaseline web`: the swap script and the lease API."""

import os
from pathlib import Path

import click

from gateway.cli.run.listening import check_listener, start_logging
from gateway.cli.shell.options import config_path
from gateway.cli.shell.store import check_writable, open_config
from gateway.config import Config, read_keys

# Requests at once. Leases need few, as they wait for the disk one after the other. But a slow or half-sent body holds a
# thread for as long as its peer likes: granian has no timeout for bodies. The many are to spare for such peers, which a
# reverse proxy that buffers requests, as nginx does by default, keeps out altogether.
THREADS = 64
BACKLOG = 8192  # half-open connections of a slow or hostile network; 1024 was seen to starve everybody else
HEADER_TIMEOUT = 5000  # milliseconds


@click.command()
def web() -> None:
    """Serve the swap script and the lease API."""
    start_logging()
    config = open_config()
    check_writable(config)
    read_keys(config.web.secret_file)
    check_listener("web", config.web.host, config.web.port)
    run_server("web.app:from_environment", config_path(), config)


def run_server(factory: str, path: Path, config: Config) -> None:
    """Serve the WSGI app that a factory makes, until told to stop."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.http import HTTP1Settings

    os.environ["LEASELINE_CONFIG"] = str(path.absolute())  # how granian's worker process hears of it
    Granian(
        factory,
        factory=True,
        interface=Interfaces.WSGI,
        address=config.web.host,
        port=config.web.port,
        workers=1,
        blocking_threads=THREADS,
        backlog=BACKLOG,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_TIMEOUT),
        respawn_failed_workers=True,
        websockets=False,
    ).serve()
