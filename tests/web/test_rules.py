"""Rules on the page: one fixed number for all who come in a certain way, and nothing kept of them."""

import pytest

from gateway.core.calls.attribution import Kind
from gateway.core.leasing.leases import Choice
from gateway.core.rules.conditions import parse
from gateway.store import NewRule
from tests.web.shop import FROM_AD, LEASED, ORIGIN, TARGET, Json, Shop, numbers_in
from tests.web.test_journeys import PHONE, call_row
from tests.web.test_preview import look

ADS, EVERYBODYS = "+16465550150", "+16465550199"
KEPT = ("visitor", "session", "lease", "page")


def add_rule(shop: Shop, condition: str = "source = google", number: str = ADS, *, overflow: bool = False) -> None:
    shop.store.rules.add(NewRule("ads", shop.pool, parse(condition), number, overflow=overflow), shop.clock())


def rows(shop: Shop) -> dict[str, int]:
    return {table: len(shop.store.engine.read(f"SELECT * FROM {table}")) for table in KEPT}


def ask(shop: Shop, **changes: object) -> Json:
    response = shop.ask(**changes)  # type: ignore[arg-type]  # the fields of a request
    assert response.status_code == 200, response.text
    return dict(response.get_json())


def test_whom_a_rule_fits_is_shown_its_number_and_nothing_is_kept(shop: Shop) -> None:
    add_rule(shop)
    answer = ask(shop, view=True)
    shown = {"target": TARGET, "number": ADS, "display": "(646) 555-0150", "choice": "source", "sms": False}
    assert answer["numbers"] == [shown]
    assert answer["texts"]["2125550100"] == "6465550150"
    assert (answer["lease"], answer["expires_in"]) == ("", 0)
    assert (answer["held_for"], answer["held_after_bye"], answer["next_beat"]) == (1200, 1200, 1200)
    assert set(rows(shop).values()) == {0}
    assert shop.store.engine.read("SELECT views FROM page_view") == [{"views": 1}]


def test_whom_no_rule_fits_is_leased_a_number(shop: Shop) -> None:
    add_rule(shop, "source = bing")
    assert numbers_in(shop.lease()) == [LEASED[0]]


def test_a_rule_goes_before_the_pool_also_where_that_is_empty(shop: Shop) -> None:
    add_rule(shop)
    assert [numbers_in(shop.lease()) for _ in range(5)] == [[ADS]] * 5


def test_a_visitor_whose_lease_runs_keeps_their_number(shop: Shop) -> None:
    first = shop.lease()
    add_rule(shop)
    assert numbers_in(shop.lease(first["visitor"])) == [LEASED[0]]
    shop.clock.forward(8 * 24 * 3600)
    assert numbers_in(shop.lease(first["visitor"])) == [ADS]


def test_the_first_touch_counts_and_not_the_page_of_the_moment(shop: Shop) -> None:
    add_rule(shop, "landing_path = /beds and param.utm_campaign exists")
    first = {"url": FROM_AD, "referrer": "", "at": int(shop.clock().timestamp() * 1000)}
    assert numbers_in(ask(shop, url=f"{ORIGIN}/contact", first=first)) == [ADS]
    assert numbers_in(ask(shop, url=f"{ORIGIN}/contact")) == [LEASED[0]]


def test_the_device_counts(shop: Shop) -> None:
    add_rule(shop, "device = mobile")
    assert numbers_in(shop.view("/v1/lease", FROM_AD, {"User-Agent": PHONE})) == [ADS]
    assert numbers_in(shop.view("/v1/lease", FROM_AD)) == [LEASED[0]]


@pytest.mark.parametrize(
    ("consent", "headers"), [("source", {}), ("default", {"Sec-GPC": "1"}), ("cookieless", {}), ("granted", {})]
)
def test_a_rule_tells_nothing_of_a_visitor_so_it_needs_no_consent(
    shop: Shop, consent: str, headers: dict[str, str]
) -> None:
    add_rule(shop, "param.gclid exists")
    assert numbers_in(shop.view("/v1/lease", FROM_AD, headers, consent=consent)) == [ADS]
    assert set(rows(shop).values()) == {0}


@pytest.mark.parametrize("headers", [{"User-Agent": "Googlebot/2.1"}, {"Sec-Purpose": "prefetch"}])
def test_a_robot_is_shown_no_rules_number(shop: Shop, headers: dict[str, str]) -> None:
    add_rule(shop, "source exists")
    assert numbers_in(shop.view("/v1/lease", FROM_AD, headers)) == []


def test_who_is_limited_is_shown_the_rules_number_before_the_shared_one(shop: Shop) -> None:
    add_rule(shop)
    shop.add_numbers(shop.pool, [EVERYBODYS], Kind.SHARED)
    bodies = [shop.view("/v1/lease", FROM_AD) for _ in range(30)]
    assert {tuple(numbers_in(body)) for body in bodies} == {(ADS,)}


