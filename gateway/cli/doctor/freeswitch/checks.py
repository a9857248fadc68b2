"""What `leaseline doctor` looks at on a machine that runs FreeSWITCH."""

import ipaddress
import pwd
import socket
import stat
from pathlib import Path
from xml.etree import ElementTree

from gateway.cli.doctor.freeswitch import console, rate, targets, trunks
from gateway.cli.doctor.tools import PATIENCE, Check, Unwell, ask, can, service_user
from gateway.cli.setup.dialplan import freeswitch_settings
from gateway.config import Config

MODULES = ("mod_event_socket", "mod_json_cdr", "mod_hash")
PACKAGE = "`apt-get install freeswitch-mod-json-cdr`"
KNOWN_PASSWORD = "ClueCon"  # noqa: S105  FreeSWITCH's own, with which everybody on this machine can dial out
TAKE_OVER = 'take over json_cdr.conf.xml, then `fs_cli -x "reload mod_json_cdr"`'
CDR_DEFAULTS = {"encode": "false", "encode-values": "true", "rotate": "false"}  # mod_json_cdr.c
LONGEST_REPLY = 4096  # bytes


def _freeswitch(config: Config) -> str:
    answer = ask(config, "version").strip()
    if not answer or answer.startswith("-"):
        raise Unwell(f"FreeSWITCH does not say its version but {answer[:80]!r}: see [freeswitch] command")
    return answer.splitlines()[0]


def _modules(config: Config) -> str:
    missing = [name for name in MODULES if ask(config, f"module_exists {name}").strip() != "true"]
    if missing:
        loads = ", ".join(f'`fs_cli -x "load {name}"`' for name in missing)
        first = f"on Debian {PACKAGE}, then " if "mod_json_cdr" in missing else ""
        raise Unwell(f"{' and '.join(missing)} not loaded: {first}{loads}, and a line each in modules.conf.xml")
    return f"{', '.join(MODULES)} are loaded"


def _event_socket(config: Config) -> str:
    found = console.parameters(config, "event_socket.conf")
    host, port = found.get("listen-ip") or "127.0.0.1", found.get("listen-port", "")
    password = found.get("password") or KNOWN_PASSWORD  # what FreeSWITCH takes an empty one for
    if password == KNOWN_PASSWORD or _takes_known_password(host, port or "8021"):
        raise Unwell(
            f"the event socket takes the password that everybody knows, {KNOWN_PASSWORD}: set one of your own in "
            'event_socket.conf.xml, then `fs_cli -x reloadxml`, `fs_cli -x "reload mod_event_socket"`, and only then '
            "write it into /etc/fs_cli.conf: until it is loaded, fs_cli needs the old one"
        )
    if not _is_loopback(host):
        return f"warning: the event socket is open beyond this machine: set listen-ip 127.0.0.1 instead of {host}"
    return f"the event socket on {host} has a password of its own"


def _takes_known_password(host: str, port: str) -> bool:
    """Return whether the running switch, which may be older than its file, lets us in."""
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  what is asked, not listened on
    try:
        with socket.create_connection((here, int(port)), PATIENCE) as peer:
            if b"auth/request" not in _reply(peer):
                return False
            peer.sendall(f"auth {KNOWN_PASSWORD}\n\n".encode())
            return b"+OK" in _reply(peer)
    except (OSError, ValueError, OverflowError):  # the file may hold any port
        return False


def _reply(peer: socket.socket) -> bytes:
    reply = b""
    while not reply.endswith(b"\n\n") and len(reply) < LONGEST_REPLY:
        data = peer.recv(LONGEST_REPLY)
        if not data:
            break
        reply += data
    return reply


def _dialplan(config: Config) -> str:
    context = console.context(config)
    if context is None:
        raise Unwell(f"leaseline.xml is not loaded: write it with `leaseline dialplan freeswitch`, {console.RELOAD}")
    if config.routing.refuse_unleased and context.find("extension[@name='leaseline-refuse']") is None:
        return (
            "warning: leaseline.xml is an older one that refuses no call: write it with "
            f"`leaseline dialplan freeswitch`, {console.RELOAD}"
        )
    return f"the context {context.get('name')} is loaded"


