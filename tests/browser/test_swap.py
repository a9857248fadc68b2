"""What the swap script writes on a page, in a real browser, against the real app on another origin."""

from typing import TYPE_CHECKING

import pytest

from gateway.core.numbers import Kind
from tests.browser.stage import Stage
from tests.browser.words import CALL_US, LEASED, OWN, STATIC, SWAPPED, text_of, wait_for_text

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

FORMATS = {
    "(212) 555-0100": "(646) 555-0110",
    "212-555-0100": "646-555-0110",
    "212.555.0100": "646.555.0110",
    "212 555 0100": "646 555 0110",
    "212\u00a0555\u20110100": "646\u00a0555\u20110110",
    "2125550100": "6465550110",
    "+1 212 555 0100": "+1 646 555 0110",
    "+1 (212) 555-0100": "+1 (646) 555-0110",
    "1-212-555-0100": "1-646-555-0110",
    "001 212 555 0100": "001 646 555 0110",
    "since 1999 212-555-0100, free": "since 1999 646-555-0110, free",
    "212-555-0100 / 212-555-0199": "646-555-0110 / 212-555-0199",
}
FOREIGN = ("12125550100345", "+44 2125550100", "555-0100", "212-555-01000", "212-555-0101", "2 125 550 10")
LINKS = {
    "tel:2125550100": "tel:+16465550110",
    "tel:+12125550100": "tel:+16465550110",
    "tel:+(212) 555-0100": "tel:+16465550110",
    "tel:(212)%20555-0100": "tel:+16465550110",
    "TEL:212-555-0100;ext=9": "tel:+16465550110;ext=9",
    "tel:+12125550100,,5": "tel:+16465550110,,5",
    "tel:+12125550199": "tel:+12125550199",
    "tel:%": "tel:%",
    "sms:+12125550100": "sms:+12125550100",
    "https://shop.example/2125550100": "https://shop.example/2125550100",
}
UNTOUCHED = f"""
    <script type="application/ld+json" class="keep">{{"telephone": "{OWN}"}}</script>
    <textarea class="keep">{OWN}</textarea> <code class="keep">{OWN}</code> <pre class="keep">{OWN}</pre>
    <noscript class="keep">{OWN}</noscript> <template class="keep">{OWN}</template>
    <style class="keep">/*{OWN}*/</style>
    <select class="keep"><option>{OWN}</option></select> <div contenteditable class="keep">{OWN}</div>
    <p data-leaseline-skip class="keep"><b>{OWN}</b></p> <p data-calltrk-noswap class="keep">{OWN}</p>
    <input value="{OWN}" class="keep">"""


def test_visitor_from_an_ad_sees_and_dials_a_number_of_their_own(page: "Page", stage: Stage) -> None:
    link = f'<a id="call" href="tel:+12125550100" aria-label="Call {OWN}" title="{OWN}">call</a>'
    page.goto(stage.show("/beds", CALL_US + link))
    wait_for_text(page, SWAPPED)
    assert page.get_attribute("#call", "href") == "tel:+16465550110"
    assert page.get_attribute("#call", "aria-label") == f"Call {LEASED}"
    assert page.get_attribute("#call", "title") == LEASED
    rows = stage.shop.rows()
    assert [(row["number"], row["campaign"]) for row in rows] == [("+16465550110", "winter sale")]
    assert rows[0]["landing_page_url"].startswith(f"{stage.site_url}/beds?utm_source=google")


def test_page_keeps_its_own_formatting(page: "Page", stage: Stage) -> None:
    texts = [*FORMATS, *FOREIGN]
    page.goto(stage.show("/", CALL_US + "".join(f"<p class=number>{text}</p>" for text in texts)))
    wait_for_text(page, SWAPPED)
    assert page.locator(".number").all_text_contents() == [*FORMATS.values(), *FOREIGN]


def test_number_beside_other_digits_is_found(page: "Page", stage: Stage) -> None:
    page.goto(stage.show("/", '<p id="phone">Since 1999 212-555-0100 / 212-555-0199</p>'))
    wait_for_text(page, "Since 1999 646-555-0110 / 212-555-0199")


