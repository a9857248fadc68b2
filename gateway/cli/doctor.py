"""`leaseline doctor`: whether everything is in place for the next call."""

import ipaddress
import os
import pwd
import re
import shutil
import socket
import subprocess
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import click

from gateway.cli.common import FAULTS, Fault, json_option, open_config, open_store, show, utc_now
from gateway.config import EXAMPLE_FALLBACK, Config

LEAST_FREE = 200 * 1024 * 1024  # bytes of disk
FIRST_YEAR = 2026  # a clock before this project is wrong
PATIENCE = 5  # seconds


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found; `result` is ok, warn or fail."""

    check: str
    result: str
    detail: str


class Unwell(Exception):
    """A check that failed; the message says what to do."""


@click.command()
@json_option
def doctor(as_json: bool) -> None:
    """Check database, disk, clock, listeners, Asterisk, dialplan and fallback; exit code 2 if one fails."""
    config = open_config()
    findings = [_examine(name, check, config) for name, check in CHECKS.items()]
    show([asdict(finding) for finding in findings], ("check", "result", "detail"), as_json, "")
    if any(finding.result == "fail" for finding in findings):
        raise SystemExit(2)


def _examine(name: str, check: Callable[[Config], str], config: Config) -> Finding:
    try:
        detail = check(config)
    except (Unwell, Fault, OSError, *FAULTS) as error:
        return Finding(name, "fail", str(error))
    return Finding(name, "warn" if detail.startswith("warning: ") else "ok", detail.removeprefix("warning: "))


def _database(config: Config) -> str:
    journal, synchronous = open_store(config).check_writable()
    return f"{config.database.path} can be written, journal {journal}, synchronous {synchronous}"


def _disk(config: Config) -> str:
    free = shutil.disk_usage(config.database.path.parent).free
    if free < LEAST_FREE:
        raise Unwell(f"only {free >> 20} MiB left for {config.database.path.parent}: make room")
    return f"{free >> 20} MiB free"


def _clock(_config: Config) -> str:
    now = utc_now()
    if now.year < FIRST_YEAR:
        raise Unwell(f"the clock says {now:%Y-%m-%d}: set it and keep it set (chrony, systemd-timesyncd)")
    return f"{now:%Y-%m-%d %H:%M:%S} UTC"


def _forwarding(config: Config) -> str:
    from gateway.cli.check import check_forwarding

    check_forwarding(config)
    default = config.routing.default_destination
    return f"{len(config.destinations)} destination(s), default {default or 'none: the fallback'}"


def _listener(section: str) -> Callable[[Config], str]:
    def check(config: Config) -> str:
        part = getattr(config, section)
        if not part.enabled:
            return "warning: not enabled"
        try:
            socket.create_connection((part.host, part.port), PATIENCE).close()
        except OSError as error:
            raise Unwell(f"nobody answers on {part.host} port {part.port} ({error}): run `leaseline serve`") from error
        if section == "agi" and not ipaddress.ip_address(part.host).is_loopback:
            return f"warning: {part.host} is open beyond this machine, and FastAGI has no password"
        return f"answers on {part.host} port {part.port}"

    return check


def _cdr(config: Config) -> str:
    path = config.worker.asterisk_cdr
    if not path.parent.is_dir():
        raise Unwell(f"there is no folder {path.parent}: load cdr_custom.conf, or set [worker] asterisk_cdr")
    if not path.exists():
        return f"warning: {path} is not there yet; Asterisk makes it with the first call"
    name = _service_user(config)
    done = subprocess.run(["test", "-r", str(path)], **_as_user(name), check=False)  # noqa: S603, S607
    if done.returncode:
        raise Unwell(f"{name} cannot read {path}: `usermod --append --groups asterisk {name}`, then start us again")
    return f"{name} can read {path}"


def _service_user(config: Config) -> str:
    """Return whose process it is that matters: the owner of the database, when root asks."""
    uid = config.database.path.stat().st_uid if os.geteuid() == 0 else os.geteuid()
    return pwd.getpwuid(uid).pw_name


def _as_user(name: str) -> dict[str, Any]:
    """Return what makes a subprocess run as a user with all their groups; only root can."""
    if os.geteuid() != 0:
        return {}
    entry = pwd.getpwnam(name)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": os.getgrouplist(name, entry.pw_gid)}


def _records(config: Config) -> str:
    shown = _ask(config, "cdr show status").lower()
    if not re.search("cdr-custom|cdr file custom", shown):  # the backend's name in 16, and in 22
        raise Unwell("Asterisk does not write our CDR file: take over cdr_custom.conf, `module load cdr_custom.so`")
    if not re.search(r"log unanswered calls:\s+yes", shown):
        raise Unwell("calls that nobody answered leave no record: set unanswered=yes in cdr.conf, `core reload`")
    return "Asterisk records every call"


def _asterisk(config: Config) -> str:
    return _ask(config, "core show version").splitlines()[0]


def _dialplan(config: Config) -> str:
    shown = _ask(config, "dialplan show leaseline-route")
    if "AGI(" not in shown:
        raise Unwell("leaseline.conf is not loaded: include it in extensions.conf, then `dialplan reload`")
    return "leaseline-route is loaded"


def _fallback(config: Config) -> str:
    if config.asterisk.fallback == EXAMPLE_FALLBACK:
        raise Unwell("[asterisk] fallback is the example: name the line that rings when Leaseline is down")
    shown = _ask(config, "dialplan show leaseline-settings")
    asterisk = config.asterisk
    wanted = (
        f"DNI_FALLBACK={asterisk.fallback})",
        f"DNI_AGI=agi://{config.agi.host}:{config.agi.port})",
        f"DNI_FALLBACK_RING={asterisk.fallback_seconds})",
        f"DNI_LIMIT_MS={asterisk.longest_call * 1000})",
    )
    if not all(text in shown for text in wanted):
        raise Unwell("Asterisk's leaseline.conf differs from config.toml: write it again with `leaseline dialplan`")
    return f"Asterisk rings {config.asterisk.fallback} when we are down"


def _ask(config: Config, question: str) -> str:
    command = [*config.asterisk.command, question]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError) as error:
        words = " ".join(command)
        raise Unwell(f"`{words}` did not work ({error}): start Asterisk, or set [asterisk] command") from error
    return answer.stdout


CHECKS: dict[str, Callable[[Config], str]] = {
    "database": _database,
    "disk": _disk,
    "clock": _clock,
    "destinations": _forwarding,
    "agi listener": _listener("agi"),
    "web listener": _listener("web"),
    "cdr file": _cdr,
    "asterisk": _asterisk,
    "dialplan": _dialplan,
    "call records": _records,
    "fallback": _fallback,
}
