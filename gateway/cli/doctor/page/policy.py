"""Content-Security-Policy, as far as a script from elsewhere and its requests go (CSP level 3)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

PORTS = {"http": 80, "https": 443}
HOST = re.compile(
    r"(?:(?P<scheme>[a-z][a-z0-9+.-]*)://)?(?P<host>\*|(?:\*\.)?[a-z0-9_.-]+|\[[0-9a-f:]+\])"
    r"(?::(?P<port>\d+|\*))?(?P<path>/.*)?",
    re.IGNORECASE,
)
Policy = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A script that a page wants to run: where it is, and what its tag says to be let through."""

    url: str
    page: str
    nonce: str = ""
    integrity: str = ""


def read_policies(headers: Sequence[str], metas: Sequence[str]) -> list[Policy]:
    """Return the policies of a page; all of them have to agree."""
    texts = [part for header in headers for part in header.split(",")] + list(metas)
    return [policy for policy in map(_read, texts) if policy]


def runs(policy: Policy, wanted: Wanted) -> bool:
    """Return whether a policy lets a page run a script."""
    sources = _first(policy, "script-src-elem", "script-src", "default-src")
    if sources is None:
        return True
    hashes = {f"'{word.partition('?')[0]}'" for word in wanted.integrity.split()}
    if f"'nonce-{wanted.nonce}'" in sources or (hashes and hashes <= set(sources)):
        return True
    return "'strict-dynamic'" not in sources and _reaches(sources, wanted.url, wanted.page)


def runs_inline(policy: Policy, text_hash: str, nonce: str) -> bool:
    """Return whether a policy lets a page run an inline script; `text_hash` as a policy writes it."""
    sources = _first(policy, "script-src-elem", "script-src", "default-src")
    if sources is None or text_hash in sources or f"'nonce-{nonce}'" in sources:
        return True
    strict = any(source.startswith(("'nonce-", "'sha", "'strict-dynamic'")) for source in sources)
    return "'unsafe-inline'" in sources and not strict  # browsers pass over it beside anything stricter


def connects(policy: Policy, url: str, page: str) -> bool:
    """Return whether a policy lets scripts of a page ask an address."""
    sources = _first(policy, "connect-src", "default-src")
    return sources is None or _reaches(sources, url, page)


def _read(text: str) -> Policy:
    policy: Policy = {}
    for words in (directive.split() for directive in text.split(";")):
        if words:
            policy.setdefault(words[0].lower(), words[1:])  # of two, browsers take the first
    return policy


def _first(policy: Policy, *directives: str) -> list[str] | None:
    return next((policy[name] for name in directives if name in policy), None)


def _reaches(sources: Sequence[str], url: str, page: str) -> bool:
    target, own = urlsplit(url), urlsplit(page)
    return any(_matches(source, target, own) for source in sources)


def _matches(source: str, target: SplitResult, own: SplitResult) -> bool:
    if source == "*":
        return target.scheme in PORTS
    if source.lower() == "'self'":
        same = (target.hostname, _port(target)) == (own.hostname, _port(own))
        return same and _scheme(own.scheme, target.scheme)
    if re.fullmatch(r"[a-z][a-z0-9+.-]*:", source, re.IGNORECASE):
        return _scheme(source[:-1].lower(), target.scheme)
    found = HOST.fullmatch(source)
    return found is not None and _host(found.groupdict(), target, own.scheme)


def _host(wanted: dict[str, str | None], target: SplitResult, own_scheme: str) -> bool:
    host, path = (wanted["host"] or "").lower(), wanted["path"] or "/"
    name = f"[{target.hostname}]" if ":" in (target.hostname or "") else target.hostname or ""
    named = host in ("*", name) or (host.startswith("*.") and name.endswith(host[1:]))
    port = PORTS.get(target.scheme) if wanted["port"] is None else wanted["port"]
    reached = port == "*" or str(port) == str(_port(target))
    below = target.path.startswith(path) if path.endswith("/") else target.path == path
    return named and reached and below and _scheme((wanted["scheme"] or own_scheme).lower(), target.scheme)


def _scheme(allowed: str, scheme: str) -> bool:
    return allowed == scheme or (allowed, scheme) == ("http", "https")


def _port(url: SplitResult) -> int | None:
    return url.port or PORTS.get(url.scheme)
