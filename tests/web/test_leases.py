"""The lease API as a page uses it."""

from datetime import timedelta
from pathlib import Path

import pytest

from gateway.core.calls.attribution import Kind
from gateway.core.leasing.leases import Policy
from tests.web.shop import FROM_AD, LEASED, ORIGIN, TARGET, Shop, numbers_in

LONDON, LONDON_LEASED = "+442079460000", "+442079460123"


def test_visitor_is_shown_a_number_of_the_pool(shop: Shop) -> None:
    answer = shop.lease()
    shown = {"target": TARGET, "number": LEASED[0], "display": "(646) 555-0110", "choice": "idle", "sms": False}
    assert answer["numbers"] == [shown]
    assert (answer["expires_in"], answer["held_for"], answer["held_after_bye"]) == (30, 30, 30)
    assert (answer["next_beat"], answer["matched"]) == (10, 1)
    assert answer["texts"]["2125550100"] == "6465550110"
    assert answer["visitor"]
    assert answer["lease"]


def test_two_tabs_get_one_number(shop: Shop) -> None:
    first = shop.lease()
    second = shop.lease(first["visitor"])
    assert numbers_in(first) == numbers_in(second)
    assert second["numbers"][0]["choice"] == "running"
    assert first["lease"] == second["lease"]
    assert len(shop.rows()) == 1


def test_two_visitors_get_two_numbers(shop: Shop) -> None:
    assert {*numbers_in(shop.lease()), *numbers_in(shop.lease())} == set(LEASED)


def test_campaign_is_kept_with_the_session(shop: Shop) -> None:
    shop.ask(referrer="https://www.google.com/")
    row = shop.rows()[0]
    assert row["campaign"] == "winter sale"
    assert row["landing_page_url"] == FROM_AD
    assert row["referring_url"] == "https://www.google.com/"


def test_visitor_in_the_database_is_not_the_token_of_the_browser(shop: Shop) -> None:
    token = shop.lease()["visitor"]
    stored = shop.rows()[0]["visitor_id"]
    assert stored.isalnum()
    assert len(stored) == 32
    assert stored != token


@pytest.mark.parametrize("forged", ["", "x", "eyJ9.aaaa", "IjEi.AAAA", ".", "\u0000", "é" * 900, "{}"])
def test_forged_visitor_gets_a_fresh_one(shop: Shop, forged: str) -> None:
    victim = shop.lease()
    answer = shop.lease(forged)
    assert answer["visitor"] not in {forged, victim["visitor"]}
    assert numbers_in(answer) != numbers_in(victim)
    assert forged not in {row["visitor_id"] for row in shop.rows()}


def test_visitor_of_another_site_gets_a_fresh_one(shop: Shop) -> None:
    theirs = shop.lease()["visitor"]
    other = shop.store.sites.add("other", [ORIGIN], shop.clock())
    answer = shop.ask(theirs, found=[], site=other.key).get_json()
    assert answer["visitor"] != theirs


def test_tampered_visitor_gets_a_fresh_one(shop: Shop) -> None:
    real = shop.lease()
    letter = "A" if real["visitor"][3] != "A" else "B"
    assert numbers_in(shop.lease(real["visitor"][:3] + letter + real["visitor"][4:])) != numbers_in(real)


@pytest.mark.parametrize("found", ["2125550100", "12125550100", "+12125550100", "0012125550100", "01112125550100"])
def test_target_is_found_however_the_page_writes_it(shop: Shop, found: str) -> None:
    assert numbers_in(shop.lease(found=["4445556666", found])) == [LEASED[0]]


@pytest.mark.parametrize("found", ["02079460000", "2079460000", "442079460000", "4402079460000", "00442079460000"])
def test_target_of_another_country_is_found(shop: Shop, found: str) -> None:
    shop.add_pool("london", LONDON, [LONDON_LEASED])
    answer = shop.lease(found=[found])
    shown = {"target": LONDON, "number": LONDON_LEASED, "display": "020 7946 0123", "choice": "idle", "sms": False}
    assert answer["numbers"] == [shown]


def test_number_of_another_country_is_written_in_full(shop: Shop) -> None:
    shop.add_pool("abroad", LONDON, ["+16465550199"])
    assert shop.lease(found=["02079460000"])["numbers"][0]["display"] == "+1 646-555-0199"


@pytest.mark.parametrize("found", ["5550100", "92125550100", "2125550101", "21255501000"])
def test_page_without_the_target_takes_no_number(shop: Shop, found: str) -> None:
    answer = shop.lease(found=[found])
    assert (answer["numbers"], answer["lease"], answer["held_for"]) == ([], "", 0)
    assert shop.rows() == []


def test_page_with_two_targets_leases_for_both(shop: Shop) -> None:
    shop.add_pool("london", LONDON, [LONDON_LEASED])
    answer = shop.lease(found=["2125550100", "02079460000"])
    assert {one["target"] for one in answer["numbers"]} == {TARGET, LONDON}
    assert shop.beat(answer["lease"]).status_code == 200


def test_exhausted_pool_leaves_the_pages_own_number(shop: Shop) -> None:
    for _ in LEASED:
        shop.lease()
    answer = shop.lease()
    assert (answer["numbers"], answer["lease"], answer["held_for"]) == ([], "", 0)


