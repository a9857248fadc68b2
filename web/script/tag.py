"""The script tag of a site: the one place that words what owners paste into their pages."""

import base64
import hashlib
from dataclasses import dataclass
from urllib.parse import urlsplit

from gateway.config import Web
from web.script.bundle import swap_script
from web.script.minified import minified

PLACEHOLDER = "https://leaseline.example.com"
HIDING = ".leaseline-hide [data-leaseline]{visibility:hidden}"
PINNED = (
    "The tag is pinned to this version of the script: print and paste it again at each upgrade of Leaseline, or the "
    "script is not found and visitors see the page's own number."
)
EARLY = (
    "The inline script goes first in <head>, before any stub of window.leaseline. Not on pages that React hydrates "
    "(Next, Gatsby, Remix): React would throw the page away and draw it again."
)
HIDE = "What is marked with data-leaseline is hidden on first views: mark the phone number only, nothing larger."


@dataclass(frozen=True, slots=True)
class Wish:
    """What an owner may want beside the plain tag; `hide` is in milliseconds, 0 for not at all."""

    pinned: bool = False
    early: bool = False
    hide: int = 0


@dataclass(frozen=True, slots=True)
class ScriptTag:
    """What to paste, the words that a Content-Security-Policy needs for it, and what to know about it."""

    html: str
    csp: dict[str, list[str]]
    remarks: list[str]


def tag(web: Web, key: str, wish: Wish = Wish()) -> ScriptTag:
    """Return the tag of the site that has a key."""
    base = web.public_url or PLACEHOLDER
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(base))
    inline = _inline(key, wish)
    html = [f"<{element}>{text}</{element}>" for element, text in inline]
    html += [f'<link rel="preconnect" href="{origin}" crossorigin>', _script(web.script_path, base, key, wish.pinned)]
    csp = {"script-src": [origin], "connect-src": [origin]}
    for element, text in inline:
        csp.setdefault(f"{element}-src", []).append(csp_hash(text))
    remarks = [text for asked, text in ((wish.pinned, PINNED), (wish.early, EARLY), (wish.hide, HIDE)) if asked]
    return ScriptTag("\n".join(html), csp, remarks)


def early(key: str) -> str:
    """Return the inline script that swaps repeat views while they are parsed."""
    return minified("early.js").replace("SITE_KEY", key)


def hide(milliseconds: int) -> str:
    """Return the inline script that hides the number of first views for a while."""
    return minified("hide.js").replace("HIDE_MS", str(milliseconds))


def csp_hash(text: str) -> str:
    """Return the word that lets a Content-Security-Policy run an inline text, exactly as it stands between its tags."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _inline(key: str, wish: Wish) -> list[tuple[str, str]]:
    """Return the inline elements, the early script first: it is to see the whole page being parsed."""
    elements = [("script", early(key))] if wish.early else []
    return [*elements, ("style", HIDING), ("script", hide(wish.hide))] if wish.hide else elements


def _script(path: str, base: str, key: str, pinned: bool) -> str:
    """Return the script element; it names the API where that is not right beside the script, at an origin's top."""
    attributes = f' src="{base}{swap_script().pinned(path) if pinned else path}" data-site="{key}"'
    if pinned:
        attributes += f' integrity="{swap_script().integrity}" crossorigin="anonymous"'
    if urlsplit(base).path or path.count("/") > 1:
        attributes += f' data-api="{base}/"'
    return f"<script async{attributes}></script>"
