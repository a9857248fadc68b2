"""What the checks of `leaseline doctor` share: how they fail, how they ask the switch, as whom they try a file."""

import os
import pwd
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
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


class Weight(Enum):
    """How bad it is."""

    ABSENT = auto()
    """It can never ring."""
    AWAY = auto()
    """It does not ring now."""
    PARTLY = auto()
    """It rings, but not all that its name says."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """What is wrong with a target."""

    weight: Weight
    told: str


Judge = Callable[[Config, str], Iterator[Doubt]]


def judge_destinations(config: Config, judged: Judge) -> str:
    """Judge each target of each hop. One that is not there is a fault; one that is away now may come back."""
    hops = (hop for hops in config.routes().destinations.values() for hop in hops)
    texts = list(dict.fromkeys(target for hop in hops for target in hop.targets))
    doubts = [(text, doubt) for text in texts for doubt in judged(config, text)]
    lost = [f"{text}: {doubt.told}" for text, doubt in doubts if doubt.weight is Weight.ABSENT]
    if lost:
        raise Unwell("; ".join(lost))
    if doubts:
        return f"warning: {'; '.join(f'{text}: {doubt.told}' for text, doubt in doubts)}"
    return f"{len(texts)} target(s) can ring"


def judge_fallback(config: Config, judged: Judge) -> str:
    """Judge the last resort, which has to ring at this moment."""
    text = config.pbx.fallback
    for doubt in judged(config, text):
        if doubt.weight is not Weight.PARTLY:
            raise Unwell(f"the fallback {text} rings nobody: {doubt.told}")
        return f"warning: the fallback {text}: {doubt.told}"
    return f"{config.pbx.dial_strings.switch} rings {text} when we are down"


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
