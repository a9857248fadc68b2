"""The number does not flicker: a repeat view has it before it is painted, and swapping moves nothing on the page."""

from typing import TYPE_CHECKING, Any

import pytest

from gateway.core.numbers import Kind
from tests.browser.recorders import next_frames, slow_line
from tests.browser.stage import Stage
from tests.browser.words import CALL_US, STATIC, SWAPPED, text_of, wait_for_text
from web.script import tag as tags

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

VIEWS, MOST, TRIES = 5, 3, 10
ROUND_TRIP = 150  # milliseconds
MUST_REVALIDATE = {"Cache-Control": "public, max-age=0, must-revalidate"}
# When the number was swapped, and when it was painted first, on one clock.
TIMES = """<script>
    self.times = {};
    new MutationObserver((_, observer) => {
        if (!document.getElementById('phone')?.textContent.includes('646')) return;
        self.times.swapped = performance.now();
        observer.disconnect();
    }).observe(document, { childList: true, subtree: true, characterData: true });
    new PerformanceObserver(list => { self.times.painted ??= list.getEntries()[0].renderTime })
        .observe({ type: 'element', buffered: true });
</script>"""
PHONE = CALL_US.replace("<p ", '<p elementtiming="phone" ')
SHIFTS = """<script>
    self.shifts = 0;
    new PerformanceObserver(list => list.getEntries().forEach(shift => { self.shifts += shift.value }))
        .observe({ type: 'layout-shift', buffered: true });
</script>"""
EIGHTS, ONES = "+18888888888", "+11111111111"  # as wide and as narrow as ten digits can be
FONTS = ("Liberation Sans", "Liberation Serif", "Liberation Mono", "Liberation Sans Narrow", "system-ui")
LAYOUTS = {
    "flex nav": '<nav style="display: flex; gap: 1em; width: max-content"><b>Home</b>{}<b>Contact</b></nav>',
    "narrow box": '<div style="width: 7em">Call us at {} now, we are open</div>',
    "running text": "<p>Call {} today, or come in. <b>We are open.</b></p>",
    "centred": '<div style="text-align: center">{}<br>open all day</div>',
}


@pytest.fixture
def early(stage: Stage) -> str:
    """Return the inline script that owners may put before everything else in <head>."""
    return f"<script>{tags.early(stage.shop.site.key)}</script>"


def test_repeat_view_does_not_wait_for_the_network(page: "Page", stage: Stage) -> None:
    _visit_then_hold(page, stage, "/swap.js")
    page.goto(stage.show("/contact", CALL_US), wait_until="commit")
    wait_for_text(page, SWAPPED)
    stage.api.open.set()


def test_early_script_does_not_wait_for_the_network(page: "Page", stage: Stage, early: str) -> None:
    stage.api.script_headers = MUST_REVALIDATE
    _visit_then_hold(page, stage, "/swap.js")
    page.goto(stage.show("/contact", CALL_US, head=early), wait_until="commit")
    wait_for_text(page, SWAPPED)
    stage.api.open.set()


def test_control_view_that_has_to_ask_for_the_script_waits(page: "Page", stage: Stage) -> None:
    stage.api.script_headers = MUST_REVALIDATE
    _visit_then_hold(page, stage, "/swap.js")
    page.goto(stage.show("/contact", CALL_US + "<script>self.parsed = true</script>"), wait_until="commit")
    page.wait_for_function("self.parsed")
    next_frames(page)
    assert text_of(page) == STATIC
    stage.api.open.set()
    wait_for_text(page, SWAPPED)


def test_repeat_view_is_swapped_before_it_is_painted(page: "Page", stage: Stage) -> None:
    # The script comes from the cache within milliseconds of the paint: a busy machine turns some views around.
    assert any(sum(_views(page, stage)) >= MOST for _ in range(TRIES))


def test_early_script_swaps_before_the_first_paint_whatever_the_cache_must_ask(
    page: "Page", stage: Stage, early: str
) -> None:
    stage.api.script_headers = MUST_REVALIDATE
    assert all(_views(page, stage, early))


def test_control_view_that_has_to_ask_for_the_script_is_painted_first(page: "Page", stage: Stage) -> None:
    stage.api.script_headers = MUST_REVALIDATE
    _visit_then_hold(page, stage, "/swap.js")
    page.goto(stage.show("/contact", PHONE, head=TIMES), wait_until="commit")
    page.wait_for_function("self.times?.painted")
    stage.api.open.set()
    assert not _was_swapped_first(page)


@pytest.mark.parametrize("font", FONTS)
def test_swap_moves_nothing(page: "Page", stage: Stage, font: str) -> None:
    stage.shop.add_pool("eights", EIGHTS, [ONES])
    phone = '<span class="phone">888-888-8888</span>'
    body = "".join(layout.format(phone) for layout in LAYOUTS.values()) + "<p>below</p>"
    _show_then_swap(page, stage, f'<main style="font-family: {font}">{body}</main>', "111-111-1111")
    assert page.evaluate("self.shifts") < 0.001


def test_control_longer_text_moves_the_page(page: "Page", stage: Stage) -> None:
    pool = stage.shop.add_pool("london", "+442079460000", [])
    stage.shop.add_numbers(pool, ["+16465550199"], Kind.POOL)
    body = LAYOUTS["narrow box"].format('<span class="phone">020 7946 0000</span>') + "<p>below</p>" * 3
    _show_then_swap(page, stage, f'<main style="font-size: 32px">{body}</main>', "+1 646-555-0199")
    page.wait_for_function("self.shifts > 0.001")


def _visit_then_hold(page: "Page", stage: Stage, path: str) -> None:
    """Visit once, so that script and number are in the browser, and hold what is asked for after that."""
    page.goto(stage.show("/first", CALL_US))
    wait_for_text(page, SWAPPED)
    stage.api.held = path
    stage.api.open.clear()


def _views(page: "Page", stage: Stage, head: str = "") -> list[bool]:
    """Return for each of some repeat views whether the number was swapped before it was painted."""
    page.goto(stage.show("/first", PHONE, head=head + TIMES))
    wait_for_text(page, SWAPPED)
    slow_line(page, ROUND_TRIP)
    return [_view(page, stage, f"/{turn}", head) for turn in range(VIEWS)]


def _view(page: "Page", stage: Stage, path: str, head: str) -> bool:
    page.goto(stage.show(path, PHONE, head=head + TIMES))
    return _was_swapped_first(page)


def _was_swapped_first(page: "Page") -> bool:
    page.wait_for_function("self.times.swapped && self.times.painted")
    times: Any = page.evaluate("self.times")
    return bool(times["swapped"] < times["painted"])


def _show_then_swap(page: "Page", stage: Stage, body: str, text: str) -> None:
    """Show a page, let it be painted with its own number, and only then answer its request for a lease."""
    stage.api.open.clear()
    page.goto(stage.show("/", body, head=SHIFTS))
    page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length")
    stage.api.open.set()
    page.wait_for_function(
        "text => [...document.querySelectorAll('.phone')].every(phone => phone.textContent === text)", arg=text
    )
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
