"""Whatever fails, the page keeps its own number and nothing is thrown."""

import json
from typing import TYPE_CHECKING

import pytest
from werkzeug.wrappers import Response

from tests.browser.stage import Stage, answering
from tests.browser.words import CALL_US, LEASED, OWN, STATIC, SWAPPED, calls, text_of, wait_for_text
from tests.live.ports import free_tcp_port

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

FAILED = "html[data-leaseline=error]"

NUMBERS = [{"target": "+12125550100", "number": "+16465550110", "display": "(646) 555-0110", "choice": "idle"}]
GOOD = {"visitor": "v", "lease": "l", "held_for": 60, "numbers": NUMBERS, "texts": {OWN: LEASED}, "next_beat": 10}
BAD_ANSWERS = {
    "500": answering(500, "{}"),
    "403": answering(403, "{}"),
    "invalid JSON": answering(200, "<html>"),
    "null": answering(200, "null"),
    "words for numbers": answering(200, json.dumps({**GOOD, "texts": {OWN: "you"}})),
    "one good text and one bad": answering(200, json.dumps({**GOOD, "texts": {OWN: LEASED, "tel:1": None}})),
    "a number for no time": answering(200, json.dumps({**GOOD, "held_for": 0})),
    "no CORS": Response("{}", 200, mimetype="application/json"),
}


@pytest.mark.parametrize("kind", BAD_ANSWERS)
def test_useless_answer_leaves_the_pages_own_number(page: "Page", stage: Stage, kind: str) -> None:
    stage.api.answer = BAD_ANSWERS[kind]
    page.goto(stage.show("/", CALL_US))
    page.wait_for_selector(FAILED)
    page.evaluate("document.body.append('212-555-0100')")  # half an answer kept in mind would show itself here
    assert text_of(page) == STATIC
    assert "646" not in page.content()


def test_api_that_is_down_leaves_the_pages_own_number(page: "Page", stage: Stage) -> None:
    page.goto(stage.show("/", CALL_US, tag=f'data-api="http://127.0.0.1:{free_tcp_port()}"'))
    page.wait_for_selector(FAILED)
    assert text_of(page) == STATIC


def test_script_says_nothing_unless_asked(page: "Page", stage: Stage) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    stage.api.answer = answering(200, "<html>")
    with page.expect_response("**/v1/lease") as answer:
        page.goto(stage.show("/", CALL_US))
    answer.value.finished()
    assert (text_of(page), said) == (STATIC, [])


def test_failed_lease_is_asked_for_again(page: "Page", stage: Stage) -> None:
    page.clock.install()
    stage.api.answer = answering(503, "{}")
    page.goto(stage.show("/", CALL_US))
    page.wait_for_selector(FAILED)
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


def test_script_gives_way_to_another_that_fights_it(page: "Page", stage: Stage) -> None:
    fight = """<script>
        window.fights = 0;
        document.addEventListener('leaseline:conflict', () => { window.told = true });
        const phone = document.getElementById('phone');
        new MutationObserver(() => {
            if (phone.textContent !== '%s') { window.fights++; phone.textContent = '%s' }
        }).observe(phone, { childList: true, characterData: true, subtree: true });
    </script>"""
    page.goto(stage.show("/", CALL_US + fight % (STATIC, STATIC)))  # each time a new node, as textContent makes one
    page.wait_for_function("window.told")
    page.evaluate("new Promise(requestAnimationFrame)")
    assert text_of(page) == STATIC
    assert page.evaluate("window.fights") < 500  # some in each second; endless, they would freeze the page


def test_script_that_writes_the_number_back_now_and_then_loses_every_time(page: "Page", stage: Stage) -> None:
    link = f'<a id="call" href="tel:+12125550100" aria-label="{OWN}" title="{OWN}">{OWN}</a>'
    page.goto(stage.show("/", CALL_US + link))
    wait_for_text(page, SWAPPED)
    lost = page.evaluate(
        """async own => {
            const call = document.getElementById('call');
            const lost = { text: 0, title: 0 };
            for (let turn = 0; turn < 30; turn++) {
                call.firstChild.data = call.title = own;
                await new Promise(done => setTimeout(done));
                lost.text += call.textContent !== own;
                lost.title += call.title !== own;
            }
            return lost;
        }""",
        OWN,
    )
    assert lost == {"text": 30, "title": 30}


def test_fight_for_a_number_that_is_no_longer_ours_freezes_nothing(page: "Page", stage: Stage) -> None:
    page.clock.install()
    page.goto(stage.show("/", CALL_US))
    wait_for_text(page, SWAPPED)
    page.evaluate(
        """swapped => {
            const node = document.getElementById('phone').firstChild;
            window.fights = 0;
            new MutationObserver(() => {
                if (node.data !== swapped) { window.fights++; node.data = swapped }
            }).observe(node, { characterData: true });
        }""",
        SWAPPED,
    )
    page.context.set_offline(True)
    page.clock.run_for(31_000)
    assert 0 < page.evaluate("window.fights") < 500


def test_script_twice_on_a_page_leases_once(page: "Page", stage: Stage) -> None:
    page.clock.install()
    address = stage.show("/", CALL_US)
    stage.pages.html["/"] = stage.pages.html["/"].replace("</head>", stage.pages.html["/"].split("<head>")[1])
    page.goto(address)
    wait_for_text(page, SWAPPED)
    page.clock.run_for(1000)
    assert calls(page) == ["/v1/lease"]


def test_framed_copy_leases_nothing(page: "Page", stage: Stage) -> None:
    stage.show("/framed", CALL_US)
    page.goto(stage.show("/", '<iframe src="/framed"></iframe>'))
    frame = page.frames[1]
    frame.wait_for_function("document.readyState === 'complete'")
    assert frame.text_content("#phone") == STATIC
    assert calls(frame) == []


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
