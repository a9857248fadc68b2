"""What most pages of the browser tests say, and how to read and wait for it."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Frame, Page

OWN, LEASED = "(212) 555-0100", "(646) 555-0110"
CALL_US = f'<p id="phone">Call {OWN} today</p>'
STATIC = "Call (212) 555-0100 today"
SWAPPED = "Call (646) 555-0110 today"
HIDDEN = """
    Object.defineProperty(document, 'visibilityState', { get: () => 'hidden', configurable: true });
    Object.defineProperty(document, 'hidden', { get: () => document.visibilityState === 'hidden', configurable: true });
"""
# Counts what the script asks for the moment it asks: the network tells too late to be sure that nothing was asked.
COUNT_CALLS = """
    self.calls = [];
    const send = self.fetch;
    self.fetch = (url, ...rest) => { self.calls.push(new URL(url).pathname); return send(url, ...rest) };
"""


def wait_for_text(page: "Page | Frame", text: str, selector: str = "#phone") -> None:
    page.wait_for_function(
        "([selector, text]) => document.querySelector(selector)?.textContent === text", arg=[selector, text]
    )


def text_of(page: "Page | Frame", selector: str = "#phone") -> str | None:
    return page.text_content(selector)


def set_visibility(page: "Page", state: str) -> None:
    page.evaluate(
        """state => {
            Object.defineProperty(document, 'visibilityState', { get: () => state, configurable: true });
            Object.defineProperty(document, 'hidden', { get: () => state === 'hidden', configurable: true });
            document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
        }""",
        state,
    )


def calls(page: "Page | Frame") -> Any:
    """Return the paths that the script asked for."""
    return page.evaluate("self.calls")
