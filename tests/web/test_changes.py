"""What pages that show a number hear when its pool changes."""

from dataclasses import replace

from gateway.core.calls.attribution import Kind
from gateway.core.leasing.leases import Policy
from gateway.core.numbers import Format
from tests.web.shop import LEASED, TARGET, Shop, numbers_in
from tests.web.test_leases import LONDON, LONDON_LEASED


def test_a_changed_pool_answers_410_and_then_the_same_number(shop: Shop) -> None:
    before = shop.lease()
    shop.store.sites.change_pool(replace(shop.pool, policy=Policy(hard=True)))
    response = shop.beat(before["lease"])
    assert response.status_code == 410
    assert "ask /v1/lease again" in response.get_json()["title"]
    after = shop.lease(before["visitor"])
    assert numbers_in(after) == numbers_in(before)
    assert shop.beat(after["lease"]).status_code == 200


def test_a_change_of_another_pool_leaves_a_page_alone(shop: Shop) -> None:
    other = shop.add_pool("london", LONDON, [LONDON_LEASED])
    both, one = shop.lease(found=["2125550100", "02079460000"]), shop.lease()
    shop.store.sites.change_pool(replace(other, destination="elsewhere"))
    assert shop.beat(one["lease"]).status_code == 200
    assert shop.beat(both["lease"]).status_code == 410


def test_another_swap_target_is_looked_for_at_once(shop: Shop) -> None:
    before = shop.lease()
    shop.store.sites.change_pool(replace(shop.pool, swap_target="+12125550199"))
    assert shop.beat(before["lease"]).status_code == 410
    assert shop.lease(before["visitor"])["numbers"] == []
    assert shop.lease(before["visitor"], ["212-555-0199"])["numbers"][0]["target"] == "+12125550199"


def test_a_removed_number_answers_410_and_then_another(shop: Shop) -> None:
    before = shop.lease()
    shop.pause(numbers_in(before))
    assert shop.beat(before["lease"]).status_code == 410
    assert numbers_in(shop.lease(before["visitor"])) == [LEASED[1]]
    assert shop.lease()["numbers"] == []


def test_a_vanity_number_is_found_and_replaced_whole(shop: Shop) -> None:
    pool = shop.add_pool("flowers", "+18003569377", ["+18335550123"])
    shop.store.sites.change_pool(replace(pool, vanity="800FLOWERS"))
    answer = shop.lease(found=["1-800-FLOWERS"])
    shown = answer["numbers"][0]
    assert answer["texts"]["1-800-FLOWERS"] == "(833) 555-0123"
    assert (shown["target"], shown["display"]) == ("+18003569377", "(833) 555-0123")


def test_another_format_is_shown_at_once_in_texts_and_not_in_links(shop: Shop) -> None:
    found = ["(212) 555-0100", "tel:2125550100"]
    before = shop.lease(found=found)
    assert before["texts"]["(212) 555-0100"] == "(646) 555-0110"
    shop.store.sites.change_pool(replace(shop.pool, format=Format.INTERNATIONAL))
    assert shop.beat(before["lease"]).status_code == 410
    after = shop.lease(before["visitor"], found)
    assert {after["texts"][run] for run in ("(212) 555-0100", "2125550100", "+12125550100")} == {"+1 646-555-0110"}
    assert after["texts"]["tel:2125550100"] == "tel:+16465550110"
    assert after["numbers"][0]["display"] == "+1 646-555-0110"


def test_the_format_decides_on_a_vanity_number_and_on_everybodys_too(shop: Shop) -> None:
    pool = shop.add_pool("flowers", "+18003569377", [])
    shop.add_numbers(pool, ["+18335550123"], Kind.SHARED)
    shop.store.sites.change_pool(replace(pool, vanity="800FLOWERS", format=Format.INTERNATIONAL))
    answer = shop.lease(found=["1-800-FLOWERS"])
    assert answer["texts"]["1-800-FLOWERS"] == answer["numbers"][0]["display"] == "+1 833-555-0123"


def test_the_national_format_is_that_of_the_pools_country(shop: Shop) -> None:
    shop.store.sites.change_pool(replace(shop.pool, format=Format.NATIONAL))
    assert shop.lease(found=["+1 212 555 0100"])["texts"]["+1 212 555 0100"] == "(646) 555-0110"
    shop.store.sites.change_pool(replace(shop.pool, format=Format.NATIONAL, country="GB"))
    assert shop.lease(found=["+1 212 555 0100"])["numbers"][0]["display"] == "+1 646-555-0111"


def test_a_site_that_is_asked_for_the_plain_number_still_has_it(shop: Shop) -> None:
    shop.store.sites.change_pool(replace(shop.pool, destination="elsewhere"))
    assert shop.lease(found=["2125550100"])["numbers"][0]["target"] == TARGET
