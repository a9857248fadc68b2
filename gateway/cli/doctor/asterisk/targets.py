"""Whether what we dial is there: endpoints, those who are registered at them, extensions behind Local/."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from gateway.cli.doctor.asterisk import console
from gateway.cli.doctor.tools import Unwell, ask
from gateway.config import Config

PJSIP = re.compile(r"PJSIP/(?:(?P<number>[^/@]+)@)?(?P<endpoint>[^/@]+)(?P<uri>/.+)?", re.IGNORECASE)
ALL_CONTACTS = re.compile(r"\$\{PJSIP_DIAL_CONTACTS\((?P<endpoint>[^,)]+)[^)]*\)\}")
LOCAL = re.compile(r"Local/(?P<extension>[^/]+)", re.IGNORECASE)


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


def destinations(config: Config) -> str:
    """Check each target of each hop. One that is not there is a fault; one that is away now may come back."""
    hops = (hop for hops in config.routes().destinations.values() for hop in hops)
    texts = list(dict.fromkeys(target for hop in hops for target in hop.targets))
    doubts = [(text, doubt) for text in texts for doubt in judged(config, text)]
    lost = [f"{text}: {doubt.told}" for text, doubt in doubts if doubt.weight is Weight.ABSENT]
    if lost:
        raise Unwell("; ".join(lost))
    if doubts:
        return f"warning: {'; '.join(f'{text}: {doubt.told}' for text, doubt in doubts)}"
    return f"{len(texts)} target(s) can ring"


def fallback(config: Config) -> str:
    """Check the last resort, which has to ring at this moment."""
    text = config.asterisk.fallback
    for doubt in judged(config, text):
        if doubt.weight is not Weight.PARTLY:
            raise Unwell(f"the fallback {text} rings nobody: {doubt.told}")
        return f"warning: the fallback {text}: {doubt.told}"
    return f"Asterisk rings {text} when we are down"


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
