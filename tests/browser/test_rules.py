"""A rule's number on a page, in a real browser."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from gateway.core.rules.conditions import parse
from gateway.store import NewRule
from tests.browser.stage import Stage
from tests.browser.words import CALL_US, wait_for_text

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

BY_RULE = "Call (646) 555-0150 today"


@pytest.mark.parametrize("tag", ["", 'data-consent="source"'])
def test_who_came_from_an_ad_sees_the_rules_number_with_and_without_consent(
    page: "Page", stage: Stage, tag: str
) -> None:
    rule = NewRule("ads", stage.shop.pool, parse("source = google and campaign contains sale"), "+16465550150")
    stage.shop.store.rules.add(rule, stage.shop.clock())
    page.goto(stage.show("/", CALL_US, tag=tag))
    wait_for_text(page, BY_RULE)
    assert not stage.shop.rows()


def test_who_came_from_an_ad_sees_the_rules_number_on_every_page_of_the_visit(page: "Page", stage: Stage) -> None:
    rule = NewRule("ads", stage.shop.pool, parse("param.utm_campaign exists"), "+16465550150")
    stage.shop.store.rules.add(rule, stage.shop.clock())
    stage.shop.clock.at = datetime.now(UTC) + timedelta(minutes=1)  # after the browser's, whose first touch counts
    page.goto(stage.show("/", CALL_US))
    stage.api.wait_for("/v1/lease")
    wait_for_text(page, BY_RULE)
    page.goto(stage.show("/contact", CALL_US).partition("?")[0])
    stage.api.wait_for("/v1/lease")
    wait_for_text(page, BY_RULE)
