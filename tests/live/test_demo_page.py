"""The demo's page in a real Chromium: arriving, the number, the call, its row; and what it says when a part is gone."""

import contextlib
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gateway.core.visits.visit import read_visit
from tests.asked import asked_calls
from tests.browser import conftest as chromium
from tests.house import SWAP_TARGET
from tests.live.caller import MOST_WAITING, Caller, a_caller
from tests.live.ports import free_tcp_port
from tests.live.processes import run, wait_until
from tests.live.shop import open_shop
from tests.live.stage import BROWSER, Stage, open_stage
from tests.live.switch import Binary, Kind

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.live, pytest.mark.browser]
browser = chromium.browser

OWN = "(212) 555-0100"
NUMBERS = [f"+12125550{place}" for place in range(110, 160)]
PATIENCE_MS = 60_000
OVER = "The call is over: its row is the first of the log."
# What the line may say of a call, in this order. The page looks once a second, and what was over by then it never says.
LINES = (
    "Dialling …",
    "Calling {}: it rings at the shop …",
    "{} is answered; they talk for four seconds …",
    "They hung up. The switch writes its record …",
    OVER,
)
TALK_MS = 500
# Notes all that the line under the button says, as a sentence that stands there for a blink is still wrong.
NOTE_LINES = """
    self.lines = [];
    new MutationObserver(() => self.lines.push(document.getElementById('line').textContent))
        .observe(document.getElementById('line'), { childList: true });
"""
STOP = {"asterisk": "core stop now", "freeswitch": "shutdown now"}


