"""Where a request comes from: its address, believed only as far as our own proxies tell it, and its network's names.

An address is never stored. What is stored are hashes of its network, keyed with our secret and the day: tomorrow
nobody, we neither, can tell whether two of them are of one visitor.
"""

import hashlib
import hmac
import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from gateway.core.leasing.crowd import Network

Address = IPv4Address | IPv6Address
NARROW = {4: 32, 6: 64}  # bits: what one customer of a provider has
WIDE = {4: 24, 6: 48}
NAME = 24  # hexadecimal digits
DAY = timedelta(days=1)
log = logging.getLogger(__name__)


class Networks:
    """Reads client addresses and names their networks."""

    def __init__(self, trusted: Sequence[str], secret: str) -> None:
        self._trusted = [ip_network(text, strict=False) for text in trusted]
        self._secret = secret.encode()
        self._warned = False
        self._key = lru_cache(maxsize=4)(self._make_key)

    def address(self, peer: str | None, forwarded: str) -> Address | None:
        """Return the client's address: the peer, or the last one in X-Forwarded-For that is no trusted proxy.

        None where a trusted proxy does not tell: everybody would look like one visitor, so nobody is limited.
        """
        found = _read(peer or "")
        if found is None or not self._trusts(found):
            return found
        for text in reversed(forwarded.split(",")):
            found = _read(text)
            if found is None or not self._trusts(found):
                break
        if found is None or self._trusts(found):
            self._warn(peer)
            return None
        return found

    def name(self, address: Address | None, now: datetime) -> Network | None:
        """Return the names of an address's network, today's and yesterday's."""
        if address is None:
            return None
        days = [(now.astimezone(UTC) - past).date().isoformat() for past in (timedelta(), DAY)]
        return Network(*(self._hash(_network(address, bits), day) for bits in (NARROW, WIDE) for day in days))

    def _hash(self, network: str, day: str) -> str:
        return hmac.digest(self._key(day), network.encode(), hashlib.sha256).hex()[:NAME]

    def _make_key(self, day: str) -> bytes:
        return hmac.digest(self._secret, f"leaseline network {day}".encode(), hashlib.sha256)

    def _trusts(self, address: Address) -> bool:
        return any(address in network for network in self._trusted)

    def _warn(self, peer: str | None) -> None:
        if not self._warned:
            self._warned = True
            log.warning(
                "the proxy %s does not say where visitors come from, so no network is limited: have it send "
                "X-Forwarded-For (nginx: proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for), and list all "
                "proxies in [web] trusted_proxies",
                peer,
            )


def _network(address: Address, bits: dict[int, int]) -> str:
    """Return the network of an address as text; ip_network would take longer than the hash."""
    kept = bits[address.version]
    return f"{address.version}/{kept}/{int(address) >> (address.max_prefixlen - kept)}"


def _read(text: str) -> Address | None:
    """Return an address, also one with a port; None where there is none."""
    plain = text.strip()
    if plain.startswith("["):
        plain = plain[1:].partition("]")[0]
    elif plain.count(":") == 1:
        plain = plain.partition(":")[0]
    try:
        address = ip_address(plain)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
