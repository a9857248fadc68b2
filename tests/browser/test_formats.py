"""A number is found however the page writes it, keeps its look, and nothing else is touched."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gateway.core.calls.attribution import Kind
from gateway.core.leasing.leases import Policy
from gateway.core.numbers import Format
from gateway.store import NewNumber, new_pool
from tests.browser.stage import Stage
from tests.browser.words import CALL_US, LEASED, OWN, SWAPPED, text_of, wait_for_text
from tests.web.shop import LEASED as POOL

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

# HTML as sites have it, and what is read afterwards.
FORMATS = {
    # what people write
    "(212) 555-0100": "(646) 555-0110",
    "(212)555-0100": "(646)555-0110",
    "(212) 555 0100": "(646) 555 0110",
    "(212) 555.0100": "(646) 555.0110",
    "(212)-555-0100": "(646)-555-0110",
    "212-555-0100": "646-555-0110",
    "212.555.0100": "646.555.0110",
    "212 555 0100": "646 555 0110",
    "212/555-0100": "646/555-0110",
    "212·555·0100": "646·555·0110",
    "212_555_0100": "646_555_0110",
    "212 - 555 - 0100": "646 - 555 - 0110",
    "212-5550100": "646-5550110",
    "212 5550100": "646 5550110",
    "2125550100": "6465550110",
    "Tel.:212-555-0100.": "Tel.:646-555-0110.",
    "since 1999 212-555-0100, free": "since 1999 646-555-0110, free",
    "212-555-0100 / 212-555-0199": "646-555-0110 / 212-555-0199",
    "212-555-0100 or (212) 555-0100": "646-555-0110 or (646) 555-0110",
    # the country, in its forms
    "+1 212 555 0100": "+1 646 555 0110",
    "+1 (212) 555-0100": "+1 (646) 555-0110",
    "+1-212-555-0100": "+1-646-555-0110",
    "+1.212.555.0100": "+1.646.555.0110",
    "+12125550100": "+16465550110",
    "1-212-555-0100": "1-646-555-0110",
    "1 (212) 555-0100": "1 (646) 555-0110",
    "1.212.555.0100": "1.646.555.0110",
    "12125550100": "16465550110",
    "001 212 555 0100": "001 646 555 0110",
    "0012125550100": "0016465550110",
    "011 1 212 555 0100": "011 1 646 555 0110",
    # what editors and translators put in
    "212\u00a0555\u20110100": "646\u00a0555\u20110110",
    "(212)&nbsp;555&#8209;0100": "(646)\u00a0555\u20110110",
    "212\u2009555\u20090100": "646\u2009555\u20090110",
    "212\u202f555\u202f0100": "646\u202f555\u202f0110",
    "212\u2013555\u20130100": "646\u2013555\u20130110",
    "212\u2212555\u22120100": "646\u2212555\u22120110",
    "212&shy;555&shy;0100": "646\u00ad555\u00ad0110",
    "212\u200b555\u200b0100": "646\u200b555\u200b0110",
    "212\u2060-\u2060555\u2060-\u20600100": "646\u2060-\u2060555\u2060-\u20600110",
    "212\n  555\n  0100": "646\n  555\n  0110",
    # split over elements
    "<span>(212)</span> <b>555</b>-<i>01</i>00": "(646) 555-0110",
    "<span>212</span><span>555</span><span>0100</span>": "6465550110",
    "+1 <b>212</b> <i>555&shy;0100</i>": "+1 646 555\u00ad0110",
    "(212<!-- -->) 555-<!-- -->0100": "(646) 555-0110",
    '<a href="tel:+12125550100">(212) <strong>555-0100</strong></a>': "(646) 555-0110",
    "".join(f"<span>{digit}</span>" for digit in "2125550100"): "6465550110",
}
NOT_OURS = (
    "12125550100345",
    "212-555-01000",
    "7212-555-0100",
    "+44 2125550100",
    "+44 (0)212 555 0100",
    "555-0100",
    "212-555-0101",
    "2 125 550 10",
    "212-555<br>0100",
    "<div>212-555</div><div>0100</div>",
    "<ul><li>212</li><li>555</li><li>0100</li></ul>",
    "<table><tr><td>212</td><td>555</td><td>0100</td></tr></table>",
    "212 and then 555-0100",
)
UNTOUCHED = f"""
    <script type="application/ld+json">{{"@type": "LocalBusiness", "telephone": "{OWN}"}}</script>
    <script>self.phone = "{OWN}"</script> <style>/*{OWN}*/</style>
    <noscript>{OWN}</noscript> <template><p>{OWN}</p></template>
    <textarea>{OWN}</textarea> <code>{OWN}</code> <pre>{OWN}</pre>
    <select><option>{OWN}</option></select>
    <div contenteditable>{OWN}</div> <div contenteditable="true"><p>{OWN}</p></div>
    <p data-leaseline-skip>{OWN} <a href="tel:+12125550100" title="{OWN}">{OWN}</a></p>
    <p data-calltrk-noswap><b>{OWN}</b> <a href="tel:+12125550100" aria-label="{OWN}">call</a></p>
    <input value="{OWN}"> <input type="tel" value="{OWN}"> <input type="hidden" value="{OWN}">
    <data value="2125550100">main line</data> <img src="data:," data-phone="{OWN}">
    <a href="https://shop.example/2125550100">page</a>
    <a href="mailto:2125550100@shop.example">mail</a>
    <a href="https://wa.me/12125550100">chat</a>
    <a href="https://api.whatsapp.com/send?phone=12125550100">chat</a>
    <a href="skype:+12125550100?call">talk</a>
    <a href="sms:+12125550100">write</a>"""
HTML_OF = "selector => document.querySelector(selector).innerHTML"


def test_there_are_47_ways_to_write_the_number() -> None:
    assert len(FORMATS) == 47


def test_any_formatting_is_swapped_and_kept(page: "Page", stage: Stage) -> None:
    page.goto(stage.show("/", CALL_US + "".join(f"<div class=number>{html}</div>" for html in FORMATS)))
    wait_for_text(page, SWAPPED)
    assert dict(zip(FORMATS, page.locator(".number").all_text_contents(), strict=True)) == FORMATS


@pytest.mark.parametrize("html", FORMATS)
def test_any_formatting_alone_is_found_by_the_server(page: "Page", stage: Stage, html: str) -> None:
    page.goto(stage.show("/", f"<div id=phone>{html}</div>"))
    wait_for_text(page, FORMATS[html])


def test_swapping_changes_no_element(page: "Page", stage: Stage) -> None:
    split = "".join(f"<div class=number>{html}</div>" for html in FORMATS)
    page.goto(stage.show("/", f"{CALL_US}<main>{split}</main>"))
    shape = "[...document.querySelectorAll('main *')].map(node => [node.tagName, node.childNodes.length])"
    before = page.evaluate(shape)
    wait_for_text(page, SWAPPED)
    assert page.evaluate(shape) == before


def test_what_is_not_the_number_is_left_alone(page: "Page", stage: Stage) -> None:
    body = CALL_US + "".join(f"<section>{html}</section>" for html in NOT_OURS)
    page.goto(stage.show("/", body, tag='data-lease="always"'))  # else some would be asked about later
    before = page.locator("section").all_text_contents()
    wait_for_text(page, SWAPPED)
    assert page.locator("section").all_text_contents() == before


def test_two_numbers_side_by_side_do_not_merge(page: "Page", stage: Stage) -> None:
    links = '<a href="tel:2125550100">212-555-0100</a><a href="tel:2125550101">212-555-0101</a>'
    page.goto(stage.show("/", f"{CALL_US}<p id=both>{links}</p>"))
    wait_for_text(page, SWAPPED)
    assert text_of(page, "#both") == "646-555-0110212-555-0101"
    hrefs = page.locator("#both a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert hrefs == ["tel:+16465550110", "tel:2125550101"]


def test_everything_a_visitor_reads_hears_or_dials_agrees(page: "Page", stage: Stage) -> None:
    body = f"""
        <a id="call" href="tel:+12125550100" aria-label="Call {OWN}" title="{OWN}">{OWN}</a>
        <img id="picture" src="data:," alt="Call {OWN}" title="{OWN}"> <input id="field" placeholder="{OWN}">
        <input type="button" value="Call {OWN}"> <input type="submit" value="{OWN}"> <button>{OWN}</button>"""
    page.goto(stage.show("/", CALL_US + body))
    wait_for_text(page, SWAPPED)
    call = page.locator("#call")
    assert [call.text_content(), *(call.get_attribute(name) for name in ("href", "aria-label", "title"))] == [
        LEASED, "tel:+16465550110", f"Call {LEASED}", LEASED,
    ]  # fmt: skip
    assert [page.get_attribute("#picture", name) for name in ("alt", "title")] == [f"Call {LEASED}", LEASED]
    assert page.get_attribute("#field", "placeholder") == LEASED
    assert page.get_attribute("[type=button]", "value") == f"Call {LEASED}"
    assert (page.get_attribute("[type=submit]", "value"), text_of(page, "button")) == (LEASED, LEASED)


def test_message_is_sent_to_the_number_only_where_it_takes_messages(page: "Page", stage: Stage) -> None:
    shop = stage.shop
    shop.pause(POOL)
    shop.store.numbers.add([NewNumber("+16465550188", Kind.POOL, shop.pool, sms=True)], shop.clock())
    page.goto(stage.show("/", f'{CALL_US}<a id="write" href="sms:212-555-0100?body=hello">write</a>'))
    wait_for_text(page, "Call (646) 555-0188 today")
    assert page.get_attribute("#write", "href") == "sms:+16465550188?body=hello"


def test_number_of_letters_is_swapped_like_its_digits(page: "Page", stage: Stage) -> None:
    pool = new_pool(stage.shop.site, "flowers", "+18003569377", "sales", Policy(), vanity="800FLOWERS")
    stage.shop.store.sites.add_pool(pool, stage.shop.clock())
    stage.shop.add_numbers(pool, ["+18885550133"], Kind.POOL)
    page.goto(stage.show("/", '<p id="phone">Call 1-800-FLOWERS now</p><p id="digits">1-800-356-9377</p>'))
    wait_for_text(page, "Call (888) 555-0133 now")
    assert text_of(page, "#digits") == "1-888-555-0133"


def test_number_is_written_in_the_format_of_its_pool(page: "Page", stage: Stage) -> None:
    stage.shop.store.sites.change_pool(replace(stage.shop.pool, format=Format.INTERNATIONAL))
    body = f"""{CALL_US}<p id="plain">since 1999 212-555-0100, free</p>
        <p id="split"><span>(212)</span> <b>555</b>-<i>01</i>00</p>
        <a id="call" href="tel:212-555-0100" aria-label="Call {OWN}">{OWN}</a>"""
    page.goto(stage.show("/", body))
    wait_for_text(page, "Call +1 646-555-0110 today")
    assert text_of(page, "#plain") == "since 1999 +1 646-555-0110, free"
    assert (text_of(page, "#split"), text_of(page, "#call")) == ("+1 646-555-0110",) * 2
    assert page.get_attribute("#call", "aria-label") == "Call +1 646-555-0110"
    assert page.get_attribute("#call", "href") == "tel:+16465550110"
    page.evaluate("leaseline('restore')")
    shown = page.locator("#phone, #plain, #split, #call").all_text_contents()
    assert all("646" not in text and re.search("212.*555.*0100", text) for text in shown)
    assert page.get_attribute("#call", "href") == "tel:212-555-0100"


def test_what_machines_read_and_people_write_stays_as_it_is(page: "Page", stage: Stage) -> None:
    meta = f'<meta name="description" content="Call {OWN}"><meta property="og:phone_number" content="{OWN}">'
    page.goto(stage.show("/", f"<main>{UNTOUCHED}</main>{CALL_US}", head=f"<title>Call {OWN}</title>{meta}"))
    before = page.evaluate(HTML_OF, "main")
    wait_for_text(page, SWAPPED)
    assert page.evaluate(HTML_OF, "main") == before
    assert "646" not in page.evaluate(HTML_OF, "head")
    values = page.locator("input, textarea").evaluate_all("fields => fields.map(field => field.value)")
    assert values == [OWN] * 4


def test_what_a_visitor_is_typing_stays_as_it_is(page: "Page", stage: Stage) -> None:
    page.goto(stage.show("/", f'{CALL_US}<textarea></textarea><input><div id="note" contenteditable></div>'))
    wait_for_text(page, SWAPPED)
    for selector in ("textarea", "input", "#note"):
        page.locator(selector).press_sequentially(f"mine is {OWN}")
    assert (page.input_value("textarea"), page.input_value("input")) == (f"mine is {OWN}",) * 2
    assert text_of(page, "#note") == f"mine is {OWN}"
