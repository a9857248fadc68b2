"""What `leaseline doctor --site` says of the script tag of a page, and of the script that it fetches."""

import base64
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from gateway.cli.doctor.page.html import Attributes, Page
from gateway.cli.doctor.page.visitor import Reply
from gateway.cli.doctor.tools import Finding
from web.script.bundle import swap_script

DEFAULT_NAME = "swap.js"
JAVASCRIPT = re.compile(r"(text|application)/(x-)?(java|ecma)script", re.IGNORECASE)
# Where optimisers put the address of a script that they start later, or when the visitor first touches the page.
MOVED = ("data-src", "data-rocket-src", "data-lazy-src", "data-cfsrc", "data-litespeed-src", "data-wpfc-original-src")
SOON = 300  # seconds; longer than this no cache may keep the script without asking us
CONTENT = "script content"


@dataclass(frozen=True, slots=True)
class Tag:
    """A script element of ours."""

    attributes: Attributes
    url: str
    is_moved: bool

    @property
    def key(self) -> str:
        """Return the site's key."""
        return self.attributes.get("data-site", "")

    @property
    def is_pinned(self) -> bool:
        """Return whether the address names one version."""
        return bool(re.search(r"\.[0-9a-f]{8}\.js$", urlsplit(self.url).path))


def tags_of(page: Page, script_path: str, keys: Sequence[str]) -> list[Tag]:
    """Return the script tags of ours: by the name of the script, or by the key of a site."""
    names = [re.escape(PurePosixPath(path).stem) for path in (script_path, DEFAULT_NAME)]
    ours = re.compile(rf".*/({'|'.join(names)})(\.[0-9a-f]{{8}})?\.js")
    found = []
    for script in page.scripts:
        moved = next((name for name in MOVED if name in script.attributes), "")
        source = script.attributes.get("src") or script.attributes.get(moved, "")
        url = page.address(source) if source else ""
        if script.attributes.get("data-site") in keys or (url and ours.fullmatch(urlsplit(url).path)):
            found.append(Tag(script.attributes, url, is_moved=not script.attributes.get("src")))
    return found


def judge_tag(tags: Sequence[Tag], page: Page) -> Iterator[Finding]:
    """Tell what is wrong with how the tag stands on the page."""
    tag = tags[0]
    if not tag.url:
        yield _tag("fail", "it has no src that a browser could read: paste what `leaseline site tag` prints")
        return
    if urlsplit(page.url).scheme == "https" and urlsplit(tag.url).scheme == "http":
        yield _tag("fail", f"{tag.url}: browsers load no http: script on an https: page: serve it with TLS")
    if len(tags) > 1:
        yield _tag("warn", f"it stands {len(tags)} times on the page (a tag manager, and the template?): keep one")
    kind = tag.attributes.get("type", "")
    if tag.is_moved or (kind and kind.lower() != "module" and not JAVASCRIPT.fullmatch(kind)):
        yield _tag(
            "warn", "an optimiser has rewritten it, and starts it late or never: exclude the script from delaying"
        )
    elif not {"async", "defer"} & tag.attributes.keys() and kind.lower() != "module":
        yield _tag("warn", "it blocks: were our server to hang, the page would stay white. Write <script async ..>")


def judge_script(tag: Tag, reply: Reply, page: Page) -> Iterator[Finding]:
    """Tell what a visitor's browser would make of the script that came."""
    kind = reply.headers.get("Content-Type", "")
    if reply.status != 200:
        yield Finding("script", "fail", f"{tag.url} answers {reply.status}: let the web server pass it on to us")
        return
    if not JAVASCRIPT.fullmatch(kind.partition(";")[0].strip()):
        yield Finding("script", "fail", f"{tag.url} is sent as {kind or 'nothing'}, not text/javascript: not run")
        return
    yield Finding("script", "ok", f"{tag.url} answers 200, {len(reply.body)} bytes of JavaScript")
    yield from _or_well(_caching(tag, reply), Finding("script cache", "ok", reply.headers.get("Cache-Control", "")))
    yield from _or_well(_content(tag, reply, page), Finding(CONTENT, "ok", "what this installation serves"))


