"""`leaseline serve`: all processes that the configuration enables, under one supervisor."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field

import click

from gateway.cli.run.listening import check_listener
from gateway.cli.setup.check import check_forwarding
from gateway.cli.shell.errors import Fault
from gateway.cli.shell.options import config_path
from gateway.cli.shell.store import check_writable, open_config
from gateway.config import Config, read_keys

LOOK = 0.2  # seconds between looks at the children
SHORTEST_LIFE = 5.0  # seconds; a child that dies younger waits longer before the next start
WAITS = (0.2, 1.0, 5.0, 15.0)  # seconds before a restart, by how often in a row it died young
PR_SET_PDEATHSIG = 1  # linux/prctl.h
GRACE = 8.0  # seconds to stop by itself; then it is killed
# A hung controller still accepts, as the kernel does it, and each call waits for its rescue. When some thousand
# connections wait for it, FreeSWITCH does not even get that far, and its callers wait for minutes.
PROBE_EVERY = 1.0  # seconds
PROBE_PATIENCE = 1.0
MOST_SILENT = 5  # probes in a row; then it is killed
PROBES = {"agi": b"agi_network_script: alive\n\n", "esl": b""}  # `leaseline esl` speaks first


@dataclass
class Child:
    """One process, started again whenever it dies."""

    name: str
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    early_deaths: int = 0
    start_at: float = 0.0
    arguments: list[str] = field(default_factory=list)
    address: tuple[str, int] | None = None
    probe_at: float = 0.0
    silent: int = 0

    def look(self, now: float) -> None:
        """Start the process if it is due, notice if it died."""
        if self.process is None:
            if now >= self.start_at:
                self._start(now)
        elif self.process.poll() is not None:
            self._died(now, self.process.returncode)
        elif self.address and now >= self.probe_at:
            self._probe(now, self.address)

    def stop(self) -> None:
        """Ask the process to end."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                self.process.terminate()

    def wait(self) -> None:
        """Wait for the end, and make it come."""
        if self.process is not None:
            try:
                self.process.wait(GRACE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self._kill_rest()

    def _start(self, now: float) -> None:
        # A session of its own, so that Ctrl-C reaches the supervisor alone, which stops them in order.
        self.process = subprocess.Popen(  # noqa: S603  our own command
            self.arguments, start_new_session=True, preexec_fn=_end_with_supervisor
        )
        self.started, self.probe_at, self.silent = now, now + SHORTEST_LIFE, 0
        click.echo(f"serve: started {self.name} (pid {self.process.pid})", err=True)

    def _probe(self, now: float, address: tuple[str, int]) -> None:
        """Kill a process that has not answered for a while: it only looks alive."""
        self.probe_at = now + PROBE_EVERY
        self.silent = 0 if _answers(address, PROBES[self.name]) else self.silent + 1
        if self.silent == MOST_SILENT and self.process is not None:
            click.echo(f"serve: {self.name} hangs; killing it", err=True)
            self.process.kill()

    def _died(self, now: float, code: int) -> None:
        self.early_deaths = self.early_deaths + 1 if now - self.started < SHORTEST_LIFE else 0
        wait = WAITS[min(self.early_deaths, len(WAITS) - 1)]
        click.echo(f"serve: {self.name} ended with {code}; starting it again in {wait} s", err=True)
        self._kill_rest()
        self.process, self.start_at = None, now + wait

    def _kill_rest(self) -> None:
        """Kill what the process left: granian's worker outlives it, and would hold the port against the next one."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)


@click.command()
def serve() -> None:
    """Run every process that the configuration enables. Restart any that dies; stop all on Ctrl-C."""
    config = open_config()
    check_writable(config)
    if config.web.enabled:
        read_keys(config.web.secret_file)
    check_forwarding(config)
    children = [Child(name, arguments=_command(name), address=_probed(config, name)) for name in _enabled(config)]
    if not children:
        raise Fault(f"nothing to serve: set enabled = true in [{config.controller}], [web] or [worker]")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        _supervise(children, stop)
    finally:
        for child in children:
            child.stop()
        for child in children:
            child.wait()


def _supervise(children: list[Child], stop: threading.Event) -> None:
    while not stop.is_set():
        for child in children:
            child.look(time.monotonic())
        stop.wait(LOOK)


def _end_with_supervisor() -> None:
    """Have the kernel end this process when the supervisor is killed, or it would run on unwatched."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _enabled(config: Config) -> list[str]:
    names = [name for name in (config.controller, "web", "worker") if getattr(config, name).enabled]
    for name in names:
        if name != "worker":
            section = getattr(config, name)
            check_listener(name, section.host, section.port)
    if "worker" in names and config.metrics.enabled:
        check_listener("metrics", config.metrics.host, config.metrics.port)
    return names


def _probed(config: Config, name: str) -> tuple[str, int] | None:
    section = getattr(config, name)
    return (section.host, section.port) if name in PROBES else None


def _answers(address: tuple[str, int], question: bytes) -> bool:
    """Return whether a controller says anything or closes; the kernel alone does neither."""
    try:
        with socket.create_connection(address, PROBE_PATIENCE) as peer:
            peer.sendall(question)
            peer.recv(1)
    except TimeoutError:
        return False
    except OSError:
        return True  # refused or reset at once: it is not hung, and if it is dead, that is seen
    return True


def _command(name: str) -> list[str]:
    return [sys.executable, "-m", "gateway", "--config", str(config_path().absolute()), name]
