"""How pools stand and what to do, as the owner reads it."""

from datetime import UTC, datetime

from gateway.core.visits.visit import Visit
from gateway.store import PageView
from tests.cli.refusals import refusal
from tests.house import POOL, House


def look_at_pages(house: House, visitors: int) -> None:
    store = house.store
    pool = store.sites.pool_by_name("web")
    assert pool
    page = PageView(pool.site, "https://shop.example/")
    for place in range(visitors):
        house.store.leases.grant(f"visitor{place}", Visit(), [pool], datetime.now(UTC), view=page)


def test_a_pool_that_is_large_enough_says_how_its_numbers_stand(house: House) -> None:
    house.run("number", "pause", POOL[0])
    look_at_pages(house, 3)
    (row,) = house.ask("pool", "status")
    assert (row["pool"], row["numbers"], row["active"], row["free"], row["paused"]) == ("web", 9, 3, 6, 1)
    assert (row["hour"]["sessions"], row["hour"]["overflow_share"], row["warnings"]) == (3, 0.0, [])
    assert (row["day"]["views"]["idle"], row["day"]["leases"]["idle"]) == (3, 3)
    printed = house.run("pool", "status", "web").stdout.splitlines()
    assert len(printed) == 2
    assert "overflow_hour" in printed[0]


def test_a_pool_that_is_too_small_says_what_to_do(house: House) -> None:
    look_at_pages(house, len(POOL) + 5)
    said = house.run("pool", "status", "web").stdout
    assert "web: 33% of the page views of the last hour (5 of 15) showed no number of the visitor's own: add 5 " in said
    assert "33.3%" in said
    assert len(house.ask("pool", "status", "web")[0]["warnings"]) == 2


def test_an_empty_pool_and_one_that_is_none_are_told_apart(house: House) -> None:
    house.run("pool", "create", "empty", "--swap-target", "+12125550101", "--destination", "main")
    assert "empty: it has no number" in house.run("pool", "status", "empty").stdout
    assert "there is no pool 'gone'" in refusal(house, "pool", "status", "gone")
