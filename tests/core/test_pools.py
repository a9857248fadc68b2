"""Pools apart: for one campaign or landing page, and for the rest."""

from dataclasses import replace

import pytest

from gateway.core.leasing.leases import Policy, Pool
from gateway.core.rules.pools import Overshadowed, holds, serving, why_unreachable
from gateway.core.rules.unreachable import Contradiction

REST = Pool("rest", "site", "rest", "+12125550100", "", Policy())
SALE = replace(REST, id="sale", name="sale", condition="campaign = sale")
BOATS = replace(REST, id="boats", name="boats", condition="landing_path starts with /boats")
OTHER = replace(REST, id="other", name="other", swap_target="+12125550200")
POOLS = (SALE, BOATS, OTHER, REST)


@pytest.mark.parametrize(
    ("session", "served"),
    [
        ({}, ["rest", "other"]),
        ({"campaign": "sale"}, ["sale", "other"]),
        ({"landing_path": "/boats/oak"}, ["boats", "other"]),
        ({"landing_path": "/boats/oak", "campaign": "sale"}, ["sale", "other"]),
        ({"campaign": "sales"}, ["rest", "other"]),
    ],
)
def test_each_target_is_served_by_the_first_pool_that_fits(session: dict[str, str], served: list[str]) -> None:
    assert [pool.id for pool in serving(POOLS, session)] == served


def test_a_pool_of_which_a_number_is_held_goes_before_all() -> None:
    assert serving(POOLS, {"campaign": "sale"}, {"boats"}) == [BOATS, OTHER]
    assert serving(POOLS, {"campaign": "sale"}, {"rest", "other"}) == [REST, OTHER]


def test_whom_no_pool_is_for_keeps_the_pages_own_number() -> None:
    assert serving((SALE, BOATS), {}) == []


def test_a_condition_that_cannot_be_read_is_for_nobody_and_breaks_nothing() -> None:
    newer = replace(SALE, condition="campaign resembles sale")
    assert not holds(newer, {"campaign": "sale"})
    assert serving((newer, REST), {"campaign": "sale"}) == [REST]
    assert why_unreachable((newer, SALE, REST), SALE) is None


def test_a_pool_that_would_serve_nobody_is_told() -> None:
    wider = replace(SALE, id="wider", name="wider", condition="campaign contains sa")
    assert why_unreachable(POOLS, SALE) is None
    assert why_unreachable((wider, SALE, REST), SALE) == Overshadowed(SALE, wider)
    assert why_unreachable((wider, SALE, REST), wider) == Overshadowed(SALE, wider)
    assert why_unreachable((SALE, wider, REST), wider) is None
    never = replace(SALE, condition="campaign = sale and campaign = other")
    assert isinstance(why_unreachable((never, REST), never), Contradiction)
    assert why_unreachable((replace(wider, swap_target="+12125550300"), SALE), SALE) is None
