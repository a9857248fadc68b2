"""Frames show the number of the page around them, lease none of their own, and tell it to no stranger."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.recorders import SENT, next_frames, sent
from tests.browser.stage import Pages, Stage, open_stage
from tests.browser.words import CALL_US, LEASED, OWN, STATIC, SWAPPED, text_of, wait_for_text
from tests.live.ports import free_tcp_port
from tests.live.wsgi import serving

if TYPE_CHECKING:
    from playwright.sync_api import Frame, Page

pytestmark = pytest.mark.browser

LINK = f'<a id="call" href="tel:+12125550100" aria-label="Call {OWN}">call</a>'
ASK = """<script>
    self.heard = [];
    addEventListener('message', ({ data, origin }) => self.heard.push([origin, data.leaseline]));
    self.ask = () => parent.postMessage({ leaseline: 'get' }, '*');
</script>"""


@dataclass
class Neighbour:
    """Somebody else's web server: a chat to be framed, or a stranger."""

    url: str
    pages: Pages


@pytest.fixture
def page(page: "Page") -> "Page":
    page.add_init_script(SENT)
    return page


@contextlib.contextmanager
def _neighbour(port: int = 0) -> Iterator[Neighbour]:
    pages, port = Pages(), port or free_tcp_port()
    with serving(pages, port):
        yield Neighbour(f"http://127.0.0.1:{port}", pages)


@pytest.fixture
def chat() -> Iterator[Neighbour]:
    with _neighbour() as chat:
        yield chat


@pytest.fixture
def stranger() -> Iterator[Neighbour]:
    with _neighbour() as stranger:
        yield stranger


@pytest.fixture
def stage(tmp_path: Path, chat: Neighbour) -> Iterator[Stage]:
    with open_stage(tmp_path, also=[chat.url]) as stage:
        yield stage


def test_frame_of_the_same_site_shows_the_number_of_the_page_and_leases_none(page: "Page", stage: Stage) -> None:
    stage.show("/framed", CALL_US + LINK)
    page.goto(stage.show("/", CALL_US + '<iframe src="/framed"></iframe>'))
    wait_for_text(page, SWAPPED)
    _wait_for_number(page.frames[1])
    assert sent(page.frames[1]) == []
    assert len(stage.shop.rows()) == 1


def test_frame_of_the_same_site_shows_that_number_on_the_next_view_too(page: "Page", stage: Stage) -> None:
    stage.show("/framed", CALL_US + LINK)
    for path in ("/", "/contact"):
        page.goto(stage.show(path, CALL_US + '<iframe src="/framed"></iframe>'))
        wait_for_text(page, SWAPPED)
        _wait_for_number(page.frames[1])
    assert len(stage.shop.rows()) == 1


def test_frame_that_comes_late_or_speaks_first_gets_the_number(page: "Page", stage: Stage) -> None:
    stage.show("/framed", CALL_US + LINK)
    stage.api.open.clear()
    page.goto(stage.show("/", CALL_US + '<iframe src="/framed"></iframe>'))
    page.frames[1].wait_for_function("'leaseline' in self")
    stage.api.open.set()
    _wait_for_number(page.frames[1])
    page.evaluate("document.body.append(Object.assign(document.createElement('iframe'), { src: '/framed' }))")
    page.wait_for_function("frames.length === 2 && !!frames[1].leaseline")
    _wait_for_number(page.frames[2])


def test_frame_goes_back_to_the_sites_own_number_with_its_page(page: "Page", stage: Stage) -> None:
    stage.show("/framed", CALL_US + LINK)
    page.goto(stage.show("/", CALL_US + '<iframe src="/framed"></iframe>'))
    wait_for_text(page, SWAPPED)
    _wait_for_number(page.frames[1])
    page.evaluate("leaseline('restore')")
    page.frames[1].wait_for_function("text => document.getElementById('phone').textContent === text", arg=STATIC)
    assert text_of(page) == STATIC


def test_page_that_is_framed_by_its_own_site_only_leases_nothing(page: "Page", stage: Stage) -> None:
    """The page around it has no script: nobody is there to ask, and the site's own number stays."""
    stage.show("/framed", CALL_US + LINK)
    stage.pages.html["/"] = '<iframe src="/framed"></iframe>'
    page.goto(f"{stage.site_url}/")
    frame = page.frames[1]
    frame.wait_for_function("'leaseline' in self")
    next_frames(frame)
    assert (text_of(frame), sent(frame), stage.shop.rows()) == (STATIC, [], [])


