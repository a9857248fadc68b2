"""What the checks of `leaseline doctor` share: how they fail, how they ask the switch, as whom they try a file."""

import os
import pwd
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gateway.config import Config

PATIENCE = 5  # seconds
Check = Callable[[Config], str]  # returns what is well; after "warning: " what is not quite


class Unwell(Exception):
    """A check that failed; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found; `result` is ok, warn or fail."""

    check: str
    result: str
    detail: str


def ask(config: Config, question: str) -> str:
    """Return what the switch answers on its own command line."""
    command = [*config.pbx.command, question]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError) as error:
        words = " ".join(command)
        raise Unwell(f"`{words}` did not work ({error}): start the switch, or set [{config.switch}] command") from error
    return answer.stdout


def service_user(config: Config) -> str:
    """Return whose process it is that matters: the owner of the database, when root asks."""
    uid = config.database.path.stat().st_uid if os.geteuid() == 0 else os.geteuid()
    return pwd.getpwuid(uid).pw_name


def can(name: str, *test: str) -> bool:
    """Return what test(1) says when a user asks it, with all their groups."""
    return subprocess.run(["test", *test], **_as_user(name), check=False).returncode == 0  # noqa: S603, S607


def _as_user(name: str) -> dict[str, Any]:
    """Return what makes a subprocess run as a user with all their groups; only root can."""
    if os.geteuid() != 0:
        return {}
    entry = pwd.getpwnam(name)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": os.getgrouplist(name, entry.pw_gid)}
