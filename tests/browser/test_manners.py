"""What a site's owner may ask of the script, what it tells, what it costs, and how it gets on with others."""

from typing import TYPE_CHECKING

import pytest

from tests.browser.recorders import EVENTS, SEARCHES, SENT, WRITES, next_frames, sent, stored, wait_for_event
from tests.browser.stage import Stage, answering
from tests.browser.words import CALL_US, LEASED, OWN, STATIC, SWAPPED, text_of, wait_for_text

if TYPE_CHECKING:
    from playwright.sync_api import ConsoleMessage, Page

pytestmark = pytest.mark.browser

LINK = f'<a id="call" href="tel:+12125550100" aria-label="Call {OWN}">call</a>'
STUB = """<script>
    self.leaseline = function () { (leaseline.q = leaseline.q || []).push(arguments) };
    leaseline('get', numbers => { self.numbers = numbers });
    leaseline('tag', { order: '42', plan: 'gold' });
</script>"""
STATE = "document.documentElement.dataset.leaseline"


@pytest.fixture
def page(page: "Page") -> "Page":
    for script in (SENT, EVENTS, WRITES):
        page.add_init_script(script)
    return page


# What the page may ask


def test_get_answers_now_and_whenever_the_numbers_change(page: "Page", stage: Stage) -> None:
    page.goto(stage.show("/", STUB + CALL_US))
    wait_for_text(page, SWAPPED)
    page.wait_for_function("self.numbers?.length")
    shown = page.evaluate("self.numbers.map(({ target, number, display }) => [target, number, display])")
    assert shown == [["+12125550100", "+16465550110", LEASED]]
    page.evaluate("leaseline('get', numbers => { self.again = numbers })")
    assert page.evaluate("self.again.length") == 1
    page.evaluate("leaseline('restore')")
    assert page.evaluate("[self.numbers, self.again]") == [[], []]


def test_tags_go_with_the_lease(page: "Page", stage: Stage) -> None:
    page.goto(stage.show("/", STUB + CALL_US))
    wait_for_text(page, SWAPPED)
    assert stage.api.bodies("/v1/lease")[0]["tags"] == {"order": "42", "plan": "gold"}


def test_tag_that_comes_late_is_told_to_the_server(page: "Page", stage: Stage) -> None:
    page.goto(stage.show("/", CALL_US))
    wait_for_text(page, SWAPPED)
    page.evaluate("leaseline('tag', { order: '43' })")
    stage.api.wait_for("/v1/beat")
    assert stage.shop.store.engine.read("SELECT tags FROM session") == [{"tags": '{"order": "43"}'}]


def test_restore_brings_the_sites_own_number_back_everywhere(page: "Page", stage: Stage) -> None:
    page.goto(stage.show("/", CALL_US + LINK))
    wait_for_text(page, SWAPPED)
    page.evaluate("leaseline('restore')")
    assert (text_of(page), page.get_attribute("#call", "href")) == (STATIC, "tel:+12125550100")
    assert page.get_attribute("#call", "aria-label") == f"Call {OWN}"
    assert page.evaluate("self.told")[-1] == "restore"


def test_off_restores_and_stays_off(page: "Page", stage: Stage) -> None:
    page.clock.install()
    page.goto(stage.show("/", CALL_US))
    wait_for_text(page, SWAPPED)
    page.evaluate("leaseline('off')")
    before = sent(page)
    page.evaluate("html => { document.body.innerHTML = html }", CALL_US)
    page.clock.run_for(200_000)
    assert (text_of(page), sent(page)) == (STATIC, before)


@pytest.mark.parametrize(
    "order", ["leaseline('get')", "leaseline('nonsense')", "leaseline()", "leaseline('tag', null)"]
)
def test_order_that_makes_no_sense_does_no_harm(page: "Page", stage: Stage, order: str) -> None:
    page.goto(stage.show("/", CALL_US))
    wait_for_text(page, SWAPPED)
    page.evaluate(order)
    page.evaluate("leaseline('get', () => { throw new Error('of the page, not of ours') })")
    next_frames(page)
    assert text_of(page) == SWAPPED


def test_tag_manager_that_drops_attributes_can_set_a_global(page: "Page", stage: Stage) -> None:
    load = f"""<script>
        self.leaselineConfig = {{ site: '{stage.shop.site.key}', api: '{stage.api_url}' }};
        const tag = document.createElement('script');
        tag.src = '{stage.api_url}/swap.js';
        document.head.append(tag);
    </script>"""
    stage.pages.html["/"] = f"<!doctype html><head>{load}</head><body>{CALL_US}</body>"
    page.goto(f"{stage.site_url}/")
    wait_for_text(page, SWAPPED)


# What it tells


def test_events_and_the_state_on_the_page_tell_what_happened(page: "Page", stage: Stage) -> None:
    page.goto(stage.show("/", CALL_US + LINK))
    wait_for_text(page, SWAPPED)
    wait_for_event(page, "lease")
    assert {"lease", "swap"} <= set(page.evaluate("self.told"))
    assert page.evaluate(STATE) == "leased"
    page.evaluate("addEventListener('click', event => event.preventDefault())")
    page.click("#call")
    wait_for_event(page, "tel")
    page.evaluate("leaseline('restore')")
    assert page.evaluate(STATE) == "static"


def test_lease_without_a_number_is_told_as_static(page: "Page", stage: Stage) -> None:
    stage.shop.pause(["+16465550110", "+16465550111"])
    page.goto(stage.show("/", CALL_US))
    wait_for_event(page, "static")
    assert (page.evaluate(STATE), text_of(page)) == ("static", STATIC)


def test_failure_is_told_as_an_error(page: "Page", stage: Stage) -> None:
    stage.api.answer = answering(500, "{}")
    page.goto(stage.show("/", CALL_US))
    wait_for_event(page, "error")
    assert (page.evaluate(STATE), text_of(page)) == ("error", STATIC)


