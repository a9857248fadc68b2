"""The five failures that dynamic number insertion is known for, each by its name."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gateway.core.calls.attribution import Kind, State
from gateway.core.calls.call import InboundCall
from gateway.core.calls.routing import Hop, Routes, decide
from gateway.core.leasing.leases import Policy
from tests.browser.recorders import DIALLED, SENT, sent
from tests.browser.stage import Stage, open_stage
from tests.browser.words import CALL_US, LEASED, OWN, STATIC, SWAPPED, set_visibility, text_of, wait_for_text
from tests.web.shop import LEASED as POOL

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

LINK = f'<a id="call" href="tel:+12125550100">Call {OWN}</a>'
PHONE: dict[str, Any] = {
    "user_agent": "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 "
    "Mobile Safari/537.36",
    "viewport": {"width": 412, "height": 839},
    "device_scale_factor": 2.6,
    "is_mobile": True,
    "has_touch": True,
}
ROUTES = Routes({"sales": (Hop(("PJSIP/100",), 20),)}, default="main", country="US", trunk_countries={})


def test_pool_exhaustion_shows_everybodys_number_and_takes_nobodys_lease(page: "Page", stage: Stage) -> None:
    stage.shop.add_numbers(stage.shop.pool, ["+16465550177"], Kind.SHARED)
    stage.shop.lease()
    stage.shop.pause([POOL[1]])
    held = stage.shop.rows()
    page.goto(stage.show("/", CALL_US + LINK))
    wait_for_text(page, "Call (646) 555-0177 today")
    assert page.get_attribute("#call", "href") == "tel:+16465550177"
    assert stage.shop.rows() == held


def test_pool_exhaustion_ends_when_a_number_is_free_again(page: "Page", tmp_path: Path) -> None:
    with open_stage(tmp_path, Policy(cooldown=timedelta())) as stage:
        stage.shop.pause([POOL[1]])
        stage.shop.lease()
        with page.expect_response("**/v1/lease") as answer:
            page.goto(stage.show("/", CALL_US))
        assert (answer.value.json()["numbers"], text_of(page)) == ([], STATIC)
        stage.shop.clock.forward(31)  # nobody's page said that it is still there
        page.goto(stage.show("/contact", CALL_US))
        wait_for_text(page, SWAPPED)


def test_click_to_call_on_mobile_dials_the_number_shown_and_keeps_it_through_the_call(
    open_page: Callable[..., "Page"], stage: Stage
) -> None:
    page = open_page(**PHONE)
    for script in (SENT, DIALLED):
        page.add_init_script(script)
    page.goto(stage.show("/", LINK))
    wait_for_text(page, f"Call {LEASED}", "#call")
    page.tap("#call")
    stage.api.wait_for("/v1/tel")
    assert page.evaluate("self.dialled") == [["tel:+16465550110", False]]
    set_visibility(page, "hidden")  # the dialer comes to the front
    assert "/v1/bye" not in sent(page)
    stage.shop.clock.forward(29 * 60)
    call = InboundCall("call-1", dialled=POOL[0], caller="+12125559999", at=stage.shop.clock(), trunk="")
    routed = decide(stage.shop.store.calls, ROUTES, call).call
    assert (routed.attribution.state, routed.attribution.contested) == (State.ACTIVE, False)


def test_click_to_call_on_mobile_works_before_there_is_a_number(open_page: Callable[..., "Page"], stage: Stage) -> None:
    page = open_page(**PHONE)
    page.add_init_script(DIALLED)
    stage.api.open.clear()
    page.goto(stage.show("/", LINK))
    page.wait_for_function("'leaseline' in self")
    page.tap("#call")
    stage.api.wait_for("/v1/tel")
    assert page.evaluate("self.dialled") == [["tel:+12125550100", False]]
    stage.api.open.set()


def test_selector_mismatch_after_a_template_change_does_not_stop_the_swap(page: "Page", stage: Stage) -> None:
    page.goto(stage.show("/", f'<span id="phone" class="header-phone">{STATIC}</span>'))
    wait_for_text(page, SWAPPED)
    new = "<div>Call <span>(212)</span> <span>5</span><span>55</span><span>-01</span><span>00</span> today</div>"
    page.goto(stage.show("/redesigned", f'<div id="phone" class="hotline_v2">{new}</div>'))
    wait_for_text(page, SWAPPED)


def test_template_that_lost_the_number_is_reported(page: "Page", stage: Stage) -> None:
    page.goto(stage.show("/contact", '<img src="data:," alt="our phone number, as a picture">'))
    stage.api.wait_for("/v1/miss")
    assert stage.api.bodies("/v1/miss")[0]["url"].startswith(f"{stage.site_url}/contact")
    assert stage.shop.rows() == []


def test_iframe_isolation_ends_with_one_number_in_page_and_frame(page: "Page", stage: Stage) -> None:
    stage.show("/widget", LINK)
    page.goto(stage.show("/", CALL_US + '<iframe src="/widget"></iframe>'))
    wait_for_text(page, SWAPPED)
    wait_for_text(page.frames[1], f"Call {LEASED}", "#call")
    assert page.frames[1].get_attribute("#call", "href") == "tel:+16465550110"
    assert len(stage.shop.rows()) == 1


def test_stale_cache_after_a_pool_change_is_told_to_lease_again_and_the_old_number_rings_on(
    page: "Page", stage: Stage
) -> None:
    page.goto(stage.show("/", CALL_US))
    wait_for_text(page, SWAPPED)
    old = page.evaluate("key => JSON.parse(localStorage[key]).lease", f"leaseline:{stage.shop.site.key}")
    stage.shop.pause([POOL[0]])
    assert stage.shop.beat(old).status_code == 410
    page.goto(stage.show("/contact", CALL_US))
    wait_for_text(page, "Call (646) 555-0111 today")
    # Whoever noted the old one down still reaches the business, and is known.
    call = InboundCall("call-1", dialled=POOL[0], caller="+12125559999", at=stage.shop.clock(), trunk="")
    decision = decide(stage.shop.store.calls, ROUTES, call)
    assert (decision.plan.destination, decision.plan.hops) == ("sales", ROUTES.destinations["sales"])
    assert decision.call.attribution.candidates
