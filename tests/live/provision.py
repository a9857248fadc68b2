"""Provide an Asterisk: the machine's own, or Debian's package in a private root in the user's cache.

A root is built beside its final name and renamed when complete, so an interrupted build never counts; a lock file
keeps two processes from building at once. Building and entering a root need root's rights.
"""

import contextlib
import fcntl
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.live.processes import helper, run

Say = Callable[[str], None]

SUITE_VARIABLE = "LEASELINE_ASTERISK_SUITE"
DEFAULT_SUITE = "sid"
SECOND_SUITE = "bullseye"  # Asterisk 16, for the days on which unstable cannot be installed
APT_GET = "/usr/bin/apt-get"
PACKAGES = "asterisk,asterisk-core-sounds-en"
PROGRESS_SECONDS = 3.0


class UnavailableError(Exception):
    """A tool of the live tests cannot be had; the text says what to do."""


@dataclass(frozen=True, slots=True)
class AsteriskBinary:
    """An Asterisk that can be started: how to call it, and where the path "/" of that call is on this machine."""

    command: tuple[str, ...]
    root: Path

    @property
    def homes(self) -> Path:
        """Return the directory that may hold private directories of instances, as this machine sees it."""
        return self.root / "tmp"

    def version(self) -> str:
        """Return the version line that Asterisk prints about itself."""
        return run([*self.command, "-V"], 30.0).stdout.strip()


def provide(say: Say, suite: str | None = None) -> AsteriskBinary:
    """Return the Asterisk on PATH, else that of a private Debian root, which is built when it is missing.

    Naming a suite, by argument or LEASELINE_ASTERISK_SUITE, asks for the private root even where PATH has an Asterisk.
    """
    wanted = suite or os.environ.get(SUITE_VARIABLE)
    on_path = shutil.which("asterisk", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if on_path and not wanted:
        return AsteriskBinary((on_path,), Path("/"))
    if wanted:
        return _private_root(wanted, say)
    try:
        return _private_root(DEFAULT_SUITE, say)
    except UnavailableError as problem:
        say(f"{problem}\ntrying Debian {SECOND_SUITE} instead ...")
        return _private_root(SECOND_SUITE, say)


def require(command: str, package: str, say: Say) -> str:
    """Return the path of a command, installing its Debian package where we may."""
    found = shutil.which(command)
    if found:
        return found
    if os.geteuid() != 0 or not Path(APT_GET).exists():
        raise UnavailableError(f"'{command}' is missing: install it (on Debian: sudo apt-get install {package})")
    with _only_one(_cache() / "apt.lock", "installing packages", say):
        if not shutil.which(command):
            _install(package, say)
    return shutil.which(command) or _missing(command, package)


def _install(package: str, say: Say) -> None:
    say(f"installing {package} ...")
    for arguments in (["update", "-q"], ["install", "-y", "-q", "--no-install-recommends", package]):
        done = run([APT_GET, *arguments])
        if done.returncode and arguments[0] == "install":
            raise UnavailableError(f"apt-get could not install {package}:\n{_tail(done.stderr)}")


def _missing(command: str, package: str) -> str:
    raise UnavailableError(f"package {package} is installed, but '{command}' is not on PATH")


def _private_root(suite: str, say: Say) -> AsteriskBinary:
    if not re.fullmatch(r"[a-z]+", suite):
        raise UnavailableError(
            f"{SUITE_VARIABLE}={suite!r} is not the name of a Debian suite, such as 'sid' or 'bullseye'"
        )
    if os.geteuid() != 0:
        raise UnavailableError(
            "no Asterisk on PATH, and building a private one needs root: "
            "run this again as root (sudo make demo), or install the package 'asterisk'"
        )
    root = _cache() / f"asterisk-{suite}"
    with _only_one(root.with_suffix(".lock"), "building Asterisk", say):
        if not root.is_dir():
            _build(suite, root, say)
        _settle_names(root)
    return AsteriskBinary(("chroot", str(root), "/usr/sbin/asterisk"), root)


def _cache() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "leaseline"
    cache.mkdir(parents=True, exist_ok=True)
    return cache


@contextlib.contextmanager
def _only_one(lock: Path, doing: str, say: Say) -> Iterator[None]:
    with lock.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"another process is {doing}: waiting for it ...")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _settle_names(root: Path) -> None:
    # Asterisk looks its host's name up for every SDP: a name that does not resolve, or a name server that does not
    # answer, stalls each call for seconds. The host's name changes, so this is written at every start.
    hosts = f"127.0.0.1 localhost {socket.gethostname()}\n"
    (root / "etc" / "hosts").write_text(hosts, encoding="utf-8")
    (root / "etc" / "resolv.conf").write_text("", encoding="utf-8")


def _build(suite: str, root: Path, say: Say) -> None:
    debootstrap = require("debootstrap", "debootstrap", say)
    growing, log = root.with_suffix(".part"), root.with_suffix(".log")
    say(f"first time: building a private Asterisk from Debian {suite} in {root} (1 to 3 minutes, 500 MB) ...")
    _discard(growing)
    started = time.monotonic()
    try:
        options = ["--variant=minbase", f"--include={PACKAGES}"]
        _watch([*_own_world(), debootstrap, *options, suite, str(growing)], log, say)
        shutil.rmtree(growing / "var" / "cache" / "apt", ignore_errors=True)
        growing.rename(root)
    except BaseException:
        _discard(growing)
        raise
    say(f"private Asterisk ready after {time.monotonic() - started:.0f} s")


def _own_world() -> list[str]:
    """Return the prefix that gives debootstrap its own mounts and processes: none of them outlives it, nor us."""
    unshare = shutil.which("unshare")
    whole = [unshare, "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"] if unshare else []
    return whole if whole and run([*whole, "true"]).returncode == 0 else []


def _discard(growing: Path) -> None:
    # Deleting through a /proc or /sys that a killed build left mounted would reach into the running system.
    points = (line.split()[1] for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines())
    for point in reversed([point for point in points if point.startswith(f"{growing}/")]):
        if run(["umount", "--lazy", point]).returncode:
            raise UnavailableError(f"{point} is still mounted after a broken build: unmount it")
    shutil.rmtree(growing, ignore_errors=True)


def _watch(argv: list[str], log: Path, say: Say) -> None:
    """Run the build with its output in a log, and say now and then how far it is."""
    log.write_bytes(b"")
    with helper(argv, log, Path("/")) as build:
        while build.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                build.wait(PROGRESS_SECONDS)
            say(f"  {_progress(log)}")
    if build.returncode:
        raise UnavailableError(f"debootstrap failed, its whole output is in {log}:\n{_tail(log.read_text())}")


def _progress(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() or ["starting"]
    count = sum(line.startswith(("I: Extracting", "I: Unpacking")) for line in lines)
    return f"{lines[-1].removeprefix('I: ')[:70]} ({count} packages so far)"


def _tail(text: str) -> str:
    return "\n".join(text.splitlines()[-8:])