def _caching(tag: Tag, reply: Reply) -> Iterator[Finding]:
    said = _directives(reply.headers.get("Cache-Control", ""))
    for fault in _pinned_faults(said) if tag.is_pinned else _latest_faults(said, reply):
        yield Finding("script cache", "warn", fault)
    etag = reply.headers.get("ETag", "")
    if not etag or etag.startswith("W/"):
        word = "is weak" if etag else "is missing"
        yield Finding(
            "script cache", "warn", f"its ETag {word}: let the proxy pass on ours, else each view loads it whole"
        )
    if not reply.headers.get("Content-Encoding"):
        yield Finding("script cache", "warn", "it travels uncompressed: let the proxy pass on Accept-Encoding")


def _pinned_faults(said: dict[str, str]) -> Iterator[str]:
    if "immutable" not in said:
        yield "Cache-Control of the pinned script has no immutable: let the proxy pass on ours"


def _latest_faults(said: dict[str, str], reply: Reply) -> Iterator[str]:
    if "immutable" in said or _seconds(said.get("max-age")) != 0:
        yield f"browsers keep it ({_written(said)}) and miss upgrades: let the proxy pass on our Cache-Control"
    elif "stale-while-revalidate" not in said:
        yield "no stale-while-revalidate: repeat views flicker. Let the proxy pass on our Cache-Control"
    if max(_seconds(said.get("s-maxage")), _seconds(reply.headers.get("Age"))) > SOON:
        kept = f"s-maxage={said.get('s-maxage', '-')}, Age: {reply.headers.get('Age', '-')}"
        yield f"a CDN keeps it without asking us ({kept}): exclude the script there"


def _content(tag: Tag, reply: Reply, page: Page) -> Iterator[Finding]:
    if reply.body != swap_script().plain:
        yield Finding(CONTENT, "fail", _difference(tag))
    wanted = tag.attributes.get("integrity", "")
    if not wanted:
        return
    if not any(word.partition("?")[0] == _digest(word, reply.body) for word in wanted.split()):
        yield Finding(
            CONTENT, "fail", "it is not what the tag's integrity says: browsers refuse it. Print the tag again"
        )
    elif _origin(tag.url) != _origin(page.url) and "crossorigin" not in tag.attributes:
        yield Finding(
            CONTENT, "fail", 'the tag has integrity without crossorigin="anonymous": browsers refuse the script'
        )


def _difference(tag: Tag) -> str:
    if tag.is_pinned:
        return "the pinned tag names another version than this one: print it again with `leaseline site tag --pinned`"
    return (
        "these are not the bytes that this installation serves: a stale copy in a CDN or a cache (purge it there), an "
        "optimiser that rewrites scripts (exclude it), or a server of another version (start it again)"
    )


def _or_well(faults: Iterator[Finding], well: Finding) -> list[Finding]:
    return list(faults) or [well]


def _tag(result: str, detail: str) -> Finding:
    return Finding("script tag", result, detail)


def _digest(word: str, body: bytes) -> str:
    """Return a body's hash in the algorithm of an integrity word; nothing for one that browsers do not know."""
    name = word.partition("-")[0]
    if name not in ("sha256", "sha384", "sha512"):
        return ""
    return f"{name}-{base64.b64encode(hashlib.new(name, body).digest()).decode()}"


def _directives(header: str) -> dict[str, str]:
    pairs = (part.strip().lower().partition("=") for part in header.split(","))
    return {name: value.strip('" ') for name, _, value in pairs if name}


def _written(said: dict[str, str]) -> str:
    return ", ".join(f"{name}={value}" if value else name for name, value in said.items()) or "no Cache-Control"


def _seconds(text: str | None) -> int:
    """Return seconds of a header; -1 where it says none."""
    return int(text) if text and text.isascii() and text.isdigit() else -1


def _origin(url: str) -> tuple[str, str]:
    return urlsplit(url)[:2]