def test_listed_frame_of_another_origin_shows_the_number_and_leases_none(
    page: "Page", stage: Stage, chat: Neighbour
) -> None:
    _frame(stage, chat, CALL_US + LINK, f'data-frames="{stage.site_url}"')
    page.goto(stage.show("/", f'{CALL_US}<iframe src="{chat.url}/chat"></iframe>', tag=f'data-frames="{chat.url}"'))
    wait_for_text(page, SWAPPED)
    _wait_for_number(page.frames[1])
    assert sent(page.frames[1]) == []
    assert len(stage.shop.rows()) == 1


def test_tap_in_a_frame_of_another_origin_is_reported(page: "Page", stage: Stage, chat: Neighbour) -> None:
    _frame(stage, chat, CALL_US + LINK, f'data-frames="{stage.site_url}"')
    page.goto(stage.show("/", f'{CALL_US}<iframe src="{chat.url}/chat"></iframe>', tag=f'data-frames="{chat.url}"'))
    frame = page.frames[1]
    _wait_for_number(frame)
    frame.evaluate("addEventListener('click', event => event.preventDefault())")  # headless, nothing can be dialled
    frame.click("#call")
    stage.api.wait_for("/v1/tel")
    assert stage.api.bodies("/v1/tel")[0]["href"] == "tel:+16465550110"


def test_widget_without_the_script_may_ask_for_the_number(page: "Page", stage: Stage, chat: Neighbour) -> None:
    chat.pages.html["/chat"] = ASK
    page.goto(stage.show("/", f'{CALL_US}<iframe src="{chat.url}/chat"></iframe>', tag=f'data-frames="{chat.url}"'))
    wait_for_text(page, SWAPPED)
    page.frames[1].evaluate("self.ask()")
    page.frames[1].wait_for_function("self.heard.length")
    origin, numbers = page.frames[1].evaluate("self.heard[0]")
    assert origin == stage.site_url
    assert [(one["target"], one["number"], one["display"]) for one in numbers] == [
        ("+12125550100", "+16465550110", LEASED)
    ]


def test_frame_that_is_not_listed_hears_nothing(
    page: "Page", stage: Stage, chat: Neighbour, stranger: Neighbour
) -> None:
    _frame(stage, stranger, CALL_US + ASK, f'data-frames="{stage.site_url}"')
    chat.pages.html["/chat"] = ASK
    frames = f'<iframe src="{stranger.url}/chat"></iframe><iframe src="{chat.url}/chat"></iframe>'
    page.goto(stage.show("/", CALL_US + frames, tag=f'data-frames="{chat.url}"'))
    wait_for_text(page, SWAPPED)
    unlisted, listed = (_frame_at(page, neighbour) for neighbour in (stranger, chat))
    unlisted.wait_for_function("'leaseline' in self")
    for frame in (unlisted, listed):  # messages are delivered in order: the second answer is the first's chance over
        frame.evaluate("self.ask()")
    listed.wait_for_function("self.heard.length")
    assert (unlisted.evaluate("self.heard"), text_of(unlisted), sent(unlisted)) == ([], STATIC, [])
    assert len(stage.shop.rows()) == 1


def test_framed_page_believes_no_strangers_number(page: "Page", stage: Stage, stranger: Neighbour) -> None:
    stage.show("/framed", CALL_US + LINK)
    page.goto(stage.show("/", CALL_US))
    page.evaluate("leaseline('get', numbers => { self.numbers = numbers })")
    page.wait_for_function("self.numbers?.length")
    false_number = [{**page.evaluate("self.numbers[0]"), "number": "+19005550666", "display": "(900) 555-0666"}]
    stranger.pages.html["/trap"] = f'<iframe src="{stage.site_url}/framed"></iframe>'
    page.goto(f"{stranger.url}/trap")
    frame = page.frames[1]
    frame.wait_for_function("'leaseline' in self")
    frame.evaluate("addEventListener('message', () => { self.tried = true })")
    page.evaluate("leaseline => frames[0].postMessage({ leaseline }, '*')", false_number)
    frame.wait_for_function("self.tried")
    next_frames(frame)
    assert "555-0666" not in frame.content()
    assert "9005550666" not in frame.content()


def _frame(stage: Stage, neighbour: Neighbour, body: str, tag: str) -> None:
    """Put a page with the script up on another origin."""
    stage.show("/made-for-a-neighbour", body, tag)
    neighbour.pages.html["/chat"] = stage.pages.html.pop("/made-for-a-neighbour")


def _frame_at(page: "Page", neighbour: Neighbour) -> "Frame":
    return next(frame for frame in page.frames if frame.url.startswith(neighbour.url))


def _wait_for_number(frame: "Frame") -> None:
    frame.wait_for_function("text => document.getElementById('phone').textContent === text", arg=SWAPPED)
    call = [frame.get_attribute("#call", name) for name in ("href", "aria-label")]
    assert call == ["tel:+16465550110", f"Call {LEASED}"]
