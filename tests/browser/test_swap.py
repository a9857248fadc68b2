"""The swap script in a real browser, against the real app on another origin."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from werkzeug.wrappers import Response

from gateway.core.attribution import Kind
from gateway.core.leases import Policy
from tests.browser.stage import Stage, open_stage, rubbish
from tests.live.ports import free_tcp_port
from tests.web.shop import LEASED as LEASED_NUMBERS
from tests.web.shop import numbers_in

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

OWN, LEASED = "(212) 555-0100", "(646) 555-0110"
CALL_US = f'<p id="phone">Call {OWN} today</p>'
STATIC = "Call (212) 555-0100 today"
SWAPPED = "Call (646) 555-0110 today"
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
    <input value="{OWN}" title="{OWN}" class="keep">"""
BAD_ANSWERS = {
    "500": rubbish(500, "{}"),
    "403": rubbish(403, "{}"),
    "invalid JSON": rubbish(200, "<html>"),
    "null": rubbish(200, "null"),
    "no numbers": rubbish(200, '{"visitor": "v", "lease": "l"}'),
    "words for numbers": rubbish(200, '{"numbers": [{"target": "+12125550100", "number": "you", "display": "you"}]}'),
    "no CORS": Response("{}", 200, mimetype="application/json"),
}


def wait_for_text(page: "Page", text: str, selector: str = "#phone") -> None:
    page.wait_for_function(
        "([selector, text]) => document.querySelector(selector)?.textContent === text", arg=[selector, text]
    )


def text_of(page: "Page", selector: str = "#phone") -> str | None:
    return page.text_content(selector)


def set_visibility(page: "Page", state: str) -> None:
    page.evaluate(
        """state => {
            Object.defineProperty(document, 'visibilityState', { get: () => state, configurable: true });
            document.dispatchEvent(new Event('visibilitychange'));
        }""",
        state,
    )


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


def test_no_node_is_made_moved_or_removed(page: "Page", stage: Stage) -> None:
    watch = """<script>
        new MutationObserver(records => { window.moved = (window.moved || 0) + records.length })
            .observe(document.getElementById('phone'), { childList: true, subtree: true })
    </script>"""
    page.goto(stage.show("/", CALL_US + watch))
    wait_for_text(page, SWAPPED)
    assert page.evaluate("window.moved") is None


@pytest.mark.parametrize("kind", BAD_ANSWERS)
def test_useless_answer_leaves_the_pages_own_number(page: "Page", stage: Stage, kind: str) -> None:
    stage.api.answer = BAD_ANSWERS[kind]
    with page.expect_console_message(lambda message: "no lease" in message.text):
        page.goto(stage.show("/", CALL_US, tag="data-debug"))
    assert text_of(page) == STATIC


def test_api_that_is_down_leaves_the_pages_own_number(page: "Page", stage: Stage) -> None:
    nobody = f'data-debug data-api="http://127.0.0.1:{free_tcp_port()}"'
    with page.expect_console_message(lambda message: "no lease" in message.text):
        page.goto(stage.show("/", CALL_US, tag=nobody))
    assert text_of(page) == STATIC


def test_script_says_nothing_unless_asked(page: "Page", stage: Stage) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    stage.api.answer = rubbish(200, "<html>")
    with page.expect_response("**/v1/lease") as answer:
        page.goto(stage.show("/", CALL_US))
    answer.value.finished()
    assert (text_of(page), said) == (STATIC, [])


def test_failed_lease_is_asked_for_again(page: "Page", stage: Stage) -> None:
    page.clock.install()
    stage.api.answer = rubbish(503, "{}")
    with page.expect_console_message(lambda message: "no lease" in message.text):
        page.goto(stage.show("/", CALL_US, tag="data-debug"))
    stage.api.answer = None
    page.clock.run_for(5100)
    wait_for_text(page, SWAPPED)


def test_exhausted_pool_leaves_the_pages_own_number(page: "Page", stage: Stage) -> None:
    for _ in range(2):
        stage.shop.lease()
    with page.expect_response("**/v1/lease") as answer:
        page.goto(stage.show("/", CALL_US))
    assert answer.value.ok
    assert text_of(page) == STATIC


def test_late_content_is_swapped(page: "Page", stage: Stage) -> None:
    page.goto(stage.show("/", CALL_US))
    wait_for_text(page, SWAPPED)
    page.evaluate(
        """document.body.insertAdjacentHTML('beforeend',
            '<footer><b id="late">212.555.0100</b><a id="tap" href="tel:2125550100">call</a></footer>')"""
    )
    wait_for_text(page, "646.555.0110", "#late")
    assert page.get_attribute("#tap", "href") == "tel:+16465550110"


def test_number_that_comes_late_is_leased_then(page: "Page", stage: Stage) -> None:
    page.goto(stage.show("/", "<main></main>"))
    page.wait_for_function("window.leaseline")
    page.evaluate("html => { document.querySelector('main').innerHTML = html }", CALL_US)
    wait_for_text(page, SWAPPED)


def test_page_without_a_number_leases_none(page: "Page", stage: Stage) -> None:
    page.clock.install()
    page.goto(stage.show("/", "<p>Since 1999, open 24 hours, from 1,000 USD</p>"))
    page.wait_for_function("window.leaseline")
    page.clock.run_for(200_000)
    assert "/v1/lease" not in stage.api.asked()
    assert stage.shop.rows() == []


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


def test_script_gives_way_to_another_that_fights_it(page: "Page", stage: Stage) -> None:
    fight = """<script>
        const node = document.getElementById('phone').firstChild;
        new MutationObserver(() => { if (node.data !== '%s') node.data = '%s' }).observe(node, { characterData: true });
    </script>"""
    page.goto(stage.show("/", CALL_US + fight % (STATIC, STATIC)))
    page.wait_for_function("document.readyState === 'complete'")
    stage.api.wait_for("/v1/lease")
    wait_for_text(page, STATIC)


