"""Pools apart on the page: numbers of one campaign are shown to its visitors only, by the same script."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.core.leasing.leases import Policy, Pool
from gateway.core.numbers import Kind
from gateway.core.refusals import Why
from gateway.store import new_pool
from tests.refusals import refusing
from tests.web.shop import FROM_AD, LEASED, ORIGIN, START, TARGET, Json, Shop, numbers_in
from tests.web.test_preview import look

APART = ("+16465550130", "+16465550131")
DIRECT = f"{ORIGIN}/beds"


@pytest.fixture
def apart(shop: Shop) -> Pool:
    """Return a pool for the visitors of one campaign, beside the shop's own for all others."""
    pool = replace(new_pool(shop.site, "winter", TARGET, "", Policy()), condition='campaign = "winter sale"')
    shop.store.sites.add_pool(pool, START)
    shop.add_numbers(pool, APART, Kind.POOL)
    return pool


def ask(shop: Shop, visitor: str = "", **changes: object) -> Json:
    response = shop.ask(visitor, **changes)  # type: ignore[arg-type]  # the fields of a request
    assert response.status_code == 200, response.text
    return dict(response.get_json())


@pytest.mark.usefixtures("apart")
def test_each_campaign_has_numbers_of_its_own_and_never_takes_the_others(shop: Shop) -> None:
    from_ad = [numbers_in(ask(shop, url=FROM_AD)) for _ in range(3)]
    direct = [numbers_in(ask(shop, url=DIRECT)) for _ in range(3)]
    assert from_ad == [[APART[0]], [APART[1]], []]
    assert direct == [[LEASED[0]], [LEASED[1]], []]


@pytest.mark.usefixtures("apart")
def test_one_target_is_told_and_written_once(shop: Shop) -> None:
    answer = ask(shop, url=FROM_AD)
    assert (answer["matched"], answer["texts"]["2125550100"]) == (1, APART[0][2:])


def test_a_visitor_keeps_the_number_they_hold_wherever_they_go(shop: Shop, apart: Pool) -> None:
    first = ask(shop, url=FROM_AD, consent="cookieless")
    assert numbers_in(ask(shop, first["visitor"], url=DIRECT, consent="cookieless")) == [APART[0]]
    assert f"would go on showing {APART[0]}" in look(shop, visitor=first["visitor"], url=DIRECT)[-1]
    assert shop.beat(first["lease"]).status_code == 200
    shop.clock.forward(3600)
    assert numbers_in(ask(shop, first["visitor"], url=DIRECT, consent="cookieless")) == [LEASED[0]]
    assert {row["pool"] for row in shop.rows()} == {"sales", apart.name}


def test_who_did_not_consent_sees_the_shared_number_of_their_pool(shop: Shop, apart: Pool) -> None:
    shop.add_numbers(shop.pool, ["+16465550198"], Kind.SHARED)
    shop.add_numbers(apart, ["+16465550199"], Kind.SHARED)
    assert numbers_in(ask(shop, url=FROM_AD, consent="source")) == ["+16465550199"]
    assert numbers_in(ask(shop, url=DIRECT, consent="source")) == ["+16465550198"]


@pytest.mark.usefixtures("apart")
def test_the_preview_names_the_pool_and_whom_it_is_for(shop: Shop) -> None:
    assert any('(pool winter, for campaign = "winter sale")' in line for line in look(shop, url=FROM_AD))
    assert not any("for campaign" in line for line in look(shop, url=DIRECT))


def test_pools_that_are_alike_or_serve_nobody_are_refused_and_not_stored(shop: Shop, apart: Pool) -> None:
    for condition, why in (
        ("", Why.POOL_EXISTS),
        (apart.condition, Why.POOL_EXISTS),
        (f"{apart.condition} and medium = cpc", Why.POOL_UNREACHABLE),
        ("campaign = a and campaign = b", Why.NEVER_HOLDS),
    ):
        other = replace(new_pool(shop.site, "other", TARGET, "", Policy()), condition=condition)
        with refusing(why):
            shop.store.sites.add_pool(other, START + timedelta(seconds=1))
    with refusing(Why.POOL_EXISTS):
        shop.store.sites.change_pool(replace(apart, condition=""))
    assert [pool.name for pool in shop.store.sites.pools_of(shop.site)] == ["winter", "sales"]
