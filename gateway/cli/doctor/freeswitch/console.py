"""FreeSWITCH's own command line: what it prints, read into values."""

import re
from dataclasses import dataclass
from xml.etree import ElementTree

from gateway.cli.doctor.tools import Unwell, ask
from gateway.config import Config

RELOAD = "then `fs_cli -x reloadxml`"
GONE = frozenset({"UNREGED", "FAILED", "FAIL_WAIT", "TIMEOUT", "DOWN"})  # mod_sofia.c, sofia_state_names


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway of mod_sofia."""

    name: str
    profile: str
    context: str
    state: str
    status: str

    @property
    def is_reachable(self) -> bool:
        """Return whether nothing says that it is gone."""
        return self.state not in GONE and not self.status.startswith("DOWN")


def gateway(config: Config, name: str) -> Gateway | None:
    """Return a gateway, or None where there is none of that name."""
    found = _status(config, f"gateway {name}")
    if not found:
        return None
    return Gateway(name, *(found.get(key, "") for key in ("Profile", "Context", "State", "Status")))


def profile_context(config: Config, name: str) -> str | None:
    """Return the context that calls of a sofia profile come in to; None where there is no such profile."""
    return _status(config, f"profile {name}").get("Context")


def context(config: Config) -> ElementTree.Element | None:
    """Return our context, under whatever name.

    Looked for in all that was read from files: FusionPBX answers for any context by itself.
    """
    root = locate(config, "root")
    contexts = root.iter("context") if root is not None else ()
    return next((one for one in contexts if one.find("extension[@name='leaseline-ask']") is not None), None)


def parameters(config: Config, name: str) -> dict[str, str]:
    """Return the parameters of one of FreeSWITCH's configuration files, as it has them loaded."""
    found = locate(config, f"configuration configuration name {name}")
    if found is None:
        raise Unwell(f"FreeSWITCH has no {name}.xml loaded: see `leaseline dialplan freeswitch`, {RELOAD}")
    return {param.get("name", ""): param.get("value", "") for param in found.iter("param")}


def locate(config: Config, what: str) -> ElementTree.Element | None:
    """Return a part of FreeSWITCH's configuration, or None when there is no such part."""
    answer = ask(config, f"xml_locate {what}")
    try:
        return ElementTree.fromstring(answer)  # noqa: S314
    except ElementTree.ParseError:
        return None  # it says so in words, not in XML


def _status(config: Config, what: str) -> dict[str, str]:
    """Return what `sofia status` says of one thing, by its own names; nothing of what is not there."""
    return dict(re.findall(r"^(\S[^\t\n]*?) *\t(.*?) *$", ask(config, f"sofia status {what}"), re.MULTILINE))
