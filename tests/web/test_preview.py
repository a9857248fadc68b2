"""`?leaseline=debug`: what would be shown and why, at no cost."""

import pytest

from gateway.core.calls.attribution import Kind
from tests.web.shop import LEASED, TARGET, Json, Shop, numbers_in

TABLES = ("visitor", "session", "lease", "tap", "number", "page_view", "shown")
OWN = ("(212) 555-0100",)


def look(
    shop: Shop, found: tuple[str, ...] = OWN, headers: dict[str, str] | None = None, **changes: object
) -> list[str]:
    """Return the lines of a preview, which has to have changed nothing."""
    body = {"site": shop.site.key, "found": list(found), "consent": "preview", "view": True, **changes}
    before = {table: shop.store.engine.read(f"SELECT * FROM {table}") for table in TABLES}
    answer: Json = shop.post("/v1/lease", body, headers=headers).get_json()
    assert {table: shop.store.engine.read(f"SELECT * FROM {table}") for table in TABLES} == before
    assert (answer["numbers"], answer["lease"], answer["held_for"]) == ([], "", 0)
    return list(answer["explain"])


def test_a_preview_names_targets_runs_and_what_would_be_shown(shop: Shop) -> None:
    shop.add_pool("london", "+442079460000", [])
    assert look(shop) == [
        "+442079460000 (pool london): not on this page",
        f"{TARGET} (pool sales): found in '(212) 555-0100'",
        f"{TARGET}: would show a number that nobody holds",
    ]


def test_a_preview_names_the_number_that_the_visitor_holds(shop: Shop) -> None:
    visitor = shop.lease()["visitor"]
    assert look(shop, visitor=visitor)[-1] == f"{TARGET}: would go on showing {LEASED[0]}, which the visitor holds"


def test_a_preview_of_an_empty_pool_says_so(shop: Shop) -> None:
    for _ in LEASED:
        shop.lease()
    assert look(shop)[-1] == f"{TARGET}: the site's own number stays: the pool has nothing to show"
    shop.add_numbers(shop.pool, ["+16465550199"], Kind.SHARED)
    assert look(shop)[-1] == f"{TARGET}: would show +16465550199, which is everybody's"


@pytest.mark.parametrize(
    ("headers", "changes", "reason"),
    [
        ({"User-Agent": "Googlebot/2.1"}, {}, "bot: the User-Agent is a crawler's, or empty"),
        ({}, {"webdriver": True}, "bot: the browser is driven by a program (navigator.webdriver)"),
        ({"Sec-Purpose": "prefetch"}, {}, "prefetch: the browser loads the page ahead, and nobody looks at it yet"),
        ({"Sec-GPC": "1"}, {}, "consent: the browser sends Global Privacy Control"),
    ],
)
def test_a_preview_says_why_a_visitor_gets_no_number_of_their_own(
    shop: Shop, headers: dict[str, str], changes: Json, reason: str
) -> None:
    assert f"no number of the visitor's own: {reason}" in look(shop, OWN, headers, **changes)


def test_a_preview_of_a_page_without_a_target_says_so(shop: Shop) -> None:
    assert look(shop, ("555-0199",)) == [
        f"{TARGET} (pool sales): not on this page",
        "no match: no target is among what the page's script found, so the site's own number stays",
    ]


def test_a_preview_of_a_site_without_a_pool_says_so(shop: Shop) -> None:
    other = shop.store.sites.add("other", [shop.origin], shop.clock())
    assert look(shop, site=other.key)[0] == "the site has no pool yet: `leaseline pool create` makes one"


def test_only_a_preview_explains(shop: Shop) -> None:
    assert "explain" not in shop.lease()
    assert numbers_in(shop.lease())