def test_links_dial_what_the_page_shows(page: "Page", stage: Stage) -> None:
    page.goto(stage.show("/", CALL_US + "".join(f'<a href="{href}">call</a>' for href in LINKS)))
    wait_for_text(page, SWAPPED)
    links = page.locator("a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert links == list(LINKS.values())


def test_link_alone_is_reason_enough_for_a_lease(page: "Page", stage: Stage) -> None:
    page.goto(stage.show("/", '<a href="tel:+12125550100">call us</a>'))
    page.wait_for_selector('a[href="tel:+16465550110"]')


def test_what_is_not_for_readers_stays_as_it_is(page: "Page", stage: Stage) -> None:
    page.goto(stage.show("/", UNTOUCHED + CALL_US))
    before = "nodes => nodes.map(node => node.outerHTML)"
    kept = page.locator(".keep").evaluate_all(before)
    wait_for_text(page, SWAPPED)
    assert page.locator(".keep").evaluate_all(before) == kept
    assert len(kept) == 12
    assert "646" not in "".join(kept)
    assert page.input_value("textarea") == OWN


def test_title_of_the_page_stays_and_that_of_a_picture_is_swapped(page: "Page", stage: Stage) -> None:
    picture = f'<svg><title id="picture">{OWN}</title></svg>'
    page.goto(stage.show("/", CALL_US + picture, head=f"<title>Call {OWN}</title>"))
    wait_for_text(page, SWAPPED)
    assert (page.title(), text_of(page, "#picture")) == (f"Call {OWN}", LEASED)


def test_no_node_is_made_moved_or_removed(page: "Page", stage: Stage) -> None:
    watch = """<script>
        new MutationObserver(records => { window.moved = (window.moved || 0) + records.length })
            .observe(document.getElementById('phone'), { childList: true, subtree: true })
    </script>"""
    page.goto(stage.show("/", CALL_US + watch))
    wait_for_text(page, SWAPPED)
    assert page.evaluate("window.moved") is None


def test_late_content_is_swapped(page: "Page", stage: Stage) -> None:
    page.goto(stage.show("/", CALL_US))
    wait_for_text(page, SWAPPED)
    page.evaluate(
        """document.body.insertAdjacentHTML('beforeend',
            '<footer><b id="late">212.555.0100</b><a id="tap" href="tel:2125550100">call</a></footer>')"""
    )
    wait_for_text(page, "646.555.0110", "#late")
    assert page.get_attribute("#tap", "href") == "tel:+16465550110"


def test_number_written_back_by_the_page_is_swapped_before_the_next_frame(page: "Page", stage: Stage) -> None:
    page.goto(stage.show("/", CALL_US))
    wait_for_text(page, SWAPPED)
    seen = page.evaluate(
        """async text => {
            const node = document.getElementById('phone').firstChild;
            node.data = text;
            await new Promise(requestAnimationFrame);
            return node.data;
        }""",
        STATIC,
    )
    assert seen == SWAPPED


def test_two_targets_get_a_number_each(page: "Page", stage: Stage) -> None:
    stage.shop.add_pool("london", "+442079460000", ["+442079460123"])
    page.goto(stage.show("/", CALL_US + '<p id="uk">+44 (0)20 7946 0000</p><p id="local">020 7946 0000</p>'))
    wait_for_text(page, SWAPPED)
    assert text_of(page, "#uk") == "+44 (0)20 7946 0123"
    assert text_of(page, "#local") == "020 7946 0123"


def test_number_of_another_shape_comes_and_goes_whole(page: "Page", stage: Stage) -> None:
    abroad = stage.shop.add_pool("london", "+442079460000", [])
    stage.shop.add_numbers(abroad, ["+16465550199"], Kind.POOL)
    page.clock.install()
    page.goto(stage.show("/", '<p id="phone">London: (020) 7946 0000.</p>'))
    wait_for_text(page, "London: +1 646-555-0199.")
    page.context.set_offline(True)
    page.clock.run_for(31_000)
    assert text_of(page) == "London: (020) 7946 0000."
