"""Scripts that a page is given before its own, and that write down what a test asks about later."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession, Frame, Page

# Every request of the script, beacons too, the moment it is made: the network tells too late what was not asked.
SENT = """(() => {
    self.sent = [];
    const note = url => self.sent.push(new URL(url, location.href).pathname);
    const { fetch } = self, { sendBeacon } = navigator;
    self.fetch = (url, ...rest) => { note(url.url || url); return fetch(url, ...rest) };
    navigator.sendBeacon = (url, ...rest) => { note(url); return sendBeacon.call(navigator, url, ...rest) };
})()"""
# What the browser is about to dial when every listener of the page was heard; nothing is dialled, as nothing could.
DIALLED = """
    self.dialled = [];
    addEventListener('click', event => {
        const link = event.composedPath().find(node => node.href);
        if (!link) return;
        self.dialled.push([link.getAttribute('href'), event.defaultPrevented]);
        event.preventDefault();
    });
"""
EVENTS = """
    self.told = [];
    for (const name of ['lease', 'swap', 'static', 'error', 'restore', 'nomatch', 'tel', 'conflict'])
        document.addEventListener('leaseline:' + name, () => self.told.push(name));
"""
# Writes to texts and attributes by scripts, whoever they are.
WRITES = """(() => {
    self.writes = 0;
    const data = Object.getOwnPropertyDescriptor(CharacterData.prototype, 'data');
    const value = Object.getOwnPropertyDescriptor(Node.prototype, 'nodeValue');
    const count = set => function (text) { self.writes++; return set.call(this, text) };
    Object.defineProperty(CharacterData.prototype, 'data', { ...data, set: count(data.set) });
    Object.defineProperty(Node.prototype, 'nodeValue', { ...value, set: count(value.set) });
    Element.prototype.setAttribute = (set => function (...words) { self.writes++; return set.apply(this, words) })(
        Element.prototype.setAttribute);
})()"""

# Searches of the whole document, each of which takes the longer the larger the page is.
SEARCHES = """(() => {
    self.searches = 0;
    for (const name of ['querySelector', 'querySelectorAll']) {
        const search = Document.prototype[name];
        Document.prototype[name] = function (...words) { self.searches++; return search.apply(this, words) };
    }
})()"""


def sent(page: "Page | Frame") -> Any:
    """Return the paths of all requests that the scripts of a page made, beacons too; needs SENT."""
    return page.evaluate("self.sent")


def wait_for_event(page: "Page", name: str) -> None:
    """Return when the script told leaseline:<name>; needs EVENTS."""
    page.wait_for_function("name => self.told.includes(name)", arg=name)


def next_frames(page: "Page | Frame", count: int = 2) -> None:
    """Return when the page has been drawn so many times more; a clock of the test's own does not hasten that."""
    page.evaluate(
        """async count => {
            while (count--) await new Promise(done => new IntersectionObserver((_, observer) => {
                observer.disconnect();
                done();
            }).observe(document.documentElement));
        }""",
        count,
    )


def slow_line(page: "Page", milliseconds: int) -> "CDPSession":
    """Put a round trip time on all that a page asks for."""
    door = page.context.new_cdp_session(page)
    speed = {"downloadThroughput": -1, "uploadThroughput": -1}
    door.send("Network.emulateNetworkConditions", {"offline": False, "latency": milliseconds, **speed})
    return door


def stored(page: "Page") -> Sequence[str]:
    """Return the keys and cookies that the site has in this browser."""
    found: list[str] = page.evaluate(
        "[...Object.keys(localStorage), ...Object.keys(sessionStorage), ...document.cookie.split('; ').filter(Boolean)]"
    )
    return found
