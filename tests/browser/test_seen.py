"""A number is leased for somebody who is about to see it, once, and a page that shows none says so."""

from typing import TYPE_CHECKING

import pytest

from tests.browser.recorders import EVENTS, SENT, next_frames, sent
from tests.browser.stage import Stage
from tests.browser.words import CALL_US, HIDDEN, STATIC, SWAPPED, calls, set_visibility, text_of, wait_for_text

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

LEASE, MISS = "/v1/lease", "/v1/miss"
FAR = f'<div style="height: 5000px">long read</div>{CALL_US}'
LINK = '<a id="call" href="tel:+12125550100">call</a>'
BLOG = "<article>Since 1999 we write about 24 kinds of beds, from 1,000 USD.</article>"
ANOTHER = "<p>Fax: 212-555-0199</p>"


@pytest.fixture
def page(page: "Page") -> "Page":
    for script in (SENT, EVENTS):
        page.add_init_script(script)
    return page


def test_number_far_below_is_leased_when_it_is_scrolled_to(page: "Page", stage: Stage) -> None:
    page.clock.install()
    page.goto(stage.show("/", FAR))
    _rest(page)
    assert (sent(page), text_of(page), stage.shop.rows()) == ([], STATIC, [])
    page.evaluate("scrollTo(0, 3600)")  # still below the window, less than a screen away
    _rest(page)
    wait_for_text(page, SWAPPED)
    assert page.evaluate("document.getElementById('phone').getBoundingClientRect().top > innerHeight")
    assert calls(page).count(LEASE) == 1


def test_number_within_a_screen_below_the_window_is_leased(page: "Page", stage: Stage) -> None:
    page.goto(stage.show("/", f'<div style="height: 130vh">intro</div>{CALL_US}'))
    wait_for_text(page, SWAPPED)


@pytest.mark.parametrize("touch", ["pointerdown", "click"])
def test_link_that_is_touched_is_leased_wherever_it_is(page: "Page", stage: Stage, touch: str) -> None:
    page.clock.install()
    page.goto(stage.show("/", f'<div style="height: 5000px">long read</div>{LINK}'))
    _rest(page)
    assert calls(page) == []
    page.evaluate(
        """touch => {
            const link = document.getElementById('call');
            link.addEventListener('click', event => event.preventDefault());
            link.dispatchEvent(new PointerEvent(touch, { bubbles: true, cancelable: true, composed: true }));
        }""",
        touch,
    )
    _rest(page)
    page.wait_for_selector('#call[href="tel:+16465550110"]', state="attached")


def test_number_in_a_closed_menu_is_leased_when_it_opens(page: "Page", stage: Stage) -> None:
    page.clock.install()
    page.goto(stage.show("/", f'<div id="menu" hidden>{CALL_US}</div>'))
    _rest(page)
    assert (sent(page), stage.shop.rows()) == ([], [])
    page.evaluate("document.getElementById('menu').hidden = false")
    next_frames(page)
    page.clock.run_for(2000)
    wait_for_text(page, SWAPPED)


def test_lease_always_does_not_wait_to_be_seen(page: "Page", stage: Stage) -> None:
    page.goto(stage.show("/", FAR, tag='data-lease="always"'))
    wait_for_text(page, SWAPPED)


def test_page_without_a_number_leases_none_and_says_so_once(page: "Page", stage: Stage) -> None:
    page.clock.install()
    page.goto(stage.show("/blog/beds", BLOG))
    _rest(page)
    page.clock.run_for(200_000)
    stage.api.wait_for(MISS)
    assert (sent(page), stage.shop.rows()) == ([MISS], [])
    assert page.evaluate("self.told").count("nomatch") == 1
    miss = stage.api.bodies(MISS)[0]
    assert miss["site"] == stage.shop.site.key
    assert miss["url"].startswith(f"{stage.site_url}/blog/beds")


def test_page_with_only_another_number_leases_none_and_says_so_once(page: "Page", stage: Stage) -> None:
    page.clock.install()
    page.goto(stage.show("/", ANOTHER))
    _rest(page)
    stage.api.wait_for(LEASE)
    page.clock.run_for(200_000)
    stage.api.wait_for(MISS)
    assert (sent(page), stage.shop.rows()) == ([LEASE, MISS], [])
    assert "nomatch" in page.evaluate("self.told")


def test_page_whose_number_nobody_scrolled_to_is_no_miss(page: "Page", stage: Stage) -> None:
    page.clock.install()
    page.goto(stage.show("/", FAR))
    _rest(page)
    page.clock.run_for(200_000)
    assert sent(page) == []


