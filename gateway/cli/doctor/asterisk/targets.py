"""Whether what we dial is there: endpoints, those who are registered at them, extensions behind Local/."""

import re
from collections.abc import Iterator

from gateway.cli.doctor.asterisk import console
from gateway.cli.doctor.tools import Doubt, Weight, ask, judge_destinations, judge_fallback
from gateway.config import Config

PJSIP = re.compile(r"PJSIP/(?:(?P<number>[^/@]+)@)?(?P<endpoint>[^/@]+)(?P<uri>/.+)?", re.IGNORECASE)
ALL_CONTACTS = re.compile(r"\$\{PJSIP_DIAL_CONTACTS\((?P<endpoint>[^,)]+)[^)]*\)\}")
LOCAL = re.compile(r"Local/(?P<extension>[^/]+)", re.IGNORECASE)


def destinations(config: Config) -> str:
    """Check each target of each hop."""
    return judge_destinations(config, judged)


def fallback(config: Config) -> str:
    """Check the last resort, which has to ring at this moment."""
    return judge_fallback(config, judged)


def judged(config: Config, text: str) -> Iterator[Doubt]:
    """Tell what is wrong with a dial string."""
    technology = text.partition("/")[0]
    if found := ALL_CONTACTS.fullmatch(text):
        yield from _endpoint(config, found["endpoint"], rings_all=True)
    elif found := PJSIP.fullmatch(text):
        yield from _endpoint(config, found["endpoint"], bool(found["number"]), has_uri=bool(found["uri"]))
    elif found := LOCAL.fullmatch(text):
        yield from _extension(config, found["extension"])
    elif not console.has_technology(config, technology):
        yield Doubt(Weight.ABSENT, f"Asterisk has no {technology}: load its channel driver")


def _endpoint(config: Config, name: str, rings_all: bool, *, has_uri: bool = False) -> Iterator[Doubt]:
    endpoint = console.endpoint(config, name)
    if endpoint is None:
        yield Doubt(Weight.ABSENT, f"there is no endpoint {name} in pjsip.conf")
    elif has_uri:
        return  # the dial string itself says where to ring
    elif not endpoint.parameters.get("aors"):
        yield Doubt(Weight.ABSENT, f"the endpoint {name} has no AOR: write aors= at it")
    elif not endpoint.contacts:
        yield Doubt(Weight.AWAY, f"nobody is registered at {name}")
    elif not any(contact.is_reachable for contact in endpoint.contacts):
        yield Doubt(Weight.AWAY, f"{name} does not answer at {endpoint.contacts[0].uri}")
    elif len(endpoint.contacts) > 1 and not rings_all:
        told = f"one of the {len(endpoint.contacts)} telephones at {name} rings"
        yield Doubt(Weight.PARTLY, f"{told}: write ${{PJSIP_DIAL_CONTACTS({name})}} to ring all")


def _extension(config: Config, extension: str) -> Iterator[Doubt]:
    place = extension if "@" in extension else f"{extension}@default"
    if "[ Context '" not in ask(config, f"dialplan show {place}"):
        yield Doubt(Weight.ABSENT, f"there is no extension {place} in the dialplan")
