"""Start helpers that cannot outlive us, stop them, and wait for what they do."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

Found = TypeVar("Found")


class NotReadyError(Exception):
    """What was waited for did not happen in time."""


@contextlib.contextmanager
def helper(argv: Sequence[str], output: Path, cwd: Path, grace: float = 0.0) -> Iterator[subprocess.Popen[bytes]]:
    """Run a helper for the length of the block, its output in a file.

    Enter from a thread that outlives the block: the kernel kills the helper when that thread ends.
    """
    with output.open("ab") as sink:
        process = subprocess.Popen(
            tied_to_us(argv),
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            start_new_session=True,  # Ctrl-C goes to us alone: we stop the helpers in the right order
        )
    try:
        yield process
    finally:
        stop(process, grace)


def run(argv: Sequence[str], seconds: float | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, and return its status and what it printed."""
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}  # apt-get would wait for answers
    return subprocess.run(
        list(argv), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds, env=quiet, check=False
    )


def tied_to_us(argv: Sequence[str]) -> list[str]:
    """Return the command so wrapped that the kernel kills it when we die, even by kill -9."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", "--", *argv] if setpriv else list(argv)


def ahead(argv: Sequence[str]) -> list[str]:
    """Return the command so wrapped that it goes before the machine's other work, where we may have that.

    A switch and a carrier have machines of their own: what they are late by is not what is tried out.
    """
    return ["nice", "-n", "-10", *argv]


def stop(process: subprocess.Popen[bytes], grace: float = 0.0) -> None:
    """End the process and its children; the grace is for those that have something to finish."""
    if grace and process.poll() is None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(grace)
    # The group may hold children after its leader has gone, so it is killed in any case.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wait_until(look: Callable[[], Found], seconds: float, what: str) -> Found:
    """Look again and again until the answer is true, and return it."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > deadline:
            raise NotReadyError(f"gave up after {seconds:g} s waiting for {what}")
        time.sleep(0.02)
    return found