def test_page_that_shows_its_number_is_no_miss(page: "Page", stage: Stage) -> None:
    page.clock.install()
    page.goto(stage.show("/", CALL_US))
    wait_for_text(page, SWAPPED)
    page.clock.run_for(20_000)
    assert MISS not in sent(page)


def test_hidden_page_is_no_miss_before_it_is_seen(page: "Page", stage: Stage) -> None:
    page.clock.install()
    page.add_init_script(HIDDEN)
    page.goto(stage.show("/", BLOG))
    _rest(page)
    page.clock.run_for(60_000)
    assert sent(page) == []
    set_visibility(page, "visible")
    page.clock.run_for(10_000)
    stage.api.wait_for(MISS)


def test_template_change_does_not_matter(page: "Page", stage: Stage) -> None:
    page.goto(stage.show("/old", '<p class="phone" id="phone">Call (212) 555-0100 today</p>'))
    wait_for_text(page, SWAPPED)
    new = "<em>(212)</em> <span>5</span><span>55</span>-<b>01</b><i>00</i>"
    page.goto(stage.show("/new", f'<div class="hotline-v2" id="phone">Call {new} today</div>'))
    wait_for_text(page, SWAPPED)


def test_tabs_of_a_browser_share_one_lease(page: "Page", stage: Stage) -> None:
    address = stage.show("/", CALL_US)
    page.goto(address)
    wait_for_text(page, SWAPPED)
    others = [page.context.new_page() for _ in range(3)]
    for other in others:
        other.goto(address)
        wait_for_text(other, SWAPPED)
    assert len(stage.shop.rows()) == 1


def test_route_of_a_single_page_app_is_swapped_before_its_first_frame(page: "Page", stage: Stage) -> None:
    page.goto(stage.show("/", CALL_US))
    wait_for_text(page, SWAPPED)
    seen = page.evaluate(
        """async html => {
            history.pushState({}, '', '/contact');
            document.body.innerHTML = html;
            await new Promise(requestAnimationFrame);
            return document.getElementById('phone').textContent;
        }""",
        CALL_US,
    )
    assert seen == SWAPPED


def test_text_patched_by_a_framework_is_swapped_before_its_first_frame(page: "Page", stage: Stage) -> None:
    page.goto(stage.show("/", CALL_US))
    wait_for_text(page, SWAPPED)
    seen = page.evaluate(
        """async text => {
            const phone = document.getElementById('phone'), seen = [];
            for (const patch of [
                () => { phone.textContent = text },
                () => { phone.firstChild.nodeValue = text },
                () => { phone.innerText = text },
                () => { phone.replaceChildren(text) },
                () => { phone.firstChild.replaceData(0, 99, text) },
            ]) {
                patch();
                await new Promise(requestAnimationFrame);
                seen.push(phone.textContent);
            }
            return seen;
        }""",
        STATIC,
    )
    assert seen == [SWAPPED] * 5


def test_each_route_is_a_view_of_its_own(page: "Page", stage: Stage) -> None:
    page.clock.install()
    page.goto(stage.show("/", CALL_US))
    wait_for_text(page, SWAPPED)
    _go_to(page, "/blog/1", BLOG)
    page.clock.run_for(4000)
    stage.api.wait_for(MISS)
    _go_to(page, "/contact", CALL_US)
    page.clock.run_for(4000)
    _go_to(page, "/blog/2", BLOG)
    page.clock.run_for(4000)
    stage.api.wait_for(MISS)
    paths = [miss["url"].removeprefix(stage.site_url) for miss in stage.api.bodies(MISS)]
    assert paths == ["/blog/1", "/blog/2"]


def test_first_request_of_a_view_says_so(page: "Page", stage: Stage) -> None:
    page.clock.install()
    page.goto(stage.show("/", CALL_US))
    wait_for_text(page, SWAPPED)
    _go_to(page, "/contact", CALL_US + "<p>or 212-555-0199</p>")
    page.clock.run_for(4000)
    for _ in "12":
        stage.api.wait_for(LEASE)
    views = [body["url"].removeprefix(stage.site_url) for body in stage.api.bodies(LEASE) if body.get("view")]
    assert [path.partition("?")[0] for path in views] == ["/", "/contact"]


def _rest(page: "Page") -> None:
    """Return when the script has looked at all that is in the window, and had the time to ask for it."""
    page.wait_for_function("'leaseline' in self")
    next_frames(page)
    page.clock.run_for(3000)
    next_frames(page)


def _go_to(page: "Page", path: str, html: str) -> None:
    page.evaluate("([path, html]) => { history.pushState({}, '', path); document.body.innerHTML = html }", [path, html])
