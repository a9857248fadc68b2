"""The swap script in every form that a browser can ask for, made once, when the server starts."""

import base64
import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath

import brotli

from web.script.minified import minified

IDENTITY = "identity"


@dataclass(frozen=True, slots=True)
class Bundle:
    """A script by content coding, the coding that makes it shortest first."""

    encoded: Mapping[str, bytes]

    @property
    def plain(self) -> bytes:
        """Return what a browser runs."""
        return self.encoded[IDENTITY]

    @property
    def version(self) -> str:
        """Return the eight characters that a pinned address carries."""
        return hashlib.sha256(self.plain).hexdigest()[:8]

    @property
    def integrity(self) -> str:
        """Return what a tag says of the script that it wants, and a browser checks before it runs anything else."""
        return f"sha384-{base64.b64encode(hashlib.sha384(self.plain).digest()).decode()}"

    def etag(self, coding: str) -> str:
        """Return a strong tag: other for each coding, as a cache that mixed them up would send rubbish."""
        return f"{hashlib.sha256(self.plain).hexdigest()[:32]}-{coding}"

    def pinned(self, script_path: str) -> str:
        """Return the path under which this version, and no other, is found: /swap.js gives /swap.0123abcd.js."""
        path = PurePosixPath(script_path)
        return str(path.with_name(f"{path.stem}.{self.version}{path.suffix}"))


@cache
def swap_script() -> Bundle:
    """Return the swap script."""
    plain = minified("swap.js").encode()
    return Bundle(
        {
            "br": brotli.compress(plain, mode=brotli.MODE_TEXT, quality=11),
            # The time would be in the bytes, and two servers of one version would send two scripts.
            "gzip": gzip.compress(plain, compresslevel=9, mtime=0),
            IDENTITY: plain,
        }
    )
