"""Country and region of an address, from a MaxMind DB file that the operator supplies. Without one, nothing is told."""

from pathlib import Path
from typing import Any

from gateway.config import ConfigError
from web.lease.defence.networks import Address

try:
    import maxminddb
except ImportError:  # the extra `geo` is not installed
    maxminddb = None  # type: ignore[assignment]

LONGEST = 64  # characters


class Places:
    """Looks up addresses in one file; `path` empty: knows no place."""

    def __init__(self, path: str) -> None:
        self._reader = _open(path) if path else None

    def of(self, address: Address | None) -> tuple[str, str]:
        """Return country and region (ISO 3166 codes, or as the file has them), each empty where it is not known."""
        record = self._record(address) if address else {}
        country = _code(record.get("country")) or _text(record.get("country_code"))
        regions = record.get("subdivisions")
        region = _code(regions[0]) if isinstance(regions, list) and regions else _text(record.get("state1"))
        return country, region

    def _record(self, address: Address) -> dict[str, Any]:
        try:
            found = self._reader.get(address) if self._reader else None
        except (ValueError, maxminddb.InvalidDatabaseError):  # an IPv6 address in a file of IPv4 ones; a damaged entry
            return {}
        return found if isinstance(found, dict) else {}


def _open(path: str) -> Any:
    if maxminddb is None:
        raise ConfigError("[web] geo_database needs a package: pip install 'leaseline[geo]'")
    try:
        return maxminddb.open_database(Path(path))
    except (OSError, ValueError, maxminddb.InvalidDatabaseError) as error:
        raise ConfigError(f"[web] geo_database: cannot read {path}: {error}. It has to be a MaxMind DB file") from error


def _code(value: object) -> str:
    return _text(value.get("iso_code")) if isinstance(value, dict) else ""


def _text(value: object) -> str:
    return value[:LONGEST] if isinstance(value, str) else ""
