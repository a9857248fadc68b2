"""Signed words that a browser keeps for us: who the visitor is, and which leases the page holds.

Only the server mints them, so nobody can name another's visitor or lease. The salt holds the site, so that a token of
one site is nonsense on another. A token that cannot be read is no error: the browser gets a fresh one. A token of
leases holds the versions of their pools: when a pool was changed, the page has to ask again.
"""

import hashlib
import secrets
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from itsdangerous import BadData, URLSafeSerializer

VISITOR_BYTES = 16  # 128 bits: nobody guesses another visitor


class Held(NamedTuple):
    """A lease that a page holds, and the version of the pool that it was granted by."""

    lease: str
    version: str


def new_visitor() -> str:
    """Return an id for a visitor."""
    return secrets.token_hex(VISITOR_BYTES)


class Tokens:
    """Signs with the newest key and reads what any key signed; `keys` come newest first."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = [key.encode() for key in reversed(keys)]  # itsdangerous signs with the last one
        self._serializer = lru_cache(maxsize=512)(self._make_serializer)

    def sign_visitor(self, site: str, visitor: str) -> str:
        """Return the token of a visitor."""
        return self._dump("visitor", site, visitor)

    def visitor(self, site: str, token: str) -> str:
        """Return the visitor that a token names, or the empty text for a token that is not ours."""
        return self._load("visitor", site, token) or ""

    def sign_leases(self, site: str, visitor: str, held: Sequence[Held]) -> str:
        """Return the token of the leases that a page holds, or the empty text for none."""
        return self._dump("held leases", site, [visitor, *held]) if held else ""

    def leases(self, site: str, token: str) -> list[Held]:
        """Return the leases that a token names; none for a token that is not ours."""
        return [Held(*one) for one in (self._load("held leases", site, token) or [])[1:]]

    def _dump(self, use: str, site: str, value: object) -> str:
        token: str = self._serializer(use, site).dumps(value)
        return token

    def _load(self, use: str, site: str, token: str) -> Any:
        try:
            return self._serializer(use, site).loads(token)
        except BadData:
            return None

    def _make_serializer(self, use: str, site: str) -> URLSafeSerializer:
        how = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
        return URLSafeSerializer(self._keys, salt=f"leaseline {use} {site}", signer_kwargs=how)
