"""Pools that change, and taps on the links that dial their numbers."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.core.leasing.leases import Lease, Policy
from gateway.core.refusals import Why
from gateway.core.visits.visit import Visit
from gateway.store import Tap, new_pool
from gateway.store.engines.port import Row
from tests.conftest import NOW, make_pool
from tests.refusals import refusing
from tests.store.shop import Shop
from tests.stores import FileStore

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


class TapShop(Shop):
    """And the links that dial its numbers."""

    def tap(self, at: timedelta, *leases: Lease) -> None:
        tap = Tap(self.pool.site, "a", "12125560000", "+12125560000", "network")
        self.store.leases.note_tap(tap, [lease.id for lease in leases], NOW + at)

    def renew(self, at: timedelta) -> list[Lease]:
        return self.store.leases.renew([self.lease.id], NOW + at)

    def row(self, lease: Lease) -> Row:
        return self.store.engine.read("SELECT * FROM lease WHERE id = :id", {"id": lease.id})[0]


@pytest.fixture
def shop(fresh_store: FileStore) -> TapShop:
    return TapShop(fresh_store)


def test_a_changed_pool_has_a_version_that_it_never_had(shop: TapShop) -> None:
    versions = {shop.pool.version}
    for length in (60, 120):
        shop.store.sites.change_pool(replace(shop.pool, policy=Policy(length=length * SECOND)))
        found = shop.store.sites.pool_by_name("web")
        assert found
        assert found.policy.length == length * SECOND
        versions.add(found.version)
    assert len(versions) == 3


def test_a_swap_target_of_another_pool_of_the_site_is_refused(shop: TapShop) -> None:
    site = shop.store.sites.all()[0]
    shop.store.sites.add_pool(new_pool(site, "other", "+12125550199", "main", Policy()), NOW)
    with refusing(Why.POOL_EXISTS, "web", "+12125550199"):
        shop.store.sites.change_pool(replace(shop.pool, swap_target="+12125550199"))


def test_a_tap_holds_the_number_for_half_an_hour(shop: TapShop) -> None:
    shop.tap(MINUTE, shop.lease)
    shop.renew(2 * MINUTE)
    assert shop.visit("a", NOW + 3 * MINUTE).expires_at == NOW + 31 * MINUTE
    shop.store.leases.release([shop.lease.id], NOW + 3 * MINUTE)
    assert shop.visit("a", NOW + 30 * MINUTE).id == shop.lease.id


def test_a_number_that_was_tapped_is_nobody_elses(shop: TapShop) -> None:
    shop.tap(MINUTE, shop.lease)
    shop.store.leases.release([shop.lease.id], NOW + 2 * MINUTE)
    assert shop.lease.number not in {shop.visit(visitor, NOW + 30 * MINUTE).number for visitor in "bc"}


def test_a_tap_makes_a_provisional_lease_last(shop: TapShop) -> None:
    fresh = shop.visit("b")
    shop.tap(5 * SECOND, fresh)
    again = shop.visit("b", NOW + 29 * MINUTE)
    assert (again.id, again.expires_at) == (fresh.id, NOW + 29 * MINUTE + Policy().length)


def test_a_tap_shortens_no_lease(fresh_store: FileStore) -> None:
    pool = make_pool(fresh_store, 1, Policy(length=timedelta(hours=5)))
    store = fresh_store
    lease = store.leases.grant("a", Visit(), [pool], NOW)[0].lease
    assert lease
    expires = store.leases.renew([lease.id], NOW)[0].expires_at
    store.leases.note_tap(Tap(pool.site, "a", "", None, None), [lease.id], NOW)
    assert store.leases.renew([lease.id], NOW)[0].expires_at == expires


def test_a_tap_brings_no_lease_back(shop: TapShop) -> None:
    shop.tap(timedelta(days=1), shop.lease)
    assert shop.renew(timedelta(days=1)) == []


def test_after_the_clock_went_back_no_tap_holds_a_lease_for_ever(shop: TapShop) -> None:
    shop.tap(timedelta(days=30), shop.visit("a", NOW + timedelta(days=30)))
    back = shop.visit("a", NOW + MINUTE)
    assert back.expires_at <= NOW + MINUTE + Policy().held_after_tap


def test_a_tap_is_kept_as_evidence_until_it_is_forgotten(shop: TapShop) -> None:
    shop.tap(MINUTE, shop.lease)
    shop.tap(2 * MINUTE)
    first, second = shop.store.engine.read("SELECT * FROM tap ORDER BY tapped_at")
    assert json.loads(first["leases"]) == [shop.lease.id]
    assert (first["pending"], first["number"], first["digits"]) == (0, "+12125560000", "12125560000")
    assert (first["visitor_id"], first["network"]) == ("a", "network")
    assert (json.loads(second["leases"]), second["pending"]) == ([], 1)
    shop.store.leases.forget_taps(NOW + 2 * MINUTE)
    assert [row["id"] for row in shop.store.engine.read("SELECT id FROM tap")] == [second["id"]]
