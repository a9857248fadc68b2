"""The scripts that npm has, and what minifies them: put into the user's cache when they are first asked for.

package-lock.json pins them by their checksums and names no registry. Of umami only the tracker is looked at, so the
lock leaves out what its server depends on. A folder is filled under another name and renamed when it is whole.
"""

import gzip
import hashlib
import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.live.provision import UnavailableError

PINNED = Path(__file__).with_name("npm")
FILES = ("package.json", "package-lock.json")
PATIENCE = 180  # seconds
BROTLI = """
const { brotliCompressSync, constants } = require('zlib');
const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
process.stdout.write(String(brotliCompressSync(require('fs').readFileSync(0), { params }).length));
"""


@dataclass(frozen=True, slots=True)
class Minified:
    """A script without what only people read."""

    source: bytes

    @property
    def gzipped(self) -> int:
        """Return how many bytes travel to a browser that takes gzip."""
        return len(gzip.compress(self.source, 9, mtime=0))

    @property
    def brotli(self) -> int:
        """Return how many bytes travel to a browser that takes brotli."""
        return int(_run(["node", "-e", BROTLI], self.source))


def installed() -> Path:
    """Return the folder with node_modules in it. Raises UnavailableError where npm has it not."""
    if not shutil.which("npm") or not shutil.which("node"):
        raise UnavailableError("npm is missing: apt-get install --no-install-recommends npm")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "leaseline"
    digest = hashlib.sha256(b"".join((PINNED / name).read_bytes() for name in FILES)).hexdigest()
    folder = cache / f"npm-{digest[:16]}"
    if not folder.exists():
        cache.mkdir(parents=True, exist_ok=True)
        _install(folder)
    return folder


def minify(script: Path) -> Minified:
    """Return what `terser -c -m` makes of a script."""
    terser = installed() / "node_modules" / ".bin" / "terser"
    return Minified(_run([str(terser), "-c", "-m", "--", str(script)]))


def _install(folder: Path) -> None:
    making = Path(tempfile.mkdtemp(prefix="making-", dir=folder.parent))
    try:
        for name in FILES:
            shutil.copy(PINNED / name, making)
        # Without their scripts: code of others is measured in a page, and never run on this machine.
        _run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(making)])
        with suppress(OSError):  # another process was faster
            making.rename(folder)
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _run(argv: list[str], given: bytes = b"") -> bytes:
    try:
        done = subprocess.run(argv, input=given, capture_output=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired as error:
        raise UnavailableError(f"{argv[0]} did not end within {PATIENCE} s") from error
    if done.returncode:
        raise UnavailableError(f"{' '.join(argv[:2])} failed: {done.stderr.decode(errors='replace')[-300:].strip()}")
    return done.stdout
