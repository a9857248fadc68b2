"""The scripts of web/script/static as they travel: the files stay readable, comments and long names stay at home."""

import logging
import subprocess
import sys
from functools import cache
from pathlib import Path

STATIC = Path(__file__).with_name("static")
PATIENCE = 20  # seconds
# In a process of its own: the minifier is a Go library, whose runtime would leave its threads and signal handlers in
# a server that has its own.
MINIFY = "import sys, minify; sys.stdout.write(minify.string('text/javascript', sys.stdin.read()))"

log = logging.getLogger(__name__)


@cache
def minified(name: str) -> str:
    """Return a script of web/script/static without comments and long names; as it is where no minifier is installed."""
    source = readable(name)
    try:
        return _minify(source)
    except (OSError, subprocess.SubprocessError) as error:
        log.warning("%s travels as it is, longer than it need be: %s", name, _reason(error))
        return source


def readable(name: str) -> str:
    """Return a script of web/script/static as it stands in the repository."""
    return (STATIC / name).read_text(encoding="utf-8")


def _minify(source: str) -> str:
    command = [sys.executable, "-X", "utf8", "-c", MINIFY]
    done = subprocess.run(  # noqa: S603
        command, input=source, capture_output=True, encoding="utf-8", timeout=PATIENCE, check=True
    )
    return done.stdout.strip()


def _reason(error: OSError | subprocess.SubprocessError) -> str:
    """Return the last line of what went wrong, which names the module that is missing."""
    said = (error.stderr or "").strip() if isinstance(error, subprocess.CalledProcessError) else ""
    return said.splitlines()[-1] if said else str(error)
