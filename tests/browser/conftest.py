"""A headless Chromium, or a line that says why there is none."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.stage import Stage, open_stage
from tests.browser.words import COUNT_CALLS
from tests.missing import skip_without

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-blink-features=AutomationControlled",
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
def page(browser: "Browser") -> Iterator["Page"]:
    """Return a page of a new visitor; the test fails when anything on it threw."""
    context = browser.new_context()
    context.add_init_script(COUNT_CALLS)
    page = context.new_page()
    thrown: list[str] = []
    page.on("pageerror", lambda error: thrown.append(str(error)))
    yield page
    context.close()
    assert thrown == []


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with open_stage(tmp_path) as stage:
        yield stage