@dataclass
class Demo:
    """The demo, put together in this process so that a test can take a part away."""

    stage: Stage
    web: contextlib.ExitStack
    caller: Caller

    @contextlib.contextmanager
    def without_the_api(self) -> Iterator[None]:
        self.web.close()
        try:
            yield
        finally:
            self.web.enter_context(self.stage.house.running("web"))

    def stop_the_switch(self) -> None:
        run([*self.stage.switch.question, STOP[self.stage.kind.name]], 30.0)

    def ask_for_a_call(self, number: str, **headers: str) -> int:
        """Return the status of a request that did not come from the page, unless the headers say so."""
        body = json.dumps({"number": number}).encode()
        request = urllib.request.Request(
            f"{self.stage.origin}/demo/call", body, {"Content-Type": "application/json", **headers}
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code


@contextlib.contextmanager
def open_demo(kind: Kind, binary: Binary, folder: Path) -> Iterator[Demo]:
    origin = f"http://127.0.0.1:{free_tcp_port()}"
    with contextlib.ExitStack() as stack:
        stage = stack.enter_context(open_stage(kind, binary, folder, (origin,), 500, numbers=NUMBERS))
        for name in (stage.house.controller, "worker"):
            stack.enter_context(stage.house.running(name))
        web = stack.enter_context(contextlib.ExitStack())
        web.enter_context(stage.house.running("web"))
        caller = stack.enter_context(a_caller(stage, TALK_MS))
        stack.enter_context(open_shop(stage, caller))
        yield Demo(stage, web, caller)


@pytest.fixture(scope="module")
def demo(kind: Kind, binary: Binary, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with open_demo(kind, binary, tmp_path_factory.mktemp("demo")) as opened:
        yield opened


@pytest.fixture
def page(browser: "Browser") -> Iterator["Page"]:
    """Return a page of a browser that was never here; the test fails when anything on it threw."""
    context = browser.new_context(user_agent=BROWSER)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    thrown: list[str] = []
    page.on("pageerror", lambda error: thrown.append(str(error)))
    yield page
    context.close()
    assert thrown == []


def arrive(page: "Page", way: str) -> str:
    """Follow one of the page's links; return the number that the new visitor is shown."""
    page.get_by_label("Ways to arrive").get_by_role("link", name=way).click()
    if way == "from a search":
        page.locator("#result").click()
    return number_of_visitor(page)


def number_of_visitor(page: "Page") -> str:
    page.wait_for_function("() => document.querySelector('#phone a')?.textContent.match(/01[1-5]\\d$/)")
    page.wait_for_function(
        "() => document.querySelector('#number').textContent === document.querySelector('#phone a').textContent"
    )
    page.locator("#visit").wait_for()
    return page.text_content("#phone a") or ""


def call(page: "Page") -> None:
    """Press the button, and wait until the page says that the call is over."""
    page.locator("#call").click()
    line_says(page, OVER)


def line_says(page: "Page", words: str) -> None:
    page.locator("#line").filter(has_text=words).wait_for()


def newest_row(page: "Page") -> str:
    return page.locator("#calls li").first.inner_text()


def test_a_visitor_from_an_ad_calls_the_number_on_the_page_and_reads_the_row_with_its_campaign(
    demo: Demo, page: "Page"
) -> None:
    page.goto(demo.stage.origin)
    number = arrive(page, "from an ad")
    assert number != OWN
    assert page.locator("#visit [data-field=campaign]").inner_text() == "spring-sale"
    page.evaluate(NOTE_LINES)
    call(page)
    told = page.evaluate("self.lines")
    assert told == [line for line in (words.format(number) for words in LINES) if line in told]
    logged = asked_calls(demo.stage.house.store, 1)[0]
    assert (logged["state"], logged["campaign"], logged["gclid"]) == ("active", "spring-sale", "demo-click")
    whose = [one.step for one in demo.caller.history if one.number == logged["tracking_phone_number"]]
    assert whose == ["ringing", "talking", "logging"]
    row = newest_row(page)
    words = ("active", "spring-sale", number, f"talked {logged['talk_time']:.1f} s", "100 %", "gclid=demo-click")
    for one in (*words, "utm_campaign=spring-sale", "google / cpc: paid search", "a new one, desktop"):
        assert one in row, row


def test_every_place_of_the_shop_shows_the_visitors_number_in_its_own_format(demo: Demo, page: "Page") -> None:
    page.goto(demo.stage.origin)
    number = number_of_visitor(page)
    shop = "\n".join(page.locator(".shop").all_inner_texts())
    tail = number[-4:]
    for form in (f"(212) 555-{tail}", f"212-555-{tail}", f"+1 212 555 {tail}", f"212.555.{tail}", f"212 555 {tail}"):
        assert form in shop
    assert "0100" not in shop
    assert page.get_attribute("#footer-phone", "href") == f"tel:+1212555{tail}"
    assert page.text_content("#own") == OWN


def test_a_visitor_from_a_search_is_logged_with_the_page_that_they_came_from(demo: Demo, page: "Page") -> None:
    page.goto(demo.stage.origin)
    arrive(page, "from a search")
    call(page)
    search = demo.stage.origin.replace("127.0.0.1", "localhost") + "/"
    assert search in newest_row(page)
    assert "no campaign" in newest_row(page)
    assert "localhost / referral: referral" in newest_row(page)
    assert asked_calls(demo.stage.house.store, 1)[0]["referring_url"] == search


def test_every_way_of_arriving_is_a_new_visitor_and_coming_back_is_the_same(demo: Demo, page: "Page") -> None:
    page.goto(demo.stage.origin)
    seen = [number_of_visitor(page)]
    seen += [arrive(page, way) for way in ("from an ad", "from a search", "from a mail", "directly")]
    assert len(set(seen)) == len(seen)
    page.get_by_role("link", name="come back as the same visitor").click()
    page.wait_for_url(f"{demo.stage.origin}/")
    assert number_of_visitor(page) == seen[-1]


def test_a_late_call_is_logged_for_the_visitor_who_left(demo: Demo, page: "Page") -> None:
    pool = demo.stage.house.store.sites.pool_by_name("web")
    assert pool
    visit = read_visit(f"{demo.stage.origin}/?utm_campaign=last-hour", "")
    left = demo.stage.house.store.leases.grant(
        "visitor who left", visit, [pool], datetime.now(UTC) - timedelta(hours=1)
    )[0]
    page.goto(demo.stage.origin)
    theirs = page.locator("#leases li").filter(has_text="last-hour")
    assert "cooling" in theirs.inner_text()
    theirs.get_by_role("button").click()
    line_says(page, OVER)
    for words in ("cooling", "last-hour", left.number[-4:]):
        assert words in newest_row(page)


def test_calls_wait_for_the_line_and_too_many_are_refused_in_words(
    demo: Demo, page: "Page", monkeypatch: pytest.MonkeyPatch
) -> None:
    before = len(asked_calls(demo.stage.house.store))
    page.goto(demo.stage.origin)
    number_of_visitor(page)
    with monkeypatch.context() as patient:
        patient.setattr(demo.caller, "talk_ms", 6000)  # the first call is not over before the last one is asked for
        for _ in range(MOST_WAITING + 2):
            with page.expect_response("**/demo/call"):
                page.locator("#call").click()
    line_says(page, "That is enough for one line")
    line_says(page, OVER)
    assert 1 < len(asked_calls(demo.stage.house.store)) - before <= MOST_WAITING + 1


def test_without_the_api_the_page_keeps_its_own_number_says_so_and_calls_nobody(demo: Demo, page: "Page") -> None:
    with demo.without_the_api():
        page.goto(demo.stage.origin)
        page.locator("#holding").filter(has_text="Leaseline does not answer. The page keeps its own number").wait_for()
        assert page.text_content("#phone a") == OWN
        page.locator("#call").click()
        line_says(page, f"{OWN} is the number printed on the page")


def test_a_page_says_when_the_switch_has_stopped_and_when_the_demo_has_ended(
    kind: Kind, binary: Binary, tmp_path: Path, page: "Page"
) -> None:
    with open_demo(kind, binary, tmp_path) as demo:
        page.goto(demo.stage.origin)
        number = number_of_visitor(page)
        demo.stop_the_switch()
        line_says(page, "The telephone switch has stopped")
        assert page.locator("#call").is_disabled()
        assert demo.ask_for_a_call(NUMBERS[0], Origin=demo.stage.origin) == 409
    line_says(page, "The demo has ended")
    assert page.text_content("#phone a") == number


def test_only_the_page_itself_can_have_a_call_made(demo: Demo) -> None:
    number = demo.stage.visit()
    before = len(asked_calls(demo.stage.house.store))
    assert demo.ask_for_a_call(number) == 403
    assert demo.ask_for_a_call(number, Origin="https://elsewhere.example") == 403
    assert demo.ask_for_a_call(number, Origin=demo.stage.origin.replace("127.0.0.1", "localhost")) == 403
    elsewhere = {"Origin": "http://elsewhere.example", "Host": "elsewhere.example"}
    assert demo.ask_for_a_call(number, **elsewhere) == 403
    assert demo.ask_for_a_call(SWAP_TARGET, Origin=demo.stage.origin) == 409
    assert demo.ask_for_a_call(number, Origin=demo.stage.origin) == 202
    wait_until(lambda: len(asked_calls(demo.stage.house.store)) > before, 60, "the one call that was asked for")


@pytest.mark.parametrize("width", [320, 390, 768])
def test_the_page_fits_a_telephone(demo: Demo, page: "Page", width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(demo.stage.origin)
    number_of_visitor(page)
    page.locator("#leases li").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
