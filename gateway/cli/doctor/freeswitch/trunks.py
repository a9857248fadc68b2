"""Whether the calls of the trunks come to our context, and what their profiles would let a stranger do."""

import re
from collections.abc import Iterator
from xml.etree import ElementTree

from gateway.cli.doctor.freeswitch import console
from gateway.cli.doctor.tools import Unwell
from gateway.config import Config

ONWARD = re.compile(r"XML ([^\s\"|]+)")


def inbound(config: Config) -> str:
    """Check that each trunk, by the name of its gateway or profile, leads to our context."""
    ours = console.context(config)
    if ours is None:
        raise Unwell("our context is not loaded, so no call comes to it")
    name = ours.get("name", "")
    found = {trunk: _way(config, trunk) for trunk in config.trunks}
    known = {trunk: way for trunk, way in found.items() if way}
    if not known:
        return "warning: no trunk in [trunks] is a gateway or profile of FreeSWITCH: name one to have it looked at"
    warnings = [
        told for trunk, (profile, context) in known.items() for told in _judged(config, trunk, profile, context, name)
    ]
    if warnings:
        return f"warning: {'; '.join(warnings)}"
    return f"calls of {', '.join(known)} come to the context {name}"


def _way(config: Config, trunk: str) -> tuple[str, str] | None:
    """Return by which profile and to which context a trunk's calls come in."""
    gateway = console.gateway(config, trunk)
    if gateway is None:
        context = console.profile_context(config, trunk)
        return None if context is None else (trunk, context)
    if gateway.state == "NOREG":  # nobody calls such a gateway by its name: its calls are the profile's
        return gateway.profile, console.profile_context(config, gateway.profile) or ""
    return gateway.profile, gateway.context


def _judged(config: Config, trunk: str, profile: str, context: str, ours: str) -> Iterator[str]:
    leads = leads_to(config, context, ours)
    if leads is False:
        raise Unwell(
            f"calls of {trunk} go to the context {context!r}, which does not lead to {ours!r}: set context there, "
            f'`fs_cli -x "sofia profile {profile} restart"`'
        )
    if leads is None:
        yield f"whether calls of {trunk} come to {ours!r} cannot be seen: their context {context!r} is in no file"
    if not _disables_transfer(config, profile):
        yield f"the profile {profile} lets a REFER from outside send a call out at your cost: set disable-transfer"


def leads_to(config: Config, context: str, ours: str) -> bool | None:
    """Return whether a context's calls can be transferred to ours; None where it stands in no file."""
    root = console.locate(config, "root")
    contexts = {one.get("name", ""): one for one in root.iter("context")} if root is not None else {}
    seen, waiting = set[str](), [context]
    while waiting:
        name = waiting.pop()
        if name == ours:
            return True
        if name not in seen and name in contexts:
            waiting += ONWARD.findall(ElementTree.tostring(contexts[name], "unicode"))
        seen.add(name)
    return False if context in contexts else None


def _disables_transfer(config: Config, profile: str) -> bool:
    found = console.locate(config, "configuration configuration name sofia.conf")
    profiles = found.iter("profile") if found is not None else ()
    params = [param for one in profiles if one.get("name") == profile for param in one.iterfind("settings/param")]
    return any((one.get("name"), one.get("value")) == ("disable-transfer", "true") for one in params)
