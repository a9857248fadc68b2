"""The inline scripts that an owner may add: a number before the script has come, and nothing where it would harm."""

import json
from typing import TYPE_CHECKING, Any

import pytest

from gateway.core.numbers import rewrite
from tests.browser.stage import Stage
from tests.browser.words import CALL_US, STATIC, SWAPPED, text_of
from web.script import tag as tags
from web.script.tag import Wish

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

EARLY = Wish(early=True)
NOW = 1_795_000_000_000  # ms
TARGET, NUMBER = "+12125550100", "+16465550110"


OWN = ("(212) 555-0100", "+1 212.555.0100", "2125550100", "212-555-0100", "0012125550100")
TEXTS = {run: rewrite(run, TARGET, NUMBER) for run in OWN}


def visit(stage: Stage, page: "Page", body: str, kept: Any = None, head: str = "", wish: Wish = EARLY) -> None:
    """Show a page on which only the inline scripts stand: the script itself never comes."""
    key = stage.shop.site.key
    kept = {"until": NOW + 60_000, "texts": TEXTS} if kept is None else kept
    page.clock.install(time=NOW / 1000 - 1)
    page.clock.pause_at(NOW / 1000)
    page.add_init_script(f"localStorage['leaseline:{key}'] = {json.dumps(json.dumps(kept))}")
    inline = tags.tag(stage.shop.config.web, key, wish).html.partition("<link")[0]
    stage.pages.html["/"] = f"<!doctype html><html><head>{inline}{head}</head><body>{body}</body></html>"
    page.goto(f"{stage.site_url}/")


def test_number_is_there_as_soon_as_the_parser_has_read_it(stage: Stage, page: "Page") -> None:
    visit(stage, page, f"{CALL_US}<script>self.seen = document.getElementById('phone').textContent</script>")
    assert page.evaluate("self.seen") == SWAPPED
    assert text_of(page) == SWAPPED


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("+1 212.555.0100", "+1 646.555.0110"),
        ("2125550100, or 212-555-0100", "6465550110, or 646-555-0110"),
        ("0012125550100", "0016465550110"),
        ("(646) 555-0110", "(646) 555-0110"),
        ("+49 212 555 0100", "+49 212 555 0100"),
        ("12125550100999", "12125550100999"),
        ("212 / 5550100", "212 / 5550100"),  # not asked for yet: the script will
    ],
)
def test_format_of_the_page_is_kept(stage: Stage, page: "Page", written: str, shown: str) -> None:
    visit(stage, page, f'<p id="phone">{written}</p>')
    assert text_of(page) == shown


NEVER = [
    '<script type="application/ld+json">"{}"</script>',
    '<style>p::after {{ content: "{}" }}</style>',
    "<textarea>{}</textarea>",
    "<noscript>{}</noscript>",
    "<template><p>{}</p></template>",
    "<code><b>{}</b></code>",
    "<pre>{}</pre>",
    '<div data-leaseline-skip=""><p>{}</p></div>',
    '<p contenteditable="">{}</p>',
    '<p data-calltrk-noswap=""><b>{}</b></p>',
]


@pytest.mark.parametrize("html", NEVER)
def test_what_is_not_for_reading_is_never_touched(stage: Stage, page: "Page", html: str) -> None:
    written = html.format("(212) 555-0100")
    visit(stage, page, f'<div id="box">{written}</div>{CALL_US}', head="<title>(212) 555-0100</title>")
    assert page.inner_html("#box") == written
    assert page.title() == "(212) 555-0100"
    assert text_of(page) == SWAPPED


def test_number_is_not_shown_when_the_promise_is_over(stage: Stage, page: "Page") -> None:
    visit(stage, page, CALL_US, {"until": NOW - 1, "texts": TEXTS})
    assert text_of(page) == STATIC


def test_number_is_given_back_when_the_promise_ends_and_the_script_never_came(stage: Stage, page: "Page") -> None:
    visit(stage, page, CALL_US)
    page.clock.run_for(59_000)
    assert text_of(page) == SWAPPED
    page.clock.run_for(2_000)
    assert text_of(page) == STATIC


def test_a_promise_longer_than_a_timer_knows_is_no_flicker(stage: Stage, page: "Page") -> None:
    visit(stage, page, CALL_US, {"until": NOW + 90 * 86_400_000, "texts": TEXTS})
    page.clock.run_for(1_000)
    assert text_of(page) == SWAPPED


def test_the_script_is_given_way_to(stage: Stage, page: "Page") -> None:
    visit(stage, page, f"<script>self.leaseline = () => {{}}</script>{CALL_US}")
    assert text_of(page) == STATIC


def test_nothing_is_watched_once_the_page_is_parsed(stage: Stage, page: "Page") -> None:
    visit(stage, page, "<p></p>")
    page.evaluate("async html => { document.body.innerHTML = html; await null }", CALL_US)  # observers have run by then
    assert text_of(page) == STATIC


@pytest.mark.parametrize("kept", [{}, [], "x", 0, {"until": "x"}, {"until": NOW * 2}, {"until": NOW * 2, "texts": 7}])
def test_rubbish_in_the_storage_breaks_nothing(stage: Stage, page: "Page", kept: Any) -> None:
    visit(stage, page, CALL_US, kept)
    assert text_of(page) == STATIC  # and the page fixture fails on anything thrown


def test_denied_storage_breaks_nothing(stage: Stage, page: "Page") -> None:
    denied = "Object.defineProperty(self, 'localStorage', { get() { throw new DOMException('no', 'SecurityError') } })"
    visit(stage, page, CALL_US, head="")
    page.add_init_script(denied)
    page.reload()
    assert text_of(page) == STATIC


def test_the_printed_hashes_are_all_that_a_strict_policy_needs(stage: Stage, page: "Page") -> None:
    wish = Wish(early=True, hide=300)
    printed = tags.tag(stage.shop.config.web, stage.shop.site.key, wish)
    policy = "; ".join(f"{directive} {' '.join(words)}" for directive, words in printed.csp.items())
    stage.pages.headers["Content-Security-Policy"] = f"default-src 'none'; {policy}"
    visit(stage, page, f"<div data-leaseline>{CALL_US}</div>", wish=wish)
    assert text_of(page) == SWAPPED
    assert not page.is_visible("#phone")


def test_hidden_numbers_are_shown_in_time_whatever_happens(stage: Stage, page: "Page") -> None:
    visit(stage, page, f"<p>Hello</p><div data-leaseline>{CALL_US}</div>", wish=Wish(hide=300))
    assert page.is_visible("text=Hello")
    assert not page.is_visible("#phone")
    page.clock.run_for(300)
    assert page.is_visible("#phone")