def test_repeat_view_swaps_from_the_cache(page: "Page", stage: Stage) -> None:
    page.goto(stage.show("/", CALL_US))
    wait_for_text(page, SWAPPED)
    page.goto(stage.show("/contact", CALL_US, tag=f'data-api="http://127.0.0.1:{free_tcp_port()}"'))
    wait_for_text(page, SWAPPED)


def test_next_page_of_the_visit_keeps_the_number(page: "Page", stage: Stage) -> None:
    page.goto(stage.show("/", CALL_US))
    wait_for_text(page, SWAPPED)
    with page.expect_response("**/v1/lease") as answer:
        page.goto(stage.show("/contact", CALL_US))
    assert answer.value.json()["numbers"][0]["choice"] == "running"
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
    set_visibility(page, "hidden")
    page.clock.run_for(300_000)
    assert stage.api.asked() == []  # neither a beat nor a goodbye: the dialer hides the page of the caller
    set_visibility(page, "visible")
    stage.api.wait_for("/v1/beat")


def test_hidden_page_leases_when_it_is_seen(page: "Page", stage: Stage) -> None:
    page.clock.install()
    page.add_init_script(
        "Object.defineProperty(document, 'visibilityState', {get: () => 'hidden', configurable: true})"
    )
    page.goto(stage.show("/", CALL_US))
    page.wait_for_function("window.leaseline")
    page.clock.run_for(60_000)
    assert "/v1/lease" not in stage.api.asked()
    set_visibility(page, "visible")
    wait_for_text(page, SWAPPED)


def test_ended_lease_is_leased_again_and_the_old_number_is_gone(page: "Page", tmp_path: Path) -> None:
    with open_stage(tmp_path, Policy(cooldown=timedelta())) as stage:
        page.clock.install()
        page.goto(stage.show("/", f'{CALL_US}<a href="tel:+12125550100">{OWN}</a>'))
        wait_for_text(page, SWAPPED)
        stage.shop.clock.forward(60)
        taken = {number for _ in range(2) for number in numbers_in(stage.shop.lease())}
        assert taken == set(LEASED_NUMBERS)
        stage.shop.clock.forward(31)
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
    wait_for_text(page, SWAPPED)


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
    page.goto(address)
    wait_for_text(page, SWAPPED)
    other = page.context.new_page()
    other.goto(address)
    wait_for_text(other, SWAPPED)
    stage.shop.clock.forward(10)
    stage.api.asked()
    other.evaluate("location.href = 'about:blank'")
    stage.api.wait_for("/v1/bye")
    stage.api.wait_for("/v1/beat")
    assert stage.shop.rows()[0]["expires_at"] == "2026-11-02T09:20:10.000+00:00"


def test_script_twice_on_a_page_leases_once(page: "Page", stage: Stage) -> None:
    page.clock.install()
    address = stage.show("/", CALL_US)
    stage.pages.html["/"] = stage.pages.html["/"].replace("</head>", stage.pages.html["/"].split("<head>")[1])
    page.goto(address)
    wait_for_text(page, SWAPPED)
    page.clock.run_for(1000)
    assert stage.api.asked().count("/v1/lease") == 1


def test_swap_does_not_ask_about_its_own_number(page: "Page", stage: Stage) -> None:
    page.clock.install()
    page.goto(stage.show("/", CALL_US + '<a href="tel:2125550100">call</a>'))
    wait_for_text(page, SWAPPED)
    page.evaluate("document.body.append(document.getElementById('phone'))")
    page.clock.run_for(1000)
    assert stage.api.asked().count("/v1/lease") == 1


def test_framed_copy_leases_nothing(page: "Page", stage: Stage) -> None:
    stage.show("/framed", CALL_US)
    page.goto(stage.show("/", '<iframe src="/framed"></iframe>'))
    frame = page.frames[1]
    frame.wait_for_function("document.readyState === 'complete'")
    assert frame.text_content("#phone") == STATIC
    assert "/v1/lease" not in stage.api.asked()


def test_denied_storage_still_swaps(page: "Page", stage: Stage) -> None:
    page.add_init_script(
        "Object.defineProperty(self, 'localStorage', {get() { throw new DOMException('denied', 'SecurityError') }})"
    )
    page.goto(stage.show("/", CALL_US))
    wait_for_text(page, SWAPPED)


@pytest.mark.parametrize(
    "rubbish_text",
    ["{", "null", "7", '{"lease": "x", "until": 9e15}', '{"lease": "x", "until": 9e15, "numbers": [{}]}'],
)
def test_rubbish_in_storage_does_no_harm(page: "Page", stage: Stage, rubbish_text: str) -> None:
    stage.show("/empty", "")
    page.goto(f"{stage.site_url}/empty")
    page.evaluate(
        "([key, text]) => localStorage.setItem(key, text)", [f"leaseline:{stage.shop.site.key}", rubbish_text]
    )
    page.goto(stage.show("/", CALL_US))
    wait_for_text(page, SWAPPED)


def test_strict_content_policy_is_enough(page: "Page", stage: Stage) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    policy = f"default-src 'none'; script-src {stage.api_url}; connect-src {stage.api_url}"
    stage.pages.headers = {"Content-Security-Policy": f"{policy}; require-trusted-types-for 'script'"}
    page.goto(stage.show("/", CALL_US))
    wait_for_text(page, SWAPPED)
    assert [text for text in said if "Content Security" in text] == []


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
