"""A tap on a tel: link dials what the page shows, at once and whatever the site does, and is reported."""

from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.recorders import DIALLED, SENT, sent
from tests.browser.stage import Stage
from tests.browser.words import CALL_US, OWN, STATIC, SWAPPED, set_visibility, text_of, wait_for_text

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

LINK = '<a id="call" href="tel:+12125550100">call <b>us</b></a>'
OURS, ITS_OWN = "tel:+16465550110", "tel:+12125550100"
ODD_LINKS = {
    "tel:2125550100": "tel:+16465550110",
    "tel:1-212-555-0100": "tel:+16465550110",
    "tel:+(212) 555-0100": "tel:+16465550110",
    "tel:+(1) 212.555.0100": "tel:+16465550110",
    "tel:(212)%20555-0100": "tel:+16465550110",
    "tel:%2B12125550100": "tel:+16465550110",
    "tel://212-555-0100": "tel:+16465550110",
    "tel: +1 212 555 0100": "tel:+16465550110",
    "TEL:212-555-0100;ext=9": "tel:+16465550110;ext=9",
    "tel:+12125550100;phone-context=+1": "tel:+16465550110;phone-context=+1",
    "tel:+12125550100,,5": "tel:+16465550110,,5",
    "tel:0012125550100": "tel:+16465550110",
    "tel:+12125550199": "tel:+12125550199",
    "tel:911": "tel:911",
    "tel:": "tel:",
    "tel:%": "tel:%",
}


@pytest.fixture
def page(page: "Page") -> "Page":
    page.add_init_script(SENT)
    page.add_init_script(DIALLED)
    return page


def test_tap_before_the_lease_dials_the_sites_own_number_and_is_reported(page: "Page", stage: Stage) -> None:
    stage.api.open.clear()
    page.goto(stage.show("/", CALL_US + LINK))
    page.wait_for_function("self.sent?.includes('/v1/lease')")
    page.click("#call")
    assert _dialled(page) == [ITS_OWN]
    first = _reported(stage)
    assert (first["href"], first["lease"], first["site"]) == (ITS_OWN, "", stage.shop.site.key)
    stage.api.open.set()
    wait_for_text(page, SWAPPED)
    page.click("#call")
    assert _dialled(page) == [ITS_OWN, OURS]
    second = _reported(stage)
    assert second["href"] == OURS
    assert second["lease"]
    assert second["url"].startswith(f"{stage.site_url}/?utm_source=google")


def test_link_written_anew_by_the_site_dials_what_the_page_shows(page: "Page", stage: Stage) -> None:
    page.goto(stage.show("/", CALL_US + LINK))
    wait_for_text(page, SWAPPED)
    page.evaluate(
        "(link => { link.setAttribute('href', 'tel:2125550100'); link.click() })(document.getElementById('call'))"
    )
    assert _dialled(page) == [OURS]


def test_link_made_and_tapped_in_one_go_dials_what_the_page_shows(page: "Page", stage: Stage) -> None:
    page.goto(stage.show("/", CALL_US))
    wait_for_text(page, SWAPPED)
    page.evaluate("""() => {
        const link = document.body.appendChild(document.createElement('a'));
        link.href = 'tel:+12125550100';
        link.click();
    }""")
    assert _dialled(page) == [OURS]


def test_odd_links_dial_the_right_number_in_full(page: "Page", stage: Stage) -> None:
    page.goto(stage.show("/", CALL_US + "".join(f'<a href="{href}">call</a>' for href in ODD_LINKS)))
    wait_for_text(page, SWAPPED)
    page.evaluate("document.querySelectorAll('a').forEach(link => link.click())")
    dialled = dict(zip(ODD_LINKS, _dialled(page), strict=True))
    assert dialled == ODD_LINKS


@pytest.mark.parametrize("how", ["mouse", "keyboard", "script", "child"])
def test_tap_of_any_kind_is_reported_once(page: "Page", stage: Stage, how: str) -> None:
    page.goto(stage.show("/", CALL_US + LINK))
    wait_for_text(page, SWAPPED)
    taps: dict[str, Any] = {
        "mouse": lambda: page.click("#call"),
        "keyboard": lambda: page.press("#call", "Enter"),
        "script": lambda: page.evaluate("document.getElementById('call').click()"),
        "child": lambda: page.click("#call b"),
    }
    taps[how]()
    assert _reported(stage)["href"] == OURS
    assert (_dialled(page), sent(page).count("/v1/tel")) == ([OURS], 1)


