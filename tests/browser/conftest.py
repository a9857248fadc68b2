"""A headless Chromium, or a line that says why there is none."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.stage import PATIENCE, Stage, open_stage
from tests.browser.words import COUNT_CALLS
from tests.missing import skip_without

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

# Headless, it would call itself HeadlessChrome, which is no visitor's browser.
VISITOR = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-blink-features=AutomationControlled",
    f"--user-agent={VISITOR}",
)


# Per module: while playwright's synchronous door is open, nothing else in this process can run an asyncio loop.
@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is missing: pip install playwright")
    path = shutil.which("chromium")
    if path is None:
        skip_without("chromium is missing: apt-get install --no-install-recommends chromium fonts-liberation")
    with playwright.sync_playwright() as door:
        # Without back/forward cache, which playwright turns off, no page would ever come back as visitors' pages do.
        started = door.chromium.launch(
            executable_path=path, args=FLAGS, ignore_default_args=["--disable-back-forward-cache"]
        )
        yield started
        started.close()


@pytest.fixture
def open_page(browser: "Browser") -> Iterator[Callable[..., "Page"]]:
    """Return what opens a page of a new visitor (options are those of a context); nothing on them may have thrown."""
    contexts: list[BrowserContext] = []
    thrown: list[str] = []

    def open_page(**options: Any) -> "Page":
        context = browser.new_context(**options)
        contexts.append(context)
        context.set_default_timeout(1000 * PATIENCE)
        context.add_init_script(COUNT_CALLS)
        context.on("weberror", lambda error: thrown.append(str(error.error)))
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()
    assert thrown == []


@pytest.fixture
def page(open_page: Callable[..., "Page"]) -> "Page":
    return open_page()


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with open_stage(tmp_path) as stage:
        yield stage
