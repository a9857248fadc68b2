"""Whether Asterisk keeps a record of every call, where the worker looks, in the columns that it reads."""

import itertools
import re
from pathlib import Path

from gateway.cli.doctor.asterisk import console, files
from gateway.cli.doctor.tools import Unwell, ask, can, service_user
from gateway.cli.setup.dialplan import asterisk_file
from gateway.config import Config

LOAD = '`asterisk -rx "module load cdr_custom.so"` ("module reload" if it had a mapping at start)'
RELOAD = '`asterisk -rx "core reload"`'
# What `cdr show status` says, the key of cdr.conf behind it, and what a "no" loses. 16 does not know the second one.
SWITCHES = (
    ("Logging", "enable", "Asterisk keeps no call records"),
    ("Log calls by default", "channeldefaultenabled", "calls leave no record"),
    ("Log unanswered calls", "unanswered", "calls that nobody answered leave no record"),
    ("Log congestion", "congestion", "calls that found no line free leave no record"),
)


def cdr_file(config: Config) -> str:
    """Check that the worker can read the file of the records."""
    path = config.worker.asterisk_cdr
    if not path.parent.is_dir():
        raise Unwell(f"there is no folder {path.parent}: load cdr_custom.conf, or set [worker] asterisk_cdr")
    if not path.exists():
        return f"warning: {path} is not there yet; Asterisk makes it with the first call"
    name = service_user(config)
    if not can(name, "-r", str(path)):
        raise Unwell(f"{name} cannot read {path}: `usermod --append --groups asterisk {name}`, then start us again")
    return f"{name} can read {path}"


def call_records(config: Config) -> str:
    """Check that a call leaves a record, whatever becomes of it."""
    status = ask(config, "cdr show status")
    folder = configuration_folder(config)
    for shown, key, lost in SWITCHES:
        if re.search(rf"{shown}: +(No|Disabled)\b", status):
            raise Unwell(f"{lost}: {_to_change(folder, key)}, then {RELOAD}")
    backend = re.search(r"(?i)(cdr-custom|cdr file custom.*)", status)  # its name in 16, and in 22
    # 22 goes on listing the backend of a module that has been unloaded.
    loaded = re.search(r"cdr_custom\.so .* Running", ask(config, "module show like cdr_custom"))
    if not backend or not loaded or "suspended" in backend[0].lower():
        raise Unwell(f"Asterisk does not write our CDR file: take over {folder / 'cdr_custom.conf'}, {LOAD}")
    _check_mapping(config, folder)
    if re.search(r"Mode: +Batch", status):
        return f"warning: records wait in a batch, which is lost in a crash: {_to_change(folder, 'batch', 'no')}"
    return f"Asterisk records every call in {config.worker.asterisk_cdr}"


def configuration_folder(config: Config) -> Path:
    """Return where Asterisk reads its configuration."""
    return Path(console.settings(config).get("Configuration directory") or "/etc/asterisk")


def _to_change(folder: Path, key: str, wanted: str = "yes") -> str:
    """Say what to write where: the line that says otherwise, or the section that lacks one."""
    file = folder / "cdr.conf"
    found = files.last(_lines(file, folder), "general", key)
    if found:
        return f"{found} says {key}={found.value}: write {key}={wanted}"
    return f"write {key}={wanted} under [general] in {file}"


def _check_mapping(config: Config, folder: Path) -> None:
    """Raise Unwell unless our file is mapped, where the worker looks, column by column."""
    path, file = config.worker.asterisk_cdr, folder / "cdr_custom.conf"
    written = Path(console.settings(config).get("Log directory") or "/var/log/asterisk") / "cdr-custom"
    mappings = {line.key: line for line in _lines(file, folder) if line.section == "mappings"}
    if not mappings:
        return  # realtime, or a file that we may not read: the backend runs, and that is all that can be known
    found = next((line for key, line in mappings.items() if Path(key).name == path.name), None)
    if found is None or (written.is_dir() and (written / found.key).resolve() != path.resolve()):
        named = ", ".join(str(written / key) for key in mappings)
        raise Unwell(f"Asterisk writes {named}, and the worker reads {path}: set [worker] asterisk_cdr, or {file}")
    for place, (theirs, ours) in enumerate(_columns(found.value, _mapping(config)), start=1):
        if theirs != ours:
            raise Unwell(
                f"{found}: column {place} is {theirs or 'missing'}, and the worker reads {ours or 'none'} there: "
                f"write the file again with `leaseline dialplan asterisk cdr_custom.conf`, then {LOAD}"
            )


def _columns(theirs: str, ours: str) -> list[tuple[str, str]]:
    return list(itertools.zip_longest(_split(theirs), _split(ours), fillvalue=""))


def _split(mapping: str) -> list[str]:
    """Return the columns: a comma within the brackets of a function parts none."""
    columns, depth = [""], 0
    for sign in mapping:
        depth += (sign in "{(") - (sign in "})")
        if sign == "," and depth == 0:
            columns.append("")
        elif not sign.isspace():
            columns[-1] += sign
    return columns


def _mapping(config: Config) -> str:
    """Return the mapping that we ship."""
    text = asterisk_file("cdr_custom.conf", config)
    return re.split(r"(?m)^[\w.-]+\s*=>\s*", text)[1].strip()


def _lines(file: Path, folder: Path) -> list[files.Line]:
    try:
        return [line for line in files.read(file, folder) if isinstance(line, files.Line)]
    except OSError:
        return []