def test_tap_that_the_site_hides_from_others_is_reported(page: "Page", stage: Stage) -> None:
    stop = (
        "<script>document.getElementById('call').addEventListener('click', event => event.stopPropagation())</script>"
    )
    page.goto(stage.show("/", CALL_US + LINK + stop))
    wait_for_text(page, SWAPPED)
    page.click("#call", no_wait_after=True)
    assert _reported(stage)["href"] == OURS


def test_tap_on_another_number_is_reported_and_dials_it(page: "Page", stage: Stage) -> None:
    page.goto(stage.show("/", CALL_US + '<a id="other" href="tel:+12125550199">fax</a>'))
    wait_for_text(page, SWAPPED)
    page.click("#other")
    assert _dialled(page) == ["tel:+12125550199"]
    assert _reported(stage)["href"] == "tel:+12125550199"


def test_other_links_are_nobodys_business(page: "Page", stage: Stage) -> None:
    page.goto(stage.show("/", f'{CALL_US}<a id="mail" href="mailto:a@shop.example">mail</a>{LINK}'))
    wait_for_text(page, SWAPPED)
    page.click("#mail")
    page.click("#call")
    assert _reported(stage)["href"] == OURS  # and not the link before it
    assert sent(page).count("/v1/tel") == 1


def test_tap_goes_through_when_the_api_is_down(page: "Page", stage: Stage) -> None:
    page.goto(stage.show("/", CALL_US + LINK))
    wait_for_text(page, SWAPPED)
    page.context.set_offline(True)
    page.click("#call")
    assert _dialled(page) == [OURS]


def test_site_that_writes_its_page_in_a_click_is_not_disturbed(page: "Page", stage: Stage) -> None:
    fold = """<script>document.getElementById('call').addEventListener('click', () => document.body.replaceChildren())
    </script>"""
    page.goto(stage.show("/", CALL_US + LINK + fold))
    wait_for_text(page, SWAPPED)
    page.click("#call")
    assert _reported(stage)["href"] == OURS


def test_dialer_that_hides_the_page_neither_ends_the_lease_nor_the_number(page: "Page", stage: Stage) -> None:
    page.clock.install()
    page.goto(stage.show("/", CALL_US + LINK))
    wait_for_text(page, SWAPPED)
    stage.shop.clock.forward(10)
    page.clock.run_for(11_000)
    stage.api.wait_for("/v1/beat")
    page.click("#call")
    stage.api.wait_for("/v1/tel")
    set_visibility(page, "hidden")
    before = sent(page)
    for _ in range(10):
        page.clock.run_for(60_000)
        stage.shop.clock.forward(60)
        assert (text_of(page), page.get_attribute("#call", "href")) == (SWAPPED, OURS)
    assert sent(page) == before  # no goodbye
    assert stage.shop.rows()[0]["expires_at"] >= "2026-11-02T09:30:10"  # held since the tap, at 09:00:10


def test_control_lease_without_a_tap_is_not_hot(page: "Page", stage: Stage) -> None:
    page.clock.install()
    page.goto(stage.show("/", CALL_US + LINK))
    wait_for_text(page, SWAPPED)
    stage.shop.clock.forward(10)
    page.clock.run_for(11_000)
    stage.api.wait_for("/v1/beat")
    assert stage.shop.rows()[0]["expires_at"] == "2026-11-02T09:20:10.000+00:00"


def test_tap_in_a_frame_of_the_site_is_reported_with_the_number_shown_there(page: "Page", stage: Stage) -> None:
    stage.show("/framed", f'<p id="phone">Call {OWN} today</p>{LINK}')
    page.goto(stage.show("/", CALL_US + '<iframe src="/framed"></iframe>'))
    frame = page.frames[1]
    frame.wait_for_selector(f'#call[href="{OURS}"]')
    frame.click("#call")
    assert _reported(stage)["href"] == OURS
    assert frame.evaluate("self.dialled") == [[OURS, False]]


def test_tap_without_a_word_to_the_server_where_consent_is_awaited(page: "Page", stage: Stage) -> None:
    page.goto(stage.show("/", CALL_US + LINK, tag='data-consent="wait"'))
    page.wait_for_function("'leaseline' in self")
    page.click("#call")
    assert (_dialled(page), text_of(page), sent(page)) == ([ITS_OWN], STATIC, [])


def _dialled(page: "Page") -> list[str]:
    """Return what was dialled so far; nothing of ours may ever have stood in the way."""
    dialled: list[tuple[str, bool]] = page.evaluate("self.dialled")
    assert [href for href, prevented in dialled if prevented] == []
    return [href for href, _ in dialled]


def _reported(stage: Stage) -> Any:
    """Return the body of the tap that is reported next."""
    stage.api.wait_for("/v1/tel")
    return stage.api.bodies("/v1/tel")[-1]
