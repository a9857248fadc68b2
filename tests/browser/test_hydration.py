"""Pages that a server rendered with React or Vue: nothing is written that their hydration would stumble over.

React throws away the server's nodes when a text is not what its own code says. Text waits for it, then; a link may be
swapped at once, so that a tap on it is right from the start.
"""

from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.bundles import Bundle, build
from tests.browser.stage import Stage
from tests.browser.words import CALL_US, LEASED, STATIC, SWAPPED, text_of, wait_for_text

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

HINTS = {
    "the tag says so": ('data-hydrate="react"', ""),
    "Next, app router": ("", "<script>self.__next_f = []</script>"),
    "Next, pages router": ("", '<script id="__NEXT_DATA__" type="application/json">{}</script>'),
    "Remix": ("", "<script>self.__remixContext = {}</script>"),
    "React Router": ("", "<script>self.__reactRouterContext = {}</script>"),
}
NO_HINT = ("", "")
FRAMES = 40


@pytest.fixture(scope="session")
def react(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return build("react", tmp_path_factory.mktemp("react"))


@pytest.fixture(scope="session")
def vue(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return build("vue", tmp_path_factory.mktemp("vue"))


def test_react_hydrates_the_nodes_of_the_server(page: "Page", stage: Stage, react: Bundle) -> None:
    _lease_first(page, stage)
    for hint in HINTS.values():
        _show(page, stage, react, hint)
        page.wait_for_selector('#call[href="tel:+16465550110"]')
        assert (text_of(page), text_of(page, "#pieces")) == (STATIC, "Or (212) 555-0100")
        _hydrate(page)
        wait_for_text(page, SWAPPED)
        assert _harm(page) == ([], True)
        assert _read(page) == [SWAPPED, "Or (646) 555-0110", "tel:+16465550110", f"Call {LEASED}"]


def test_control_react_throws_the_servers_nodes_away_where_nothing_waits(
    page: "Page", stage: Stage, react: Bundle
) -> None:
    _lease_first(page, stage)
    _show(page, stage, react, NO_HINT)
    wait_for_text(page, SWAPPED)
    _hydrate(page)
    errors, kept = _harm(page)
    assert ["#418" in error for error in errors] == [True]
    assert not kept
    wait_for_text(page, SWAPPED)  # the visitor sees the right number all the same


def test_page_that_turned_out_to_be_react_is_waited_for_the_next_time(
    page: "Page", stage: Stage, react: Bundle
) -> None:
    _show(page, stage, react, NO_HINT, "/first")
    page.wait_for_function("!!self.hydrate")
    _hydrate(page)
    wait_for_text(page, SWAPPED)
    _show(page, stage, react, NO_HINT)
    page.wait_for_selector('#call[href="tel:+16465550110"]')
    assert text_of(page) == STATIC
    _hydrate(page)
    wait_for_text(page, SWAPPED)
    assert _harm(page) == ([], True)


def test_what_react_never_hydrates_is_swapped_in_the_end(page: "Page", stage: Stage, react: Bundle) -> None:
    _lease_first(page, stage)
    page.clock.install()
    _show(page, stage, react, HINTS["the tag says so"], body='<p id="island">212-555-0100</p>')
    page.wait_for_selector('#call[href="tel:+16465550110"]')
    assert text_of(page, "#island") == "212-555-0100"
    page.clock.run_for(15_000)
    wait_for_text(page, "646-555-0110", "#island")


@pytest.mark.parametrize("framework", ["react", "vue"])
def test_static_number_is_in_no_frame_of_a_page_that_renders_again(
    page: "Page", stage: Stage, framework: str, request: pytest.FixtureRequest
) -> None:
    _show(page, stage, request.getfixturevalue(framework), _hint_of(framework))
    page.wait_for_function("!!self.hydrate")
    _hydrate(page)
    wait_for_text(page, SWAPPED)
    assert page.evaluate(_SAMPLE, 2 * [True]) == ["Call (646) 555-0110 today", "Ring 646.555.0110 now"]
    page.evaluate("document.addEventListener('leaseline:conflict', () => self.errors.push('conflict'))")
    seen = page.evaluate(_SAMPLE, FRAMES * [True])
    assert set(seen) == {"Call (646) 555-0110 today", "Ring 646.555.0110 now"}
    assert page.evaluate("self.errors") == []


def test_control_static_number_is_in_frames_of_a_page_that_renders_again_and_has_no_lease(
    page: "Page", stage: Stage, react: Bundle
) -> None:
    _show(page, stage, react, HINTS["the tag says so"])
    page.wait_for_function("!!self.hydrate")
    _hydrate(page)
    wait_for_text(page, SWAPPED)
    page.evaluate("leaseline('off')")
    assert set(page.evaluate(_SAMPLE, [True] * 4)) == {STATIC, "Ring 212.555.0100 now"}


def test_vue_hydrates_the_elements_of_the_server(page: "Page", stage: Stage, vue: Bundle) -> None:
    _lease_first(page, stage)
    _show(page, stage, vue, NO_HINT)
    page.wait_for_selector('#call[href="tel:+16465550110"]')
    _hydrate(page)
    wait_for_text(page, SWAPPED)
    assert _harm(page) == ([], True)
    assert _read(page) == [SWAPPED, "Or (646) 555-0110", "tel:+16465550110", f"Call {LEASED}"]


def test_vue_has_nothing_to_complain_of(page: "Page", stage: Stage, vue: Bundle) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    _lease_first(page, stage)
    _show(page, stage, vue, ('data-hydrate="vue"', ""))
    page.wait_for_selector('#call[href="tel:+16465550110"]')
    _hydrate(page)
    wait_for_text(page, SWAPPED)
    assert said == []


def test_react_page_may_be_left_and_its_nodes_removed(page: "Page", stage: Stage, react: Bundle) -> None:
    _show(page, stage, react, HINTS["the tag says so"])
    page.wait_for_function("!!self.hydrate")
    _hydrate(page)
    wait_for_text(page, SWAPPED)
    page.evaluate("self.root.unmount()")
    page.wait_for_selector("#phone", state="detached")
    assert page.evaluate("self.errors") == []


_SAMPLE = """async turns => {
    const seen = [];
    for (const _ of turns) {
        await self.flip();
        await new Promise(requestAnimationFrame);
        seen.push(document.getElementById('phone').textContent);
    }
    return seen.sort();
}"""


def _lease_first(page: "Page", stage: Stage) -> None:
    """Leave a lease in the browser, as the visitor's first page does."""
    page.goto(stage.show("/before", CALL_US))
    wait_for_text(page, SWAPPED)


def _show(
    page: "Page", stage: Stage, bundle: Bundle, hint: tuple[str, str], path: str = "/app", body: str = ""
) -> None:
    """Show the page as the server sent it; its own script is there, and begins when it is told to."""
    tag, head = hint
    stage.pages.html["/client.js"] = bundle.script
    script = '<script defer src="/client.js"></script>'
    page.goto(stage.show(path, f'{body}<div id="root">{bundle.html}</div>', tag, head + script))


def _hint_of(framework: str) -> tuple[str, str]:
    return HINTS["the tag says so"] if framework == "react" else NO_HINT


def _hydrate(page: "Page") -> None:
    page.evaluate("self.before = document.getElementById('phone'); self.root = self.hydrate()")
    page.wait_for_function("self.hydrated")


def _harm(page: "Page") -> tuple[list[str], bool]:
    """Return what the framework had to recover from, and whether the server's node is still on the page."""
    harm: Any = page.evaluate("[self.errors, self.before === document.getElementById('phone')]")
    return harm[0], harm[1]


def _read(page: "Page") -> list[str | None]:
    call = [page.get_attribute("#call", name) for name in ("href", "aria-label")]
    return [text_of(page), text_of(page, "#pieces"), *call]
