"""Pages made by real frameworks from npm: rendered by node as their servers do, hydrated in the browser by a bundle.

What npm installs stays in the user's cache folder, under a name that changes with the lock file.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.missing import skip_without

SOURCES = Path(__file__).with_name("npm")
LOCK = SOURCES / "package-lock.json"
CACHE = Path.home() / ".cache" / "leaseline"
LONGEST = 300  # seconds; npm downloads some 40 MB
# Production, as on sites: React's development build warns of what its production build does not even look at.
CLIENT = ("--platform=browser", "--format=iife", "--minify", '--define:process.env.NODE_ENV="production"')
SERVER = ("--platform=node", "--format=cjs", CLIENT[-1])


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a framework's server sends of a page, and the script that hydrates it: `self.hydrate()` begins."""

    html: str
    script: str


def build(framework: str, folder: Path) -> Bundle:
    """Return the page of npm/<framework>-app.mjs; skip the test where node, npm or a package cannot be had."""
    if not shutil.which("npm") or not shutil.which("node"):
        skip_without("node or npm is missing: apt-get install --no-install-recommends nodejs npm")
    modules = _modules()
    server, client = folder / "server.cjs", folder / "client.js"
    _bundle(modules, f"{framework}-server.mjs", server, SERVER)
    _bundle(modules, f"{framework}.mjs", client, CLIENT)
    return Bundle(_run("node", str(server)), client.read_text())


def _modules() -> Path:
    """Return the folder node_modules of the lock file, installed when it is not there."""
    installed = CACHE / f"npm-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]}"
    if not installed.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as made:
            _install(Path(made) / "npm")
            _put_in_place(Path(made) / "npm", installed)
    return installed / "node_modules"


def _install(folder: Path) -> None:
    folder.mkdir()
    for name in ("package.json", LOCK.name):
        shutil.copy(SOURCES / name, folder)
    try:
        _run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent", "--prefix", str(folder))
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        skip_without(f"npm cannot install the frameworks of the test pages: {error} {error.stderr!r}")


def _put_in_place(made: Path, installed: Path) -> None:
    """Move a whole folder to where it is looked for, unless another run of the tests was first."""
    try:
        made.rename(installed)
    except OSError:
        if not installed.exists():
            raise


def _bundle(modules: Path, entry: str, to: Path, how: tuple[str, ...]) -> None:
    # Packages are looked for beside the importing file, and the sources are not beside them: hence NODE_PATH.
    esbuild = str(modules / ".bin" / "esbuild")
    _run(
        esbuild, str(SOURCES / entry), "--bundle", "--log-level=error", f"--outfile={to}", *how, NODE_PATH=str(modules)
    )


def _run(*command: str, **variables: str) -> str:
    environment = {**os.environ, **variables}
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=LONGEST, env=environment).stdout
