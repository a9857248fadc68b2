"""Asterisk's own command line: what it prints, read into values."""

import re
from dataclasses import dataclass

from gateway.cli.doctor.tools import Unwell, ask
from gateway.config import Config

UNREACHABLE = ("Unavail", "Removed")  # contact states; NonQual and Unknown have not been asked, which is no fault


@dataclass(frozen=True, slots=True)
class Contact:
    """Where one telephone or carrier is reached."""

    uri: str
    state: str

    @property
    def is_reachable(self) -> bool:
        """Return whether nothing says that it is gone."""
        return self.state not in UNREACHABLE


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A PJSIP endpoint."""

    name: str
    parameters: dict[str, str]
    contacts: tuple[Contact, ...]
    is_identified: bool
    """Whether calls of an address, such as a carrier's, come in by it."""

    @property
    def context(self) -> str:
        """Return the context that its calls come in to."""
        return self.parameters.get("context", "")

    def is_on(self, name: str) -> bool:
        """Return whether a yes-or-no parameter is on."""
        return self.parameters.get(name, "").lower() in ("true", "yes")


def settings(config: Config) -> dict[str, str]:
    """Return what `core show settings` says, by its own names."""
    return _pairs(ask(config, "core show settings"))


def endpoint(config: Config, name: str) -> Endpoint | None:
    """Return an endpoint, or None where there is none of that name."""
    shown = ask(config, f"pjsip show endpoint {name}")
    if "ParameterName" not in shown:
        return None
    head, _, parameters = shown.partition("ParameterName")
    found = re.findall(r"^ +Contact: +\S+?/(\S+) +\S+ +([A-Z][A-Za-z]+)", head, re.MULTILINE)
    contacts = tuple(Contact(uri, state) for uri, state in found)
    return Endpoint(name, _pairs(parameters), contacts, bool(re.search(r"^ +Identify: +[^<\s]", head, re.MULTILINE)))


def identified(config: Config) -> list[str]:
    """Return the endpoints by which calls of known addresses come in."""
    return re.findall(r"^ +Identify: +[^<\s]\S*/(\S+)", ask(config, "pjsip show identifies"), re.MULTILINE)


def endpoints(config: Config) -> list[str]:
    """Return the names of all endpoints. Raises Unwell where PJSIP is not loaded."""
    shown = ask(config, "pjsip show endpoints")
    if "No such command" in shown:
        raise Unwell("Asterisk has no PJSIP: load chan_pjsip.so, which `leaseline-inbound` is written for")
    return re.findall(r"^ +Endpoint: +([^<\s/]+)", shown, re.MULTILINE)


def context(config: Config, name: str) -> str:
    """Return a context as Asterisk has it loaded; the empty text where it has none."""
    shown = ask(config, f"dialplan show {name}")
    return shown if "[ Context '" in shown else ""


def has_technology(config: Config, name: str) -> bool:
    """Return whether Asterisk has a channel driver of this name."""
    return bool(re.search(rf"^{re.escape(name)} ", ask(config, "core show channeltypes"), re.MULTILINE | re.IGNORECASE))


def _pairs(text: str) -> dict[str, str]:
    found = (line.partition(":") for line in text.splitlines())
    return {name.strip(): value.strip() for name, colon, value in found if colon}
