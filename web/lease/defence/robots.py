"""Who is no visitor: crawlers, and browsers that fetch a page which nobody looks at yet. They get no number."""

from functools import lru_cache

from crawleruseragents import is_crawler
from werkzeug.datastructures import Headers

LONGEST = 256  # characters of a User-Agent that are looked at: 1,500 patterns over eight kilobytes would take long
AHEAD = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")


def why_robot(headers: Headers, *, webdriver: bool = False) -> str:
    """Return why a request is no visitor's, or the empty text."""
    if is_robot(headers.get("User-Agent", "")[:LONGEST]):
        return "bot: the User-Agent is a crawler's, or empty"
    if any(word in headers.get(name, "").lower() for name in AHEAD for word in ("prefetch", "prerender", "preview")):
        return "prefetch: the browser loads the page ahead, and nobody looks at it yet"
    return "bot: the browser is driven by a program (navigator.webdriver)" if webdriver else ""


@lru_cache(maxsize=4096)
def is_robot(user_agent: str) -> bool:
    """Return whether a User-Agent is that of a program; none at all is, too."""
    return not user_agent.strip() or bool(is_crawler(user_agent))
