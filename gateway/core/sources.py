"""What a visit says of itself: landing page, referrer and campaign parameters, read on the server."""

from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

PARAMETERS = (
    "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content",
    "gclid", "gbraid", "wbraid", "fbclid", "msclkid",
)  # fmt: skip
LONGEST_URL = 2048  # characters; a longer one is cut, so that a hostile page cannot fill the disk
LONGEST_VALUE = 256
MOST_PARAMETERS = 100


@dataclass(frozen=True, slots=True)
class Visit:
    """How a visitor arrived. Texts come from a stranger's browser: show them escaped, send them to no switch."""

    landing_page_url: str = ""
    referring_url: str = ""
    parameters: dict[str, str] = field(default_factory=dict)


def read_visit(url: str, referrer: str) -> Visit:
    """Return the visit that a page reported. Never raises: what cannot be read is left out."""
    landing = _printable(url)[:LONGEST_URL]
    return Visit(landing, _printable(referrer)[:LONGEST_URL], _parameters(landing))


def _parameters(url: str) -> dict[str, str]:
    """Return the campaign parameters of a URL, the first of each name."""
    try:
        query = urlsplit(url).query
        pairs = parse_qsl(query, max_num_fields=MOST_PARAMETERS, errors="replace")
    except ValueError:  # a broken IPv6 host, or more fields than anybody's campaign has
        return {}
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in PARAMETERS:
            found.setdefault(name, _printable(value)[:LONGEST_VALUE])
    return found


def _printable(text: str) -> str:
    """Return the text without control characters and lone surrogates, which no database takes."""
    return "".join(character for character in text if character.isprintable())
