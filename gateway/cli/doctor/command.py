"""`leaseline doctor`: whether everything is in place for the next call."""

import ipaddress
import shutil
import socket
from dataclasses import asdict

import click

from gateway.cli.doctor import misses
from gateway.cli.doctor.asterisk import checks as asterisk
from gateway.cli.doctor.freeswitch import checks as freeswitch
from gateway.cli.doctor.page import site
from gateway.cli.doctor.tools import PATIENCE, Check, Finding, Unwell
from gateway.cli.setup.check import check_forwarding
from gateway.cli.shell.errors import Fault, refusals, told
from gateway.cli.shell.options import json_option, utc_now
from gateway.cli.shell.output import show
from gateway.cli.shell.store import open_config, open_store
from gateway.config import Config

LEAST_FREE = 200 * 1024 * 1024  # bytes of disk
FAULTS: tuple[type[Exception], ...] = (Unwell, Fault, OSError, *refusals())
FIRST_YEAR = 2026  # a clock before this project is wrong


@click.command()
@click.option("--site", "url", metavar="URL", help="Check a page of a site instead, as a visitor's browser sees it.")
@json_option
def doctor(url: str | None, as_json: bool) -> None:
    """Check database, disk, clock, listeners, the pages, the switch and its dialplan; exit code 2 if one fails.

    With --site: the page, its script tag, script, caches, Content-Security-Policy, swap targets and the lease API.
    """
    config = open_config()
    if url is None:
        findings = [_examine(name, check, config) for name, check in _checks(config).items()]
    else:
        findings = site.examine(config, url)
    show([asdict(finding) for finding in findings], ("check", "result", "detail"), as_json, "")
    if any(finding.result == "fail" for finding in findings):
        raise SystemExit(2)


def _examine(name: str, check: Check, config: Config) -> Finding:
    try:
        detail = check(config)
    except FAULTS as error:
        return Finding(name, "fail", told(error) if isinstance(error, refusals()) else str(error))
    return Finding(name, "warn" if detail.startswith("warning: ") else "ok", detail.removeprefix("warning: "))


def _database(config: Config) -> str:
    return f"{config.database.path} can be written, {open_store(config).check_writable()}"


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
    check_forwarding(config)
    default = config.routing.default_destination
    return f"{len(config.destinations)} destination(s), default {default or 'none: the fallback'}"


def _listener(section: str) -> Check:
    def check(config: Config) -> str:
        part = getattr(config, section)
        if not part.enabled:
            return "warning: not enabled"
        try:
            socket.create_connection((part.host, part.port), PATIENCE).close()
        except OSError as error:
            raise Unwell(f"nobody answers on {part.host} port {part.port} ({error}): run `leaseline serve`") from error
        if section != "web" and not ipaddress.ip_address(part.host).is_loopback:
            return f"warning: {part.host} is open beyond this machine, and the controller knows no password"
        return f"answers on {part.host} port {part.port}"

    return check


def _checks(config: Config) -> dict[str, Check]:
    """Return the checks of this machine: those of the switch that it does not run would only fail."""
    switch = freeswitch.CHECKS if config.switch == "freeswitch" else asterisk.CHECKS
    return {
        "database": _database,
        "disk": _disk,
        "clock": _clock,
        "destinations": _forwarding,
        f"{config.controller} listener": _listener(config.controller),
        "web listener": _listener("web"),
        **misses.checks(config),
        **switch,
    }
