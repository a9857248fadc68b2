"""Kill a worker again and again while its source grows."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path


def kill_again_and_again(script: str, store: Path, source: Path, write: Callable[[int], object], times: int) -> None:
    """Run a script that says `up`, write 50 calls, and kill it; so many times, each with calls of its own."""
    for attempt in range(times):
        process = subprocess.Popen(
            [sys.executable, "-c", script, str(store), str(source)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": "."},
        )
        assert process.stdout
        assert process.stdout.readline() == b"up\n"
        for call in range(attempt * 50, attempt * 50 + 50):
            write(call)
        process.kill()
        process.communicate()
