"""What a visitor agreed to is what is sent, kept and stored; without it the page works all the same."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gateway.core.numbers import Kind
from tests.browser.recorders import EVENTS, SENT, next_frames, sent, stored, wait_for_event
from tests.browser.stage import Stage, open_stage
from tests.browser.words import CALL_US, STATIC, SWAPPED, calls, text_of, wait_for_text

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

EVERYBODYS = "+16465550177"
SHARED = "Call (646) 555-0177 today"
LINK = '<a id="call" href="tel:+12125550100">call</a>'
GPC = "Object.defineProperty(navigator, 'globalPrivacyControl', { get: () => true })"
NO_STORAGE = """
    for (const name of ['localStorage', 'sessionStorage'])
        Object.defineProperty(self, name, { get() { throw new DOMException('denied', 'SecurityError') } });
    Object.defineProperty(Document.prototype, 'cookie', {
        get() { throw new DOMException('denied', 'SecurityError') },
        set() { throw new DOMException('denied', 'SecurityError') },
    });
"""
FULL = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') }"


@pytest.fixture
def page(page: "Page") -> "Page":
    return _recording(page)


@pytest.fixture
def shared_stage(stage: Stage) -> Stage:
    """Return a stage whose pool has a number for everybody."""
    stage.shop.add_numbers(stage.shop.pool, [EVERYBODYS], Kind.SHARED)
    return stage


@pytest.fixture
def two_hosts(tmp_path: Path) -> Iterator[Stage]:
    with open_stage(tmp_path, hosts=("www.shop.localhost", "book.shop.localhost")) as stage:
        yield stage


def test_nothing_is_sent_or_kept_before_consent(page: "Page", stage: Stage) -> None:
    page.clock.install()
    page.goto(stage.show("/", CALL_US + LINK, tag='data-consent="wait"'))
    page.wait_for_function("'leaseline' in self")
    page.clock.run_for(200_000)
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")
    assert (sent(page), stored(page), text_of(page)) == ([], [], STATIC)


def test_consent_brings_the_number_and_is_told_to_the_server(page: "Page", stage: Stage) -> None:
    page.goto(stage.show("/", CALL_US, tag='data-consent="wait"'))
    page.wait_for_function("'leaseline' in self")
    page.evaluate("leaseline('consent', true)")
    wait_for_text(page, SWAPPED)
    assert stage.api.bodies("/v1/lease")[0]["consent"] == "granted"
    assert stored(page) == [f"leaseline:{stage.shop.site.key}"]


def test_consent_given_before_the_script_came_counts(page: "Page", stage: Stage) -> None:
    stub = """<script>
        self.leaseline = function () { (leaseline.q = leaseline.q || []).push(arguments) };
        leaseline('consent', true);
    </script>"""
    page.goto(stage.show("/", stub + CALL_US, tag='data-consent="wait"'))
    wait_for_text(page, SWAPPED)


def test_denied_consent_restores_the_page_and_deletes_what_was_kept(page: "Page", stage: Stage) -> None:
    page.clock.install()
    page.goto(stage.show("/", CALL_US + LINK))
    wait_for_text(page, SWAPPED)
    page.evaluate("leaseline('consent', false)")
    assert (text_of(page), page.get_attribute("#call", "href"), stored(page)) == (STATIC, "tel:+12125550100", [])
    before = sent(page)
    page.clock.run_for(200_000)
    assert (sent(page)[len(before) :], stored(page), text_of(page)) == ([], [], STATIC)


def test_cookieless_visitor_has_a_number_and_nothing_is_kept_of_where_they_came_from(
    page: "Page", stage: Stage
) -> None:
    page.goto(stage.show("/beds", CALL_US, tag='data-consent="cookieless"'))
    wait_for_text(page, SWAPPED)
    assert stored(page) == []
    row = stage.shop.rows()[0]
    assert row["landing_page_url"] == f"{stage.site_url}/beds"
    assert not row["campaign"]


def test_source_consent_shows_everybodys_number_and_stores_nothing(page: "Page", shared_stage: Stage) -> None:
    page.goto(shared_stage.show("/", CALL_US + LINK, tag='data-consent="source"'))
    wait_for_text(page, SHARED)
    assert page.get_attribute("#call", "href") == f"tel:{EVERYBODYS}"
    assert (stored(page), shared_stage.shop.rows()) == ([], [])
    answered = shared_stage.shop.ask(consent="source").get_json()
    assert (answered["visitor"], answered["lease"]) == ("", "")


def test_source_consent_becomes_a_number_of_ones_own_with_consent(page: "Page", shared_stage: Stage) -> None:
    page.goto(shared_stage.show("/", CALL_US, tag='data-consent="source"'))
    wait_for_text(page, SHARED)
    page.evaluate("leaseline('consent', true)")
    wait_for_text(page, SWAPPED)
    assert len(shared_stage.shop.rows()) == 1


def test_global_privacy_control_is_heard_without_a_setting(
    open_page: Callable[..., "Page"], shared_stage: Stage
) -> None:
    page = _recording(open_page(extra_http_headers={"Sec-GPC": "1"}))
    page.add_init_script(GPC)
    page.goto(shared_stage.show("/", CALL_US))
    wait_for_text(page, SHARED)
    assert (stored(page), shared_stage.shop.rows()) == ([], [])


def test_global_privacy_control_is_heard_by_the_server_alone(
    open_page: Callable[..., "Page"], shared_stage: Stage
) -> None:
    """A browser may send the header and have no such property, as an old cached script may not know it."""
    page = _recording(open_page(extra_http_headers={"Sec-GPC": "1"}))
    page.goto(shared_stage.show("/", CALL_US))
    wait_for_text(page, SHARED)
    assert shared_stage.shop.rows() == []


def test_consent_goes_before_global_privacy_control(open_page: Callable[..., "Page"], shared_stage: Stage) -> None:
    page = _recording(open_page(extra_http_headers={"Sec-GPC": "1"}))
    page.add_init_script(GPC)
    page.goto(shared_stage.show("/", CALL_US))
    wait_for_text(page, SHARED)
    page.evaluate("leaseline('consent', true)")
    wait_for_text(page, SWAPPED)


def test_source_consent_without_a_shared_number_leaves_the_sites_own(page: "Page", stage: Stage) -> None:
    page.goto(stage.show("/", CALL_US, tag='data-consent="source"'))
    wait_for_event(page, "static")
    assert (text_of(page), stored(page), stage.shop.rows()) == (STATIC, [], [])


@pytest.mark.parametrize("trouble", [NO_STORAGE, FULL], ids=["denied", "full"])
def test_page_works_where_nothing_can_be_kept(page: "Page", stage: Stage, trouble: str) -> None:
    page.add_init_script(trouble)
    page.clock.install()
    page.goto(stage.show("/", CALL_US, tag='data-cookie-domain="127.0.0.1"'))
    wait_for_text(page, SWAPPED)
    stage.shop.clock.forward(10)
    page.clock.run_for(11_000)
    stage.api.wait_for("/v1/beat")
    assert calls(page) == ["/v1/lease", "/v1/beat"]


def test_cookie_of_the_domain_keeps_a_visitor_across_its_hosts(page: "Page", two_hosts: Stage) -> None:
    tag = 'data-cookie-domain="shop.localhost"'
    page.goto(two_hosts.show("/", CALL_US, tag))
    wait_for_text(page, SWAPPED)
    cookie = page.context.cookies()[0]
    assert (cookie["domain"], cookie["sameSite"], cookie["secure"]) == (".shop.localhost", "Lax", True)
    page.goto(two_hosts.show("/", CALL_US, tag).replace("www.", "book."))
    wait_for_text(page, SWAPPED)
    assert len(two_hosts.shop.rows()) == 1


def test_control_hosts_without_that_cookie_have_a_visitor_each(page: "Page", two_hosts: Stage) -> None:
    page.goto(two_hosts.show("/", CALL_US))
    wait_for_text(page, SWAPPED)
    page.goto(two_hosts.show("/", CALL_US).replace("www.", "book."))
    wait_for_text(page, "Call (646) 555-0111 today")
    assert page.context.cookies() == []


def test_denied_consent_deletes_the_cookie_of_the_domain(page: "Page", two_hosts: Stage) -> None:
    page.goto(two_hosts.show("/", CALL_US, 'data-cookie-domain="shop.localhost"'))
    wait_for_text(page, SWAPPED)
    page.evaluate("leaseline('consent', false)")
    next_frames(page)
    assert (page.context.cookies(), stored(page)) == ([], [])


def _recording(page: "Page") -> "Page":
    for script in (SENT, EVENTS):
        page.add_init_script(script)
    return page
