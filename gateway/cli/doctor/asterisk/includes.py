"""Whether Asterisk's user can read every file that the next restart needs.

One include that it cannot read, and Asterisk starts without any of the file that includes it: no extension is left.
"""

import os
import pwd
from collections.abc import Iterator
from pathlib import Path

from gateway.cli.doctor.asterisk import console, files
from gateway.cli.doctor.asterisk.records import configuration_folder
from gateway.cli.doctor.tools import Unwell, can
from gateway.config import Config

FILES = ("extensions.conf", "pjsip.conf", "cdr.conf", "cdr_custom.conf")


def readable_files(config: Config) -> str:
    """Check that Asterisk can read its dialplan, trunks and record settings, and all that they include."""
    folder = configuration_folder(config)
    if os.geteuid() != 0:
        return f"warning: run as root, to see whether Asterisk can read what stands in {folder}"
    if not folder.is_dir():
        return f"warning: {folder} is not on this machine: see there that Asterisk can read its files"
    user = running_user(config)
    for name in FILES:
        for fault in faults(folder / name, folder, user):
            raise Unwell(fault)
    return f"{user} can read {', '.join(FILES)} and all that they include"


def faults(path: Path, folder: Path, user: str) -> Iterator[str]:
    """Tell what a user cannot read of a file and of what it includes."""
    if not path.exists():
        return  # Asterisk does without: another check says what is missing then
    if not can(user, "-r", str(path)):
        yield f"{user} cannot read {path}: {_to_mend(path)}"
    for found in files.read(path, folder):
        if isinstance(found, files.Include):
            yield from _faults_of(found, path, user)


def running_user(config: Config) -> str:
    """Return the user that Asterisk runs as."""
    shown = console.settings(config)
    try:
        status = Path("/proc", Path(shown["PID file"]).read_text(encoding="ascii").strip(), "status").read_text()
        uid = int(status.partition("\nUid:")[2].split()[0])
        return pwd.getpwuid(uid).pw_name
    except (KeyError, OSError, ValueError, IndexError):  # another machine's, or a user that has no name here
        return shown.get("User name and group", "").partition("/")[0] or "asterisk"


def _faults_of(include: files.Include, whole: Path, user: str) -> Iterator[str]:
    lost = f"at its next start Asterisk takes nothing of {whole.name}"
    for file in include.files:
        if not file.exists():
            if include.must_exist:
                yield f"{include.line} includes {file}, which is not there: {lost}. Write the file or take the line out"
        elif not can(user, "-r", str(file)):
            yield f"{user} cannot read {file}, which {include.line} includes: {lost}. {_to_mend(file)}"


def _to_mend(file: Path) -> str:
    return f"`chmod 644 {file}`, and see that the folders above it can be entered"
