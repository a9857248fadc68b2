"""Pages that come back from the back/forward cache, and pages that are rendered before anybody looks at them."""

from typing import TYPE_CHECKING

import pytest

from tests.browser.recorders import SENT, next_frames, sent
from tests.browser.stage import PATIENCE, Stage
from tests.browser.words import CALL_US, HIDDEN, STATIC, SWAPPED, set_visibility, text_of, wait_for_text

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

LINK = '<a id="call" href="tel:+12125550100">call</a>'
# A clock that another page of the tab can put forward: a frozen page has no door by which a test could do so.
SKEW = "(now => { Date.now = () => now() + Number(sessionStorage.skew || 0) })(Date.now)"
FIRST_FRAME = """addEventListener('pageshow', event => {
    if (!event.persisted) return;
    requestAnimationFrame(() => { self.first = [phone.textContent, document.querySelector('a').getAttribute('href')] });
})"""
# As browsers have it, such a page is hidden too. (Under playwright nothing is ever really rendered ahead.)
PRERENDERING = HIDDEN + "Object.defineProperty(document, 'prerendering', { get: () => true, configurable: true })"
ACTIVATE = """
    Object.defineProperty(document, 'prerendering', { get: () => false });
    document.dispatchEvent(new Event('prerenderingchange'));
"""


def test_page_from_the_cache_keeps_its_number_and_takes_its_goodbye_back(page: "Page", stage: Stage) -> None:
    _leave(page, stage)
    stage.api.wait_for("/v1/bye")
    gone = len(stage.api.heard)
    _come_back(page)
    assert page.evaluate("self.first") == [SWAPPED, "tel:+16465550110"]
    while stage.api.requests.get(timeout=PATIENCE) not in {"/v1/lease", "/v1/beat"}:
        pass
    lease = stage.api.bodies("/v1/bye")[0]["lease"]
    assert [body["lease"] for path, body in stage.api.heard[gone:] if path != "/swap.js"] == [lease]
    assert len(stage.shop.rows()) == 1


def test_page_from_the_cache_whose_number_is_over_shows_the_sites_own_in_its_first_frame_and_leases_again(
    page: "Page", stage: Stage
) -> None:
    page.add_init_script(SKEW)
    _leave(page, stage)
    page.evaluate("sessionStorage.skew = 3600_000")
    stage.shop.clock.forward(3600)
    stage.api.open.clear()
    _come_back(page)
    assert page.evaluate("self.first") == [STATIC, "tel:+12125550100"]
    stage.api.open.set()
    wait_for_text(page, SWAPPED)


def test_page_that_is_rendered_ahead_leases_nothing_before_it_is_looked_at(page: "Page", stage: Stage) -> None:
    for script in (SENT, PRERENDERING):
        page.add_init_script(script)
    page.clock.install()
    page.goto(stage.show("/", CALL_US + LINK))
    page.wait_for_function("'leaseline' in self")
    next_frames(page)
    page.clock.run_for(60_000)
    assert (sent(page), stage.shop.rows(), text_of(page)) == ([], [], STATIC)
    page.evaluate(ACTIVATE)
    set_visibility(page, "visible")
    next_frames(page)
    page.clock.run_for(2000)
    wait_for_text(page, SWAPPED)
    assert sent(page).count("/v1/lease") == 1


def test_page_that_is_rendered_ahead_shows_the_number_that_the_visitor_has(page: "Page", stage: Stage) -> None:
    page.goto(stage.show("/", CALL_US))
    wait_for_text(page, SWAPPED)
    for script in (SENT, PRERENDERING):
        page.add_init_script(script)
    page.goto(stage.show("/contact", CALL_US))
    wait_for_text(page, SWAPPED)
    assert sent(page) == []


def _leave(page: "Page", stage: Stage) -> None:
    """Show a page, have its number swapped, and go to the next one."""
    page.goto(stage.show("/", CALL_US + LINK))
    wait_for_text(page, SWAPPED)
    page.evaluate(FIRST_FRAME)
    stage.pages.html["/next"] = "<p id=next>next</p>"
    page.evaluate("location.href = '/next'")
    page.wait_for_selector("#next")


def _come_back(page: "Page") -> None:
    page.evaluate("history.back()")
    page.wait_for_function("self.first")
