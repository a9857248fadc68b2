"""A page as its source says it: scripts, policies, and where phone numbers stand."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

Attributes = dict[str, str]

UNSEEN = frozenset({"script", "style", "noscript", "template"})
INLINE = frozenset(
    {"abbr", "b", "bdi", "bdo", "em", "font", "i", "mark", "small", "span", "strong", "sub", "sup", "u", "wbr"}
)
SPOKEN = ("title", "aria-label", "alt", "placeholder")  # attributes that the script swaps beside links
WALL = ","  # what no number goes through


@dataclass(frozen=True, slots=True)
class Script:
    """A script element: its attributes, and what stands in it."""

    attributes: Attributes
    text: str = ""


@dataclass
class Page:
    """What doctor needs of a page."""

    url: str
    base: str = ""
    scripts: list[Script] = field(default_factory=list)
    policies: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    """What the script looks through: each text alone, all of them on end, links and spoken attributes."""
    unswapped: list[str] = field(default_factory=list)
    """What it leaves alone and a cache would keep as well: data for search engines."""

    def address(self, reference: str) -> str:
        """Return the whole address of a reference on the page, or nothing for one that no browser can read."""
        try:
            whole = urljoin(self.base or self.url, reference.strip())
            urlsplit(whole).port  # noqa: B018  only asking tells that it is no number
        except ValueError:
            return ""
        return whole


def read_page(url: str, html: str) -> Page:
    """Return a page from its source, however broken."""
    reader = _Reader(url)
    reader.feed(html)
    reader.close()
    reader.page.texts.append("".join(reader.joined))
    return reader.page


class _Reader(HTMLParser):
    def __init__(self, url: str) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page(url)
        self.joined: list[str] = []
        self._open: list[str] = []  # elements whose text nobody sees

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in reversed(attrs)}  # of two, browsers take the first
        self._wall(tag)
        if tag in UNSEEN:
            self._open.append(tag)
        if tag == "script":
            self.page.scripts.append(Script(attributes))
        elif tag == "base":
            self.page.base = self.page.base or self.page.address(attributes.get("href", ""))
        elif tag == "meta":
            self._meta(attributes)
        self._numbers(attributes)

    def handle_endtag(self, tag: str) -> None:
        self._wall(tag)
        if tag in self._open:
            del self._open[self._open.index(tag) :]

    def handle_data(self, data: str) -> None:
        if not self._open:
            data = re.sub(r"\s+", " ", data)  # as it is shown
            self.page.texts.append(data)
            self.joined.append(data)
        elif self._open[-1] == "script" and self.page.scripts:
            last = self.page.scripts[-1]
            self.page.scripts[-1] = Script(last.attributes, last.text + data)
            if "json" in last.attributes.get("type", ""):
                self.page.unswapped.append(data)

    def parse_marked_section(self, i: int, report: bool = True) -> int:  # noqa: ARG002  its name for it
        """Pass over `<![..>` as browsers do: the parser's own way raises on what it does not know."""
        return self.parse_bogus_comment(i)

    def _wall(self, tag: str) -> None:
        if tag not in INLINE:
            self.joined.append(WALL)

    def _meta(self, attributes: Attributes) -> None:
        if attributes.get("http-equiv", "").lower() == "content-security-policy":
            self.page.policies.append(attributes.get("content", ""))
        else:
            self.page.unswapped.append(attributes.get("content", ""))

    def _numbers(self, attributes: Attributes) -> None:
        link = attributes.get("href", "").strip()
        if link.lower().startswith(("tel:", "sms:")):
            self.page.texts.append(link)
        self.page.texts += [attributes[name] for name in SPOKEN if name in attributes]
