"""A number on the page lives as long as its lease: first view, beats, other tabs, leaving, coming back."""

import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.wrappers import Response

from gateway.core.leasing.leases import Policy
from gateway.core.numbers import rewrite
from tests.browser.stage import Stage, answering, open_stage
from tests.browser.words import CALL_US, OWN, STATIC, SWAPPED, calls, set_visibility, text_of, wait_for_text
from tests.live.ports import free_tcp_port
from tests.web.shop import LEASED as LEASED_NUMBERS
from tests.web.shop import numbers_in

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def test_number_that_comes_late_is_leased_then(page: "Page", stage: Stage) -> None:
    page.goto(stage.show("/", "<main></main>"))
    page.wait_for_function("!!window.leaseline")
    page.evaluate("html => { document.querySelector('main').innerHTML = html }", CALL_US)
    wait_for_text(page, SWAPPED)


def test_page_without_a_number_leases_none(page: "Page", stage: Stage) -> None:
    page.clock.install()
    page.goto(stage.show("/", "<p>Since 1999, open 24 hours, from 1,000 USD</p>"))
    page.wait_for_function("!!window.leaseline")
    page.clock.run_for(200_000)
    assert calls(page) == ["/v1/miss"]  # once
    assert stage.shop.rows() == []


def test_repeat_view_swaps_from_the_cache(page: "Page", stage: Stage) -> None:
    page.goto(stage.show("/", CALL_US))
    wait_for_text(page, SWAPPED)
    page.goto(stage.show("/contact", CALL_US, tag=f'data-api="http://127.0.0.1:{free_tcp_port()}"'))
    wait_for_text(page, SWAPPED)


def test_next_page_of_the_visit_keeps_the_number(page: "Page", stage: Stage) -> None:
    page.goto(stage.show("/", CALL_US))
    wait_for_text(page, SWAPPED)
    with page.expect_response("**/v1/beat") as answer:
        page.goto(stage.show("/contact", CALL_US))
    assert answer.value.ok
    assert text_of(page) == SWAPPED
    assert len(stage.shop.rows()) == 1


def test_leaving_the_page_says_goodbye(page: "Page", stage: Stage) -> None:
    page.goto(stage.show("/", CALL_US))
    wait_for_text(page, SWAPPED)
    stage.shop.clock.forward(10)
    page.evaluate("location.href = 'about:blank'")
    stage.api.wait_for("/v1/bye")
    kept = stage.shop.rows()[0]
    assert kept["expires_at"] == "2026-11-02T09:00:30.000+00:00"


def test_visible_page_beats_and_a_hidden_one_does_not(page: "Page", stage: Stage) -> None:
    page.clock.install()
    page.goto(stage.show("/", CALL_US))
    wait_for_text(page, SWAPPED)
    stage.shop.clock.forward(10)
    page.clock.run_for(10_100)
    stage.api.wait_for("/v1/beat")
    assert stage.shop.rows()[0]["last_seen_at"] == "2026-11-02T09:00:10.000+00:00"
    before = calls(page)
    set_visibility(page, "hidden")
    page.clock.run_for(300_000)
    assert calls(page) == before  # neither a beat nor a goodbye: the dialer hides the page of the caller
    set_visibility(page, "visible")
    stage.api.wait_for("/v1/beat")


def test_hidden_page_leases_when_it_is_seen(page: "Page", stage: Stage) -> None:
    page.clock.install()
    page.add_init_script(
        "for (const [name, value] of [['visibilityState', 'hidden'], ['hidden', true]])"
        "Object.defineProperty(document, name, {get: () => value, configurable: true})"
    )
    page.goto(stage.show("/", CALL_US))
    page.wait_for_function("!!window.leaseline")
    page.clock.run_for(60_000)
    assert calls(page) == []
    set_visibility(page, "visible")
    page.clock.run_for(1000)
    wait_for_text(page, SWAPPED)


def test_ended_lease_is_leased_again_and_the_old_number_is_gone(page: "Page", tmp_path: Path) -> None:
    with open_stage(tmp_path, Policy(provisional=timedelta(hours=1), cooldown=timedelta())) as stage:
        page.clock.install()
        page.goto(stage.show("/", f'{CALL_US}<a href="tel:+12125550100">{OWN}</a>'))
        wait_for_text(page, SWAPPED)
        stage.shop.clock.forward(3601)
        taken = {number for _ in range(2) for number in numbers_in(stage.shop.lease())}
        assert taken == set(LEASED_NUMBERS)
        stage.shop.clock.forward(3601)
        stage.shop.lease()  # takes the one that was free first, which the page still shows
        page.clock.run_for(10_100)
        wait_for_text(page, "Call (646) 555-0111 today")
        page.wait_for_selector('a[href="tel:+16465550111"]')
        assert "0110" not in page.content()


