"""What pages are shown is counted for the owner of the pool, whoever looks."""

from gateway.core.leasing.leases import Choice
from tests.web.shop import FROM_AD, Shop


def shown(shop: Shop) -> tuple[dict[Choice, int], int]:
    """Return the views of the last hour by choice, and how many of nobody who could be told from others."""
    hour = shop.store.pressure.windows(shop.pool, shop.clock())[0]
    return dict(hour.views), hour.views_without_visitor


def test_visitors_of_a_pool_that_has_no_number_left_are_counted(shop: Shop) -> None:
    for _ in range(3):
        shop.view("/v1/lease", FROM_AD)
    assert shown(shop) == ({Choice.IDLE: 2, Choice.STATIC: 1}, 0)


def test_a_page_that_was_counted_is_not_counted_again_when_it_asks_once_more(shop: Shop) -> None:
    first = shop.view("/v1/lease", FROM_AD)
    shop.lease(first["visitor"])
    shop.beat(first["lease"])
    assert shown(shop) == ({Choice.IDLE: 1}, 0)
    shop.view("/v1/beat", FROM_AD, lease=first["lease"])
    assert shown(shop) == ({Choice.IDLE: 1, Choice.RUNNING: 1}, 0)


def test_visitors_without_consent_are_no_sign_of_a_pool_that_is_too_small(shop: Shop) -> None:
    shop.view("/v1/lease", FROM_AD, consent="source")
    shop.view("/v1/lease", FROM_AD, headers={"Sec-GPC": "1"})
    assert shown(shop) == ({}, 2)


def test_pages_that_a_robot_looks_at_are_not_counted(shop: Shop) -> None:
    shop.view("/v1/lease", FROM_AD, webdriver=True)
    assert shown(shop) == ({}, 0)
