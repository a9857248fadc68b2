"""What `leaseline doctor` asks Asterisk."""

import re

from gateway.cli.doctor.tools import Check, Unwell, ask, can, service_user
from gateway.config import Config


def _cdr(config: Config) -> str:
    path = config.worker.asterisk_cdr
    if not path.parent.is_dir():
        raise Unwell(f"there is no folder {path.parent}: load cdr_custom.conf, or set [worker] asterisk_cdr")
    if not path.exists():
        return f"warning: {path} is not there yet; Asterisk makes it with the first call"
    name = service_user(config)
    if not can(name, "-r", str(path)):
        raise Unwell(f"{name} cannot read {path}: `usermod --append --groups asterisk {name}`, then start us again")
    return f"{name} can read {path}"


def _records(config: Config) -> str:
    shown = ask(config, "cdr show status").lower()
    if not re.search("cdr-custom|cdr file custom", shown):  # the backend's name in 16, and in 22
        raise Unwell("Asterisk does not write our CDR file: take over cdr_custom.conf, `module load cdr_custom.so`")
    if not re.search(r"log unanswered calls:\s+yes", shown):
        raise Unwell("calls that nobody answered leave no record: set unanswered=yes in cdr.conf, `core reload`")
    return "Asterisk records every call"


def _asterisk(config: Config) -> str:
    return ask(config, "core show version").splitlines()[0]


def _dialplan(config: Config) -> str:
    shown = ask(config, "dialplan show leaseline-route")
    if "AGI(" not in shown:
        raise Unwell("leaseline.conf is not loaded: include it in extensions.conf, then `dialplan reload`")
    if config.routing.refuse_unleased and "DNI_REFUSE" not in shown:
        return "warning: leaseline.conf is an older one that refuses no call: write it with `leaseline dialplan`"
    return "leaseline-route is loaded"


def _fallback(config: Config) -> str:
    asterisk = config.asterisk
    if asterisk.has_example_fallback:
        raise Unwell("[asterisk] fallback is the example: name the line that rings when Leaseline is down")
    shown = ask(config, "dialplan show leaseline-settings")
    wanted = (
        f"DNI_FALLBACK={asterisk.fallback})",
        f"DNI_AGI=agi://{config.agi.host}:{config.agi.port})",
        f"DNI_FALLBACK_RING={asterisk.fallback_seconds})",
        f"DNI_LIMIT_MS={asterisk.longest_call * 1000})",
    )
    if not all(text in shown for text in wanted):
        raise Unwell("Asterisk's leaseline.conf differs from config.toml: write it again with `leaseline dialplan`")
    return f"Asterisk rings {asterisk.fallback} when we are down"


CHECKS: dict[str, Check] = {
    "cdr file": _cdr,
    "asterisk": _asterisk,
    "dialplan": _dialplan,
    "call records": _records,
    "fallback": _fallback,
}
