"""The pages that a person walks through, by a real browser's reports."""

from typing import TYPE_CHECKING

import pytest

from tests.browser.stage import Stage
from tests.browser.words import CALL_US, SWAPPED, wait_for_text
from tests.web.test_journeys import call_row

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

SAYS = """<script>
    self.leaseline = function () { (leaseline.q = leaseline.q || []).push(arguments) };
    leaseline('tag', %s);
</script>"""


def test_the_pages_that_a_visitor_walks_through_are_kept_in_their_order(page: "Page", stage: Stage) -> None:
    page.goto(landing := stage.show("/", CALL_US))
    wait_for_text(page, SWAPPED)
    stage.api.wait_for("/v1/lease")
    stage.show("/beds", CALL_US)
    stage.shop.clock.forward(1)
    page.goto(f"{stage.site_url}/beds")
    stage.api.wait_for("/v1/beat")
    stage.show("/contact", CALL_US)
    stage.shop.clock.forward(1)
    page.goto(f"{stage.site_url}/contact?from=beds")
    stage.api.wait_for("/v1/beat")
    rows = stage.shop.store.engine.read("SELECT url FROM page ORDER BY viewed_at")
    assert [row["url"] for row in rows] == [landing, f"{stage.site_url}/beds", f"{stage.site_url}/contact?from=beds"]
    session = stage.shop.store.engine.read("SELECT device_type FROM session")
    assert [row["device_type"] for row in session] == ["desktop"]


def test_what_the_pages_say_of_the_visit_reaches_the_row_of_its_call(page: "Page", stage: Stage) -> None:
    page.goto(landing := stage.show("/", SAYS % "{ variant: 'b' }" + CALL_US))
    wait_for_text(page, SWAPPED)
    stage.api.wait_for("/v1/lease")
    stage.show("/contact", SAYS % "{ order: 43 }" + CALL_US)
    page.goto(f"{stage.site_url}/contact")
    stage.api.wait_for("/v1/beat")
    row = call_row(stage.shop, stage.shop.rows()[0]["number"])
    assert (row["landing_page_url"], row["landing_variant"]) == (landing, "b")
    assert row["tags"] == {"variant": "b", "order": "43"}
