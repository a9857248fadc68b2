"""A Leaseline of its own in a directory: configuration, database, processes on free loopback ports."""

import contextlib
import json
import subprocess
import sys
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from gateway.cli import main
from gateway.core.visits.visit import read_visit
from tests.live.ports import free_tcp_port, tcp_port_is_open
from tests.live.processes import helper, wait_until
from tests.stores import FileStore

READY = {"agi": "answering Asterisk", "esl": "answering FreeSWITCH", "web": "Started worker-1", "worker": "following"}
SERVERS = {"agi", "esl", "serve", "web", "worker"}  # they take the signals and the event loop of a process
CONTROLLERS = {"asterisk": "agi", "freeswitch": "esl"}
QUESTIONS = {"asterisk": ("asterisk", "-rx"), "freeswitch": ("fs_cli", "-x")}
FALLBACKS = {"asterisk": "PJSIP/15551230000@fallback", "freeswitch": "sofia/gateway/fallback/15551230000"}
SWAP_TARGET = "+12125550100"
POOL = tuple(f"+121255501{place:02}" for place in range(10, 20))


@dataclass(frozen=True, slots=True)
class House:
    """Where everything of one Leaseline stands."""

    home: Path
    port: int
    """Where the switch asks."""
    web_port: int
    store: FileStore
    switch: str = "asterisk"

    @property
    def controller(self) -> str:
        """Return the command that answers the switch."""
        return CONTROLLERS[self.switch]

    @property
    def config(self) -> Path:
        """Return the configuration file."""
        return self.home / "config.toml"

    @property
    def cdrs(self) -> Path:
        """Return the CDR file or folder that the worker reads, unless told otherwise."""
        return self.home / "leaseline-cdrs"

    @property
    def web_url(self) -> str:
        """Return where the script and the lease API are served."""
        return f"http://127.0.0.1:{self.web_port}"

    def lease(
        self,
        url: str = "https://shop.example/?utm_campaign=spring",
        ago: timedelta = timedelta(),
        pool_name: str = "web",
    ) -> str:
        """Return the number that a new visitor leases, or leased some time ago, for a minute."""
        pool = self.store.sites.pool_by_name(pool_name)
        assert pool
        then = datetime.now(UTC) - ago
        granted = self.store.leases.grant(f"visitor{then.timestamp()}", read_visit(url, ""), [pool], then)[0]
        if ago and granted.lease:
            self.store.leases.renew([granted.lease.id], then + timedelta(seconds=10))
            self.store.leases.release([granted.lease.id], then + timedelta(minutes=1))
        return granted.number

    def command(self, *arguments: str) -> list[str]:
        """Return a leaseline command for this house."""
        return [sys.executable, "-m", "gateway", "--config", str(self.config), *arguments]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a leaseline command to its end: in this process, which saves a second, unless it is a server."""
        if arguments[0] in SERVERS:
            return subprocess.run(self.command(*arguments), capture_output=True, text=True, timeout=120, check=False)
        done = CliRunner().invoke(main, ["--config", str(self.config), *arguments])
        broken = done.exc_info if done.exception and not isinstance(done.exception, SystemExit) else None
        said = done.stderr + "".join(traceback.format_exception(*broken) if broken else ())
        return subprocess.CompletedProcess(arguments, done.exit_code, done.stdout, said)

    def ask(self, *arguments: str) -> Any:
        """Run a command that has to work; return its JSON."""
        done = self.run(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def is_ready(self, name: str, said: str) -> bool:
        """Return whether a process that said this is ready. `web` speaks a little before it takes connections."""
        return READY[name] in said and (name != "web" or tcp_port_is_open(self.web_port))

    @contextlib.contextmanager
    def running(self, name: str) -> Iterator[subprocess.Popen[bytes]]:
        """Run `agi`, `esl`, `web` or `worker` for the length of the block."""
        output = self.home / f"{name}.log"
        before = output.stat().st_size if output.exists() else 0

        def ready() -> bool:
            assert process.poll() is None, output.read_text()
            return self.is_ready(name, output.read_text()[before:])

        with helper(self.command(name), output, self.home, grace=8.0) as process:
            wait_until(ready, 60.0, f"{name} to be ready")
            yield process


@contextlib.contextmanager
def house(home: Path, destinations: str, **values: Any) -> Iterator[House]:
    """Yield a house, and close its database at the end."""
    built = build(home, destinations, **values)
    try:
        yield built
    finally:
        built.store.close()


def build(
    home: Path,
    destinations: str,
    *,
    origins: Sequence[str] = ("http://127.0.0.1:8000",),
    switch: str = "asterisk",
    cdrs: Path | None = None,
    question: Sequence[str] = (),
    fallback: str = "",
    numbers: Sequence[str] = POOL,
    port: int | None = None,
) -> House:
    """Return a house with a site, a pool that goes to `main`, and its numbers. `destinations` is TOML."""
    house = House(home, port or free_tcp_port(), free_tcp_port(), FileStore(home / "leaseline.db"), switch)
    house.config.write_text(
        f"""
switch = "{switch}"
[database]
path = "{home / "leaseline.db"}"
[{house.controller}]
port = {house.port}
[web]
port = {house.web_port}
secret_file = "{home / "secret.key"}"
[worker]
{switch}_cdr = "{cdrs or house.cdrs}"
[{switch}]
command = {json.dumps(list(question or QUESTIONS[switch]))}
fallback = "{fallback or FALLBACKS[switch]}"
[routing]
default_destination = "main"
{destinations}
"""
    )
    for arguments in (
        ("init",),
        ("site", "add", "shop", *(word for origin in origins for word in ("--origin", origin))),
        ("pool", "create", "web", "--swap-target", SWAP_TARGET, "--destination", "main"),
        ("number", "add", "--pool", "web", *numbers),
    ):
        done = house.run(*arguments)
        assert done.returncode == 0, done.stderr
    return house
