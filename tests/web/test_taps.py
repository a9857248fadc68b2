"""What pages report beside their leases: taps on links, views, and views that found nothing to replace."""

import json
from pathlib import Path

import pytest

from gateway.core.calls.call import InboundCall
from gateway.core.calls.routing import decide
from tests.web.shop import LEASED, ORIGIN, TARGET, Json, Shop, numbers_in
from tests.web.test_leases import LONDON, LONDON_LEASED

PEER = "203.0.113.7"


def tap(shop: Shop, href: str, network: str = "", headers: dict[str, str] | None = None, **changes: object) -> None:
    body = {"site": shop.site.key, "href": href, "url": f"{ORIGIN}/", **changes}
    assert shop.post("/v1/tel", body, network=network, headers=headers).status_code == 204


def taps(shop: Shop) -> list[Json]:
    return shop.store.engine.read("SELECT * FROM tap ORDER BY tapped_at, id")


def counted(shop: Shop) -> dict[str, tuple[int, int]]:
    """Return page views and misses by path."""
    rows = shop.store.engine.read(
        "SELECT path, SUM(views) AS views, SUM(misses) AS misses FROM page_view GROUP BY path"
    )
    return {row["path"]: (row["views"], row["misses"]) for row in rows}


def test_a_tap_holds_the_lease_and_is_kept(shop: Shop) -> None:
    answer = shop.lease()
    tap(shop, f"tel:{LEASED[0]}", visitor=answer["visitor"], lease=answer["lease"])
    row = taps(shop)[0]
    lease = shop.store.engine.read("SELECT * FROM lease")[0]
    assert json.loads(row["leases"]) == [lease["id"]]
    assert (row["visitor_id"], row["number"], row["pending"]) == (lease["visitor_id"], LEASED[0], 0)
    assert lease["expires_at"] - row["tapped_at"] == 30 * 60 * 1000
    shop.clock.forward(60)
    shop.bye(answer["lease"])
    shop.clock.forward(28 * 60)
    assert shop.beat(answer["lease"]).status_code == 200


def test_a_tap_before_the_lease_came_is_pending(shop: Shop) -> None:
    tap(shop, "tel:(212)%20555-0100")
    row = taps(shop)[0]
    assert (row["visitor_id"], row["leases"], row["pending"], row["number"]) == ("", "[]", 1, TARGET)
    assert (row["digits"], row["network"]) == ("2125550100", None)


@pytest.mark.parametrize(
    ("href", "digits", "number"),
    [
        ("tel:+12125550100", "12125550100", TARGET),
        ("TEL:212-555-0100;ext=9", "2125550100", TARGET),
        ("tel:+12125550100,,5", "12125550100", TARGET),
        ("tel:020 7946 0000", "02079460000", LONDON),
        ("tel:+33142685300", "33142685300", "+33142685300"),
        ("tel:112", "112", None),
        ("tel:%", "", None),
        ("", "", None),
        ("javascript:alert(1)", "", None),
        ("tel:+" + "9" * 500, "9" * 20, None),
    ],
)
def test_the_number_of_a_tap_is_read_where_it_can_be(shop: Shop, href: str, digits: str, number: str | None) -> None:
    shop.add_pool("london", LONDON, [LONDON_LEASED])
    tap(shop, href)
    assert [(row["digits"], row["number"]) for row in taps(shop)] == [(digits, number)]


def test_a_forged_lease_holds_nothing(shop: Shop) -> None:
    answer = shop.lease()
    tap(shop, f"tel:{LEASED[0]}", visitor=answer["visitor"] + "x", lease=answer["lease"][:-2])
    assert (taps(shop)[0]["visitor_id"], taps(shop)[0]["pending"]) == ("", 1)
    shop.clock.forward(31)
    assert shop.rows()[0]["state"] == "cooling"


def test_taps_of_one_network_are_bounded_and_those_of_robots_not_kept(shop: Shop) -> None:
    for _ in range(40):
        tap(shop, f"tel:{TARGET}", PEER)
    assert len(taps(shop)) == 30
    tap(shop, f"tel:{TARGET}", "198.51.100.1")
    tap(shop, f"tel:{TARGET}", headers={"User-Agent": "Googlebot/2.1"})
    assert len(taps(shop)) == 31


def test_views_are_counted_by_path_and_misses_beside_them(shop: Shop) -> None:
    shop.ask(view=True)
    shop.ask(view=False)
    shop.ask(view=True, found=["5550199"])
    shop.ask(view=True, webdriver=True)
    for url in (f"{ORIGIN}/contact?x=1", "http://["):
        assert shop.post("/v1/miss", {"site": shop.site.key, "url": url}).status_code == 204
    assert counted(shop) == {"/beds": (1, 0), "/contact": (1, 1), "/": (1, 1)}


def test_misses_of_one_network_are_bounded_and_those_of_robots_not_counted(shop: Shop) -> None:
    body = {"site": shop.site.key, "url": f"{ORIGIN}/contact"}
    for _ in range(40):
        shop.post("/v1/miss", body, network=PEER)
    shop.post("/v1/miss", body, headers={"User-Agent": "curl/8"})
    assert counted(shop) == {"/contact": (30, 30)}


@pytest.mark.parametrize("consent", ["source", "preview"])
def test_a_tap_of_who_lets_us_keep_nothing_is_not_kept(shop: Shop, consent: str) -> None:
    tap(shop, "tel:2125550100", consent=consent)
    tap(shop, "tel:2125550100", headers={"Sec-GPC": "1"})
    assert taps(shop) == []
    tap(shop, "tel:2125550100", headers={"Sec-GPC": "1"}, consent="granted")
    assert len(taps(shop)) == 1


def test_a_tap_on_a_page_decides_the_call_that_follows_it(tmp_path: Path) -> None:
    shop = Shop(tmp_path, numbers=LEASED[:1])
    left = shop.lease()
    shop.beat(left["lease"])
    shop.bye(left["lease"])
    shop.clock.forward(15 * 60)
    sees = shop.lease()
    shop.beat(sees["lease"])
    assert numbers_in(sees) == numbers_in(left) == [LEASED[0]]
    tap(shop, "tel:(646) 555-0110", visitor=left["visitor"])
    shop.clock.forward(4)
    call = InboundCall("1", "6465550110", "", "+12125550199", shop.clock())
    decided = decide(shop.store.calls, shop.config.routes(), call).call.attribution
    assert decided.contested
    assert decided.candidates[0].lease.visitor == taps(shop)[0]["visitor_id"]
    assert decided.reason.startswith("The visitor tapped the number 4 seconds before the call")