def _fallback(config: Config) -> str:
    if config.freeswitch.has_example_fallback:
        raise Unwell("[freeswitch] fallback is the example: name the line that rings when Leaseline is down")
    context = console.context(config)
    found = _settings(context) if context is not None else {}
    wanted = freeswitch_settings(config)
    different = [name for name in wanted if found.get(name) != wanted[name]]
    if different:
        raise Unwell(
            f"FreeSWITCH's leaseline.xml differs from config.toml in {', '.join(different)}: write it again with "
            f"`leaseline dialplan freeswitch`, {console.RELOAD}"
        )
    return targets.fallback(config)


def _settings(context: ElementTree.Element) -> dict[str, str]:
    """Return what the context sets, each variable as it is set first: later ones belong to a call."""
    found: dict[str, str] = {}
    for action in context.iter("action"):
        name, _, value = action.get("data", "").partition("=")
        if action.get("application") == "set":
            found.setdefault(name, value)
    return found


def _records(config: Config) -> str:
    found = console.parameters(config, "json_cdr.conf")
    folder = config.worker.freeswitch_cdr
    if Path(found.get("log-dir", "")) != folder:
        raise Unwell(f"FreeSWITCH writes no CDRs to {folder}: {TAKE_OVER}")
    wrong = [name for name, default in CDR_DEFAULTS.items() if _is_true(found.get(name, default))]
    if wrong or (found.get("url") and not _is_true(found.get("log-http-and-disk", "false"))):
        raise Unwell(f"the worker cannot read what FreeSWITCH writes ({', '.join(wrong or ['url'])}): {TAKE_OVER}")
    return f"FreeSWITCH writes every call to {folder}"


def _is_true(word: str) -> bool:
    return word.lower() not in ("false", "no", "off", "0", "disabled")


def _folder(config: Config) -> str:
    folder = config.worker.freeswitch_cdr
    name = service_user(config)
    make = f"`install -d -o freeswitch -g freeswitch -m 2770 {folder}`, `usermod --append --groups freeswitch {name}`"
    if not folder.is_dir():
        raise Unwell(f"there is no folder {folder}: {make}, then start us again")
    if not all(can(name, right, str(folder)) for right in ("-r", "-w", "-x")) or _is_sticky(folder, name):
        raise Unwell(f"{name} cannot take files out of {folder}: {make}, then start us again")
    return _waiting(folder, name)


def _is_sticky(folder: Path, name: str) -> bool:
    """Return whether only the owner of a file may remove it, who is the switch's user."""
    return bool(folder.stat().st_mode & stat.S_ISVTX) and folder.stat().st_uid != pwd.getpwnam(name).pw_uid


def _waiting(folder: Path, name: str) -> str:
    """Say whether a file that waits there can be read; of the next one nobody knows before it is there."""
    waiting = next((file for file in folder.glob("*.cdr.json")), None)
    if waiting and not can(name, "-r", str(waiting)):
        raise Unwell(
            f"{name} cannot read {waiting}: `usermod --append --groups freeswitch {name}`, then start us again"
        )
    rejected = sum(1 for _ in folder.glob("rejected/*"))
    if rejected:
        return f"warning: {rejected} file(s) in {folder}/rejected could not be read: the worker's log says why"
    return f"{name} can read and remove in {folder}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


CHECKS: dict[str, Check] = {
    "cdr folder": _folder,
    "freeswitch": _freeswitch,
    "modules": _modules,
    "event socket": _event_socket,
    "dialplan": _dialplan,
    "trunks": trunks.inbound,
    "session rate": rate.session_rate,
    "call records": _records,
    "targets": targets.destinations,
    "fallback": _fallback,
}