def test_fight_with_another_script_is_told(page: "Page", stage: Stage) -> None:
    page.goto(stage.show("/", CALL_US))
    wait_for_text(page, SWAPPED)
    page.evaluate(
        """async text => {
            for (let turn = 0; turn < 300; turn++) {
                document.getElementById('phone').firstChild.data = text;
                await 0;
            }
        }""",
        STATIC,
    )
    wait_for_event(page, "conflict")


# Switches for owners


def test_debug_explains_and_uses_no_number(page: "Page", stage: Stage) -> None:
    said: list[ConsoleMessage] = []
    page.on("console", lambda message: said.append(message))
    page.goto(f"{stage.show('/', CALL_US)}&leaseline=debug")
    stage.api.wait_for("/v1/lease")
    wait_for_event(page, "static")
    assert stage.api.bodies("/v1/lease")[0]["consent"] == "preview"
    assert "+12125550100 (pool sales): found in '(212) 555-0100'" in _explained(said)
    assert (text_of(page), stage.shop.rows(), stored(page)) == (STATIC, [], [])


def test_debug_of_a_page_without_the_number_says_why(page: "Page", stage: Stage) -> None:
    said: list[ConsoleMessage] = []
    page.on("console", lambda message: said.append(message))
    page.goto(f"{stage.show('/', '<p>Fax: 212-555-0199</p>')}&leaseline=debug")
    wait_for_event(page, "static")
    assert "+12125550100 (pool sales): not on this page" in _explained(said)


def test_off_switch_does_nothing(page: "Page", stage: Stage) -> None:
    page.clock.install()
    page.goto(f"{stage.show('/', CALL_US)}&leaseline=off")
    page.wait_for_load_state("load")
    page.clock.run_for(200_000)
    assert (text_of(page), sent(page), page.evaluate("typeof leaseline")) == (STATIC, [], "undefined")


def test_calls_of_callrails_script_go_on_working(page: "Page", stage: Stage) -> None:
    page.goto(stage.show("/", CALL_US, tag='data-compat="callrail"'))
    wait_for_text(page, SWAPPED)
    page.evaluate(
        """text => {
            const root = document.body.appendChild(document.createElement('div')).attachShadow({ mode: 'closed' });
            root.append(Object.assign(document.createElement('p'), { textContent: text }));
            self.late = root.firstChild;
            CallTrk.swap(root);
        }""",
        STATIC,
    )
    page.wait_for_function("text => self.late.textContent === text", arg=SWAPPED)
    assert page.evaluate("self.told").count("conflict") == 0


# What it costs


def test_page_view_costs_a_script_and_a_lease(page: "Page", stage: Stage) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.url.startswith(stage.api_url) else None)
    page.goto(stage.show("/", CALL_US + LINK))
    wait_for_text(page, SWAPPED)
    page.wait_for_selector('#call[href="tel:+16465550110"]')
    next_frames(page)
    assert asked == [f"{stage.api_url}/swap.js", f"{stage.api_url}/v1/lease"]


def test_script_writes_once_for_each_place_and_not_again(page: "Page", stage: Stage) -> None:
    filler = "".join(f"<li>Bed {number}, from 1,{number % 900 + 100} USD</li>" for number in range(10_000))
    body = f"<main>{'<p>(212) 555-0100</p>' * 10}{LINK}</main><ul>{filler}</ul>"
    page.goto(stage.show("/", CALL_US + body))
    wait_for_text(page, SWAPPED)
    next_frames(page)
    assert page.evaluate("self.writes") <= 13  # 11 texts and 2 attributes, where these are written by their own name
    page.evaluate("document.body.append(document.querySelector('main'))")
    page.evaluate("for (let turn = 0; turn < 200; turn++) document.querySelector('ul').append('x' + turn)")
    next_frames(page)
    assert page.evaluate("self.writes") <= 13


def test_growing_page_is_swapped_and_asks_nothing_more(page: "Page", stage: Stage) -> None:
    page.goto(stage.show("/", CALL_US))
    wait_for_text(page, SWAPPED)
    page.evaluate(
        """() => {
            for (let batch = 0; batch < 200; batch++) {
                const box = document.createElement('div');
                for (let turn = 0; turn < 50; turn++) box.append(document.createElement('span'), '(212) 555-0100 ');
                document.body.append(box);
            }
        }"""
    )
    next_frames(page)
    assert "212" not in page.evaluate("document.body.textContent")
    assert sent(page).count("/v1/lease") == 1


def test_growing_page_is_not_searched_from_its_top_for_each_number(page: "Page", stage: Stage) -> None:
    page.add_init_script(SEARCHES)
    page.goto(stage.show("/", CALL_US))
    wait_for_text(page, SWAPPED)
    before = page.evaluate("self.searches")
    page.evaluate("html => { document.body.innerHTML += html }", "<p>(212) 555-0100</p>" * 300)
    next_frames(page)
    assert "212" not in page.evaluate("document.body.textContent")
    assert page.evaluate("self.searches") - before < 10


def test_global_names_are_one(page: "Page", stage: Stage) -> None:
    page.goto(stage.show("/bare", CALL_US))
    wait_for_text(page, SWAPPED)
    names = page.evaluate("Object.keys(self)")
    stage.pages.html["/none"] = CALL_US
    page.goto(f"{stage.site_url}/none")
    assert set(names) - set(page.evaluate("Object.keys(self)")) == {"leaseline"}


def _explained(said: "list[ConsoleMessage]") -> str:
    """Return all that the console shows to somebody who opens what stands there."""
    return "\n".join(str(part.json_value()) for message in said for part in message.args).replace('"', "'")
