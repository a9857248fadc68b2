"""Which sites are search engines, social sites and webmail, looked up by host and path in a kept list."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

LONGEST_HOST = 253  # characters, the limit of DNS

# In front of a search engine's domain. Others are services of its owner: gemini.google.com is no search result.
_FRONT = re.compile(r"(?:www\d?|m|[a-z]{2})\.")
_SPELLING = re.compile(r"[\W_]")
# The tags of Meta's ads, its own and those that people write. A search engine is called Meta, too.
_OWN_WORDS = {"fb": "facebook", "ig": "instagram", "meta": "facebook"}


class SiteKind(StrEnum):
    """What a site is to visitors who come from it."""

    SEARCH = "search"
    SOCIAL = "social"
    EMAIL = "email"
    OTHER = "other"
    """None of these, though its parent domain is one."""


@dataclass(frozen=True, slots=True)
class Known:
    """A site of the list, by the lower-case name of its company."""

    name: str
    kind: SiteKind


@dataclass(frozen=True, slots=True)
class Referrers:
    """The list: sites by host, and by their paths where only a part of a site is meant; what each name stands for."""

    hosts: Mapping[str, Known]
    paths: Mapping[str, Mapping[str, Known]]
    names: Mapping[str, SiteKind]

    @classmethod
    def of(cls, sites: Mapping[str, Known]) -> Self:
        """Return the list of sites by address, which may be a part of one: `example.com`, `example.com/mail`."""
        hosts: dict[str, Known] = {}
        paths: dict[str, dict[str, Known]] = {}
        for address, known in sites.items():
            host, slash, path = address.partition("/")
            if slash:
                paths.setdefault(host, {})[f"/{path}"] = known
            else:
                hosts[host] = known
        # The first site of a name says what it is: whole sites, search engines before the others, then parts of sites.
        named = [*hosts.values(), *(known for parts in paths.values() for known in parts.values())]
        meant = [known for known in named if known.kind is not SiteKind.OTHER]
        return cls(hosts, paths, {_spell(known.name): known.kind for known in reversed(meant)})

    def find_site(self, host: str, path: str) -> Known | None:
        """Return what is known of a website that a visitor came from; None for any site that is not on the list."""
        return _told(self.find(host, path))

    def find_app(self, package: str) -> Known | None:
        """Return what is known of an Android app that a visitor came from."""
        return _told(self.hosts.get(package))

    def kind_of(self, source: str) -> SiteKind:
        """Return the kind of a source that a link names: by a name, as `Facebook` or `yahoo`, or by a host."""
        known = self.names.get(_spell(_OWN_WORDS.get(source.lower(), source)))
        if known is None and "." in source:
            site = self.find_site(source.lower(), "")
            return site.kind if site else SiteKind.OTHER
        return known or SiteKind.OTHER

    def find(self, host: str, path: str) -> Known | None:
        """Return the entry of a host, else of its nearest parent domain."""
        for parent in _parents(host):
            known = self._part(parent, path) or self.hosts.get(parent)
            if known:
                return known if known.kind is not SiteKind.SEARCH or _is_front(host, parent) else None
        return None

    def _part(self, host: str, path: str) -> Known | None:
        parts = self.paths.get(host)
        if not parts:
            return None
        return next((parts[part] for part in sorted(parts, key=len, reverse=True) if path.startswith(part)), None)


def _told(known: Known | None) -> Known | None:
    return None if known is None or known.kind is SiteKind.OTHER else known


def _spell(name: str) -> str:
    """Return a name as it is compared: `Yahoo!` and `yahoo` are one, `hacker_news` and `Hacker News`."""
    return _SPELLING.sub("", name.lower())


def _parents(host: str) -> Iterator[str]:
    """Yield a host and its parent domains, the nearest first; a name without a dot is not a site."""
    while "." in host:
        yield host
        host = host.partition(".")[2]


def _is_front(host: str, parent: str) -> bool:
    return host == parent or _FRONT.fullmatch(host[: -len(parent)]) is not None