def test_in_overflow_the_sources_shared_number_goes_before_everybodys(shop: Shop) -> None:
    add_rule(shop, overflow=True)
    shop.add_numbers(shop.pool, [EVERYBODYS], Kind.SHARED)
    assert [numbers_in(shop.lease()) for _ in LEASED] == [[number] for number in LEASED]
    answer = shop.view("/v1/lease", FROM_AD)
    assert [(one["number"], one["choice"]) for one in answer["numbers"]] == [(ADS, "source_shared")]
    assert (answer["lease"], answer["held_for"], answer["next_beat"]) == ("", 1200, 1200)
    assert numbers_in(shop.view("/v1/lease", ORIGIN)) == [EVERYBODYS]
    hour = shop.store.pressure.windows(shop.pool, shop.clock())[0]
    assert (hour.views, hour.overflow) == ({Choice.SOURCE_SHARED: 1, Choice.SHARED: 1}, 2)


@pytest.mark.parametrize(("consent", "headers"), [("source", {}), ("default", {"Sec-GPC": "1"})])
def test_without_consent_the_sources_shared_number_goes_before_everybodys(
    shop: Shop, consent: str, headers: dict[str, str]
) -> None:
    add_rule(shop, overflow=True)
    shop.add_numbers(shop.pool, [EVERYBODYS], Kind.SHARED)
    assert numbers_in(shop.view("/v1/lease", FROM_AD, headers, consent=consent)) == [ADS]
    assert numbers_in(shop.view("/v1/lease", ORIGIN, headers, consent=consent)) == [EVERYBODYS]
    assert set(rows(shop).values()) == {0}


def test_a_preview_names_the_overflow_rule_where_it_would_serve(shop: Shop) -> None:
    add_rule(shop, overflow=True)
    assert look(shop, url=FROM_AD)[-1] == f"{TARGET}: would show a number that nobody holds"
    for _ in LEASED:
        shop.lease()
    assert look(shop, url=FROM_AD)[-1] == f"{TARGET}: would show {ADS}, by the overflow rule ads: source = google"


def test_a_page_with_two_targets_leases_the_one_that_has_no_rule(shop: Shop) -> None:
    add_rule(shop)
    shop.add_pool("london", "+442079460000", ["+442079460123"])
    answer = shop.lease(found=("2125550100", "+442079460000"))
    assert {one["number"]: one["choice"] for one in answer["numbers"]} == {ADS: "source", "+442079460123": "idle"}
    assert (answer["held_for"], answer["next_beat"]) == (30, 10)
    assert shop.beat(answer["lease"]).status_code == 200


def test_a_removed_rule_gives_its_visitors_back_to_the_pool(shop: Shop) -> None:
    add_rule(shop)
    visitor = shop.lease()["visitor"]
    shop.store.rules.remove("ads")
    assert numbers_in(shop.lease(visitor)) == [LEASED[0]]


def test_a_preview_names_the_rule(shop: Shop) -> None:
    add_rule(shop)
    said = f"{TARGET}: would show {ADS}, by the rule ads: source = google"
    assert look(shop, url=FROM_AD)[-1] == said
    assert look(shop, url=FROM_AD, headers={"Sec-GPC": "1"})[-1] == said
    assert look(shop, url=ORIGIN)[-1] == f"{TARGET}: would show a number that nobody holds"
    assert TARGET not in look(shop, url=FROM_AD, webdriver=True)[-1]


def test_a_preview_of_a_visitor_who_holds_a_number_names_that(shop: Shop) -> None:
    visitor = shop.lease()["visitor"]
    add_rule(shop)
    assert look(shop, url=FROM_AD, visitor=visitor)[-1].startswith(f"{TARGET}: would go on showing {LEASED[0]}")


def test_a_call_to_a_rules_number_is_attributed_to_its_campaign(shop: Shop) -> None:
    add_rule(shop)
    shop.lease()
    row = call_row(shop, ADS)
    assert (row["state"], row["campaign"], row["destination"]) == ("source", "ads", "sales")
    assert row["attribution_reason"].endswith("The rule ads shows it.")


@pytest.mark.parametrize(
    "url", ["", "http://[", "x" * 5000, f"{ORIGIN}/?" + "&".join("a=b" for _ in range(500)), "\x00"]
)
def test_a_hostile_address_fits_no_rule_and_breaks_nothing(shop: Shop, url: str) -> None:
    add_rule(shop, "param.a exists and landing_path matches ^/.*x")
    assert numbers_in(ask(shop, url=url)) == [LEASED[0]]
