"""What pages that show a number hear when its pool changes."""

from dataclasses import replace

from gateway.core.leases import Policy
from tests.web.shop import LEASED, TARGET, Shop, numbers_in
from tests.web.test_leases import LONDON, LONDON_LEASED


def test_a_changed_pool_answers_410_and_then_the_same_number(shop: Shop) -> None:
    before = shop.lease()
    shop.administration.change_pool(replace(shop.pool, policy=Policy(hard=True)))
    response = shop.beat(before["lease"])
    assert response.status_code == 410
    assert "ask /v1/lease again" in response.get_json()["title"]
    after = shop.lease(before["visitor"])
    assert numbers_in(after) == numbers_in(before)
    assert shop.beat(after["lease"]).status_code == 200


def test_a_change_of_another_pool_leaves_a_page_alone(shop: Shop) -> None:
    other = shop.add_pool("london", LONDON, [LONDON_LEASED])
    both, one = shop.lease(found=["2125550100", "02079460000"]), shop.lease()
    shop.administration.change_pool(replace(other, destination="elsewhere"))
    assert shop.beat(one["lease"]).status_code == 200
    assert shop.beat(both["lease"]).status_code == 410


def test_another_swap_target_is_looked_for_at_once(shop: Shop) -> None:
    before = shop.lease()
    shop.administration.change_pool(replace(shop.pool, swap_target="+12125550199"))
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
    shop.administration.change_pool(replace(pool, vanity="800FLOWERS"))
    answer = shop.lease(found=["1-800-FLOWERS"])
    shown = answer["numbers"][0]
    assert answer["texts"]["1-800-FLOWERS"] == "(833) 555-0123"
    assert (shown["target"], shown["display"]) == ("+18003569377", "(833) 555-0123")


def test_a_site_that_is_asked_for_the_plain_number_still_has_it(shop: Shop) -> None:
    shop.administration.change_pool(replace(shop.pool, destination="elsewhere"))
    assert shop.lease(found=["2125550100"])["numbers"][0]["target"] == TARGET