def test_number_that_is_no_longer_ours_goes_away(page: "Page", stage: Stage) -> None:
    page.clock.install()
    page.goto(stage.show("/", f'{CALL_US}<a href="tel:+12125550100">call</a>'))
    wait_for_text(page, SWAPPED)
    page.context.set_offline(True)
    page.clock.run_for(31_000)
    assert text_of(page) == STATIC
    assert page.get_attribute("a", "href") == "tel:+12125550100"
    page.context.set_offline(False)
    set_visibility(page, "visible")
    page.clock.run_for(1000)
    wait_for_text(page, SWAPPED)


def test_number_that_comes_and_goes_many_times_is_the_same_everywhere(page: "Page", stage: Stage) -> None:
    def lease(number: str) -> Response:
        numbers = [{"target": "+12125550100", "number": f"+1{number}", "display": ""}]
        times = {"held_for": 60, "held_after_bye": 30, "next_beat": 300}
        texts = {own: rewrite(own, "+12125550100", f"+1{number}") for own in (OWN, "tel:+12125550100")}
        return answering(
            200, json.dumps({"visitor": "v", "lease": number, "numbers": numbers, "texts": texts, **times})
        )

    def shown() -> Any:
        return page.evaluate(
            """() => {
                const call = document.getElementById('call');
                const texts = [call.textContent, call.ariaLabel, call.title, call.getAttribute('href').slice(6)];
                return texts.map(text => text.replace(/\\D/g, ''));
            }"""
        )

    page.clock.install()
    link = f'<a id="call" href="tel:+12125550100" aria-label="Call {OWN}" title="{OWN}">{OWN}</a>'
    stage.api.answer = lease("6465550110")
    page.goto(stage.show("/", link))
    for turn in range(25):
        wait_for_text(page, f"(646) 555-{110 + turn:04}", "#call")
        assert shown() == [f"646555{110 + turn:04}"] * 4
        stage.api.answer = answering(503, "{}")
        page.clock.run_for(61_000)
        page.wait_for_selector("html[data-leaseline=error]")
        assert shown() == ["2125550100"] * 4
        stage.api.answer = lease(f"646555{111 + turn:04}")
        set_visibility(page, "visible")
        page.clock.run_for(1000)


def test_page_that_comes_back_too_late_shows_its_own_number_at_once(page: "Page", stage: Stage) -> None:
    page.clock.install()
    page.goto(stage.show("/", CALL_US))
    wait_for_text(page, SWAPPED)
    set_visibility(page, "hidden")
    page.context.set_offline(True)
    page.clock.set_system_time(page.evaluate("Date.now() / 1000 + 3600"))  # it slept: time passed and no timer ran
    set_visibility(page, "visible")
    assert text_of(page) == STATIC


def test_page_from_the_back_forward_cache_keeps_its_number_and_beats(page: "Page", stage: Stage) -> None:
    page.goto(stage.show("/", CALL_US))
    wait_for_text(page, SWAPPED)
    page.evaluate("addEventListener('pageshow', event => { window.restored = event.persisted })")
    with page.expect_response("**/v1/beat"):
        stage.show("/next", "<p id=next>next</p>")
        page.evaluate("location.href = '/next'")
        page.wait_for_selector("#next")
        page.evaluate("history.back()")
    page.wait_for_function("window.restored === true")
    assert text_of(page) == SWAPPED


def test_other_tab_keeps_the_lease_that_a_closed_tab_gave_up(page: "Page", stage: Stage) -> None:
    address = stage.show("/", CALL_US)
    page.clock.install()
    page.goto(address)
    wait_for_text(page, SWAPPED)
    other = page.context.new_page()
    other.goto(address)
    wait_for_text(other, SWAPPED)
    stage.api.wait_for("/v1/beat")
    stage.shop.clock.forward(10)
    other.evaluate("location.href = 'about:blank'")
    stage.api.wait_for("/v1/bye")
    assert stage.shop.rows()[0]["expires_at"] == "2026-11-02T09:01:15.000+00:00"  # time for the other's heartbeat
    stage.shop.clock.forward(50)
    page.clock.run_for(67_000)
    stage.api.wait_for("/v1/beat")
    assert stage.shop.rows()[0]["expires_at"] == "2026-11-02T09:21:00.000+00:00"


def test_swap_does_not_ask_about_its_own_number(page: "Page", stage: Stage) -> None:
    page.clock.install()
    page.goto(stage.show("/", CALL_US + '<a href="tel:2125550100">call</a>'))
    wait_for_text(page, SWAPPED)
    page.evaluate("document.body.append(document.getElementById('phone'))")
    page.clock.run_for(1000)
    assert calls(page) == ["/v1/lease"]
