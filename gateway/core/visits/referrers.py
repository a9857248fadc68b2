"""Which sites are search engines, social sites and webmail: a kept, dated list, looked up by host and path.

The list is a table of the package, as the metadata that phonenumbers carries is: it is read once, is the same for every
caller and changes with a release only, so a rule that asks it stays pure. `make referrers` brings it up to date.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib import resources

FILE = "data/referrers.json"
LONGEST_HOST = 253  # characters, by DNS: a longer one is made up

# In front of a search engine's domain. Others are services of its owner: gemini.google.com is no search result.
_FRONT = re.compile(r"(?:www\d?|m|[a-z]{2})\.")
_SPELLING = re.compile(r"[\W_]")
# What the ads of Meta are tagged with, by its own words or by people; a search engine is called Meta, too.
_OWN_WORDS = {"fb": "facebook", "ig": "instagram", "meta": "facebook"}


class Kind(StrEnum):
    """What a site is to those who come from it."""

    SEARCH = "search"
    SOCIAL = "social"
    EMAIL = "email"
    OTHER = "other"
    """None of these, though its parent domain is one."""


@dataclass(frozen=True, slots=True)
class Known:
    """A site of the list, by the lower-case name of who runs it."""

    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Referrers:
    """The list: sites by host, and where only a part of a site is meant by its paths."""

    hosts: dict[str, Known] = field(default_factory=dict)
    paths: dict[str, dict[str, Known]] = field(default_factory=dict)

    def add(self, address: str, known: Known) -> None:
        """Add a site, or a part of one: `example.com`, `example.com/mail`."""
        host, slash, path = address.partition("/")
        if slash:
            self.paths.setdefault(host, {})[f"/{path}"] = known
        else:
            self.hosts[host] = known

    def find(self, host: str, path: str) -> Known | None:
        """Return what is known of a site: of its host, else of the nearest parent domain."""
        for parent in _parents(host):
            known = self._part(parent, path) or self.hosts.get(parent)
            if known:
                return known if known.kind is not Kind.SEARCH or _is_front(host, parent) else None
        return None

    def _part(self, host: str, path: str) -> Known | None:
        parts = self.paths.get(host)
        if not parts:
            return None
        return next((parts[part] for part in sorted(parts, key=len, reverse=True) if path.startswith(part)), None)


@cache
def listed() -> Referrers:
    """Return the list that the package carries."""
    return read_list(resources.files("gateway.core.visits").joinpath(FILE).read_text("utf-8"))


def read_list(text: str) -> Referrers:
    """Return the list of a file."""
    data = json.loads(text)
    found = Referrers()
    for kind in Kind:
        for name, addresses in data[kind].items():
            for address in addresses:
                found.add(address, Known(name, kind))
    return found


def find_site(host: str, path: str) -> Known | None:
    """Return what is known of a website that a visitor came from; None for any site that is not on the list."""
    return _told(listed().find(host, path))


def find_app(package: str) -> Known | None:
    """Return what is known of an Android app that a visitor came from."""
    return _told(listed().hosts.get(package))


def kind_of(source: str) -> Kind:
    """Return what a source is that somebody wrote into a link: a name, as `Facebook` or `yahoo`, or a site's host."""
    name = _spell(_OWN_WORDS.get(source.lower(), source))
    known = _names().get(name)
    if known is None and "." in source:
        site = find_site(source.lower(), "")
        return site.kind if site else Kind.OTHER
    return known or Kind.OTHER


@cache
def _names() -> dict[str, Kind]:
    """Return what each name of the list stands for; who has a search engine is known for that."""
    parts = [known for part in listed().paths.values() for known in part.values()]
    found = [known for known in (*listed().hosts.values(), *parts) if known.kind is not Kind.OTHER]
    return {_spell(known.name): known.kind for known in reversed(found)}


def _told(known: Known | None) -> Known | None:
    return None if known is None or known.kind is Kind.OTHER else known


def _spell(name: str) -> str:
    """Return a name as it is compared: `Yahoo!` and `yahoo` are one, `hacker_news` and `Hacker News`."""
    return _SPELLING.sub("", name.lower())


def _parents(host: str) -> Iterator[str]:
    """Yield a host and its parent domains, the nearest first; a name without a dot is no site."""
    while "." in host:
        yield host
        host = host.partition(".")[2]


def _is_front(host: str, parent: str) -> bool:
    return host == parent or _FRONT.fullmatch(host[: -len(parent)]) is not None