def test_overflow_shows_the_shared_number_without_a_lease(shop: Shop) -> None:
    shop.add_numbers(shop.pool, ["+16465550199"], Kind.SHARED)
    for _ in LEASED:
        shop.lease()
    answer = shop.lease()
    shown = {"target": TARGET, "number": "+16465550199", "display": "(646) 555-0199", "choice": "shared", "sms": False}
    assert answer["numbers"] == [shown]
    assert (answer["lease"], answer["held_for"], answer["next_beat"]) == ("", 1200, 1200)  # right for a visit


def test_shared_number_does_not_shorten_what_a_lease_holds(shop: Shop) -> None:
    crowded = shop.add_pool("london", LONDON, [])
    shop.add_numbers(crowded, [LONDON_LEASED], Kind.SHARED)
    answer = shop.lease(found=["2125550100", "02079460000"])
    assert {one["choice"] for one in answer["numbers"]} == {"idle", "shared"}
    assert answer["held_for"] == 30


def test_heartbeat_makes_a_provisional_lease_last(shop: Shop) -> None:
    answer = shop.lease()
    shop.clock.forward(10)
    beat = shop.beat(answer["lease"])
    timing = beat.get_json()
    assert 54 <= timing.pop("next_beat") <= 66
    assert timing == {"expires_in": 1200, "held_for": 1200, "held_after_bye": 30}
    shop.clock.forward(1100)
    assert shop.lease(answer["visitor"])["numbers"][0]["choice"] == "running"


def test_lease_without_a_heartbeat_ends_after_its_provisional_time(shop: Shop) -> None:
    answer = shop.lease()
    shop.clock.forward(31)
    assert shop.beat(answer["lease"]).status_code == 410


def test_ended_lease_answers_410(shop: Shop) -> None:
    answer = shop.lease()
    shop.beat(answer["lease"])
    shop.clock.forward(1201)
    response = shop.beat(answer["lease"])
    assert response.status_code == 410
    assert response.content_type == "application/problem+json"
    assert "ask /v1/lease again" in response.get_json()["title"]
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN  # else the script could not tell it from a fault
    assert numbers_in(shop.lease(answer["visitor"])) == numbers_in(answer)


def test_one_ended_lease_of_two_answers_410(shop: Shop) -> None:
    """The page must not go on showing a number that the next visitor may get."""
    shop.add_pool("london", LONDON, [LONDON_LEASED], Policy(length=timedelta(seconds=100)))
    answer = shop.lease(found=["2125550100", "02079460000"])
    assert shop.beat(answer["lease"]).get_json()["held_for"] == 100
    shop.clock.forward(101)
    assert shop.beat(answer["lease"]).status_code == 410


@pytest.mark.parametrize("forged", ["", "x", "eyJ9.aaaa", "\u0000"])
def test_forged_lease_answers_410(shop: Shop, forged: str) -> None:
    assert shop.beat(forged).status_code == 410


def test_lease_of_another_site_answers_410(shop: Shop) -> None:
    lease = shop.lease()["lease"]
    other = shop.store.sites.add("other", [ORIGIN], shop.clock())
    assert shop.post("/v1/beat", {"site": other.key, "lease": lease}).status_code == 410


def test_leaving_the_page_starts_the_closed_browser_delay(shop: Shop) -> None:
    answer = shop.lease()
    shop.clock.forward(10)
    shop.beat(answer["lease"])
    shop.clock.forward(60)
    assert shop.bye(answer["lease"]).status_code == 204
    shop.clock.forward(29)
    assert shop.rows()[0]["state"] == "active"
    shop.clock.forward(2)
    assert shop.rows()[0]["state"] == "cooling"


def test_next_page_within_the_delay_keeps_the_lease(shop: Shop) -> None:
    answer = shop.lease()
    shop.clock.forward(10)
    shop.beat(answer["lease"])
    shop.bye(answer["lease"])
    shop.clock.forward(5)
    assert shop.lease(answer["visitor"])["expires_in"] == 1200


def test_forged_bye_changes_nothing(shop: Shop) -> None:
    answer = shop.lease()
    shop.clock.forward(10)
    shop.beat(answer["lease"])
    assert shop.bye(answer["lease"][:-2]).status_code == 204
    shop.clock.forward(60)
    assert shop.rows()[0]["state"] == "active"


def test_hard_cooldown_holds_the_number_past_the_lease(tmp_path: Path) -> None:
    shop = Shop(tmp_path, policy=Policy(cooldown=timedelta(hours=1), hard=True))
    answer = shop.lease()
    assert (answer["expires_in"], answer["held_for"], answer["held_after_bye"]) == (30, 3630, 3630)
    shop.store.close()


def test_short_lease_is_beaten_in_time(tmp_path: Path) -> None:
    policy = Policy(length=timedelta(seconds=60), provisional=timedelta(seconds=6))
    shop = Shop(tmp_path, policy=policy)
    answer = shop.lease()
    assert answer["next_beat"] == 2
    assert 18 <= shop.beat(answer["lease"]).get_json()["next_beat"] <= 22
    shop.store.close()
