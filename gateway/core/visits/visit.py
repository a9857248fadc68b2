"""What a visit says of itself: landing page, referrer and campaign parameters, read on the server."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

PARAMETERS = (
    "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content",
    "gclid", "gbraid", "wbraid", "gad_source", "dclid", "fbclid", "msclkid", "ttclid", "twclid", "li_fat_id", "yclid",
)  # fmt: skip
LONGEST_URL = 2048  # characters; a longer one is cut, so that a hostile page cannot fill the disk
LONGEST_VALUE = 256
MOST_TAGS = 10
LONGEST_TAG = 64  # of a tag's name
VARIANT = "variant"  # the tag by which a page says which of its variants it is, as in an A/B test
MOST_PARAMETERS = 100
FIRST_TOUCH_COUNTS = timedelta(days=90)
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class FirstTouch:
    """The first visit to the site, as the browser remembers it."""

    url: str
    referrer: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Visit:
    """How a visitor arrived, and which page they are on; `landed_at` is None if they have just arrived.

    The texts come from a stranger's browser: escape them when shown, and never send them to a switch.
    """

    landing_page_url: str = ""
    referring_url: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    landed_at: datetime | None = None
    page_url: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    country: str = ""
    region: str = ""
    device_type: str = ""


def read_tags(tags: Mapping[str, Any]) -> dict[str, str]:
    """Return the tags that a page gave its visit, fit to be stored: texts and numbers, cut to size."""
    plain = {name: tags[name] for name in tags if isinstance(tags[name], str | int | float)}
    return {
        _printable(name)[:LONGEST_TAG]: _printable(str(plain[name]))[:LONGEST_VALUE] for name in list(plain)[:MOST_TAGS]
    }


def read_visit(
    url: str,
    referrer: str,
    first: FirstTouch | None = None,
    tags: Mapping[str, Any] | None = None,
    *,
    cookieless: bool = False,
) -> Visit:
    """Return the visit that a page reported. Never raises: unreadable parts are left out.

    The first touch, if there is one, says how the visitor arrived. A cookieless visit keeps no query of any URL.
    """
    landing = read_url(first.url if first else url, cookieless=cookieless)
    return Visit(
        landing_page_url=landing,
        referring_url=read_url(first.referrer if first else referrer, cookieless=cookieless),
        parameters=_parameters(landing),
        landed_at=first.at if first else None,
        page_url=read_url(url, cookieless=cookieless),
        tags=read_tags(tags or {}),
    )


def read_url(url: str, *, cookieless: bool = False) -> str:
    """Return a reported URL, fit to be stored: printable, cut, and of a cookieless visit without its query."""
    return (_without_query if cookieless else _printable)(url)[:LONGEST_URL]


def counts(first: FirstTouch, origins: Collection[str], now: datetime) -> bool:
    """Return whether to believe a first touch: on a page of the site, in the past, and not too long ago."""
    return timedelta() <= now - first.at <= FIRST_TOUCH_COUNTS and origin(first.url) in origins


def origin(url: str) -> str:
    """Return the origin of a URL as browsers write it; the empty text where it has none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    host = parts.hostname or ""
    if not host or parts.scheme not in PORTS:
        return ""
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port not in (None, PORTS.get(parts.scheme)) else "")


def _without_query(url: str) -> str:
    return _printable(url).partition("#")[0].partition("?")[0]


def _parameters(url: str) -> dict[str, str]:
    """Return the campaign parameters of a URL, the first of each name."""
    try:
        query = urlsplit(url).query
        pairs = parse_qsl(query, max_num_fields=MOST_PARAMETERS, errors="replace")
    except ValueError:  # a broken IPv6 host, or more fields than any campaign has
        return {}
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in PARAMETERS:
            found.setdefault(name, _printable(value)[:LONGEST_VALUE])
    return found


def _printable(text: str) -> str:
    """Return the text without control characters and lone surrogates, which databases refuse."""
    return "".join(character for character in text if character.isprintable())
