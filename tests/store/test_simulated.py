"""Simulations drive the product's own ledger, and say of it what can be checked by hand."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.core.leasing.leases import Policy
from gateway.lab.arrivals import LAWS, Crowd, Visit, make_visits
from gateway.lab.ledger import START, SimulatedLedger
from gateway.lab.simulation import Contender, Tally, play
from gateway.lab.sizing import LAW, Traffic, attributed, served

OURS = Policy()
SHOP = Traffic(100, timedelta(minutes=5))
SECOND = timedelta(seconds=1)


def played(visits: list[Visit], numbers: int, contender: Contender) -> Tally:
    ledger = SimulatedLedger(numbers, contender.policy)
    tally = play(ledger, ledger.pool, visits, START, contender, random.Random(2).random)
    ledger.close()
    return tally


def a_visit(arrives: int, leaves: int, calls: int | None = None, *, goodbye: bool = True) -> Visit:
    return Visit(arrives * SECOND, leaves * SECOND, None if calls is None else calls * SECOND, goodbye)


def test_a_late_call_is_right_until_the_number_is_anothers() -> None:
    first, second, last = a_visit(0, 100, 500), a_visit(300, 400), a_visit(900, 1000)
    alone = played([first, last], 1, Contender("ours", OURS))
    taken = played([first, second, last], 1, Contender("ours", OURS))
    roomy = played([first, second, last], 2, Contender("ours", OURS))
    assert (alone.right, taken.right, roomy.right) == (1, 0, 1)


def test_calls_after_the_last_visit_are_not_played() -> None:
    tally = played([a_visit(0, 100, 500), a_visit(300, 400)], 1, Contender("ours", OURS))
    assert (tally.visits, tally.calls) == (2, 0)


def test_a_pool_that_is_out_of_numbers_claims_nobody() -> None:
    tally = played([a_visit(0, 1000), a_visit(10, 1000, 500), a_visit(600, 700)], 1, Contender("ours", OURS))
    assert (tally.visits, tally.own, tally.calls, tally.claims) == (3, 1, 1, [])


def test_without_heartbeats_a_lease_lasts_as_long_as_it_is_long() -> None:
    fixed = Contender("fixed", replace(OURS, cooldown=timedelta()), fixed=True)
    assert played([a_visit(0, 60), a_visit(1100, 1110)], 1, fixed).own == 1
    assert played([a_visit(0, 60), a_visit(1210, 1220)], 1, fixed).own == 2
    assert played([a_visit(0, 60), a_visit(1100, 1110)], 1, Contender("ours", OURS)).own == 2


def test_a_number_leased_on_load_is_taken_by_those_who_never_see_it() -> None:
    visits = [replace(a_visit(0, 1000), sees=False), a_visit(10, 1000)]
    assert played(visits, 1, Contender("ours", OURS)).own == 1
    on_load = played(visits, 1, Contender("on load", OURS, on_load=True))
    assert (on_load.visits, on_load.own) == (1, 0)


def test_by_lot_any_number_may_be_next_and_ours_is_the_coldest() -> None:
    visits = [a_visit(place * 1000, place * 1000 + 10, place * 1000 + 5500) for place in range(40)]
    policy = replace(OURS, cooldown=timedelta())
    by_lot = played(visits, 8, Contender("by lot", policy, by_lot=True))
    ours = played(visits, 8, Contender("ours", OURS))
    assert (ours.calls, ours.right) == (34, 34)
    assert by_lot.right < 30


def test_the_same_seed_brings_the_same_traffic_and_nobody_calls_before_they_came() -> None:
    once, again = (make_visits(SHOP, Crowd(500, bounces=0), LAWS["model"], random.Random(7).random) for _ in "12")
    assert once == again
    assert all(visit.calls is None or visit.calls >= visit.arrives for visit in once)
    assert 200 < sum(visit.calls is not None for visit in once) < 300
    assert sum(visit.sees for visit in once) == 500
    assert 200 < sum(not visit.sees for visit in once) < 300


@pytest.mark.parametrize("name", LAWS)
def test_the_laws_have_one_median_and_one_share_of_late_calls(name: str) -> None:
    draw = random.Random(5).random
    stays = timedelta(minutes=5)
    late = [calls - stays for calls in (LAWS[name].calls_after(stays, draw) for _ in range(20_000)) if calls > stays]
    usual = sorted(delay for delay in late if delay < timedelta(hours=23) or name != "days")
    assert len(usual) / 20_000 == pytest.approx(LAW.late(stays) * (0.9 if name == "days" else 1), abs=0.02)
    assert usual[len(usual) // 2] / LAW.median == pytest.approx(1, abs=0.08)


def test_who_stays_longer_is_more_likely_to_call() -> None:
    visits = make_visits(SHOP, Crowd(4000, bounces=0), LAWS["model"], random.Random(7).random)
    short, long = (
        [visit for visit in visits if visit.sees and (visit.leaves - visit.arrives > SHOP.time_on_site) is longer]
        for longer in (False, True)
    )
    assert _callers(long) > 1.2 * _callers(short)
    assert _callers([visit for visit in visits if visit.sees]) == pytest.approx(0.5, abs=0.03)


def _callers(visits: list[Visit]) -> float:
    return sum(visit.calls is not None for visit in visits) / len(visits)


@pytest.mark.parametrize("numbers", [8, 20, 60])
def test_the_queue_and_the_simulation_agree(numbers: int) -> None:
    visits = make_visits(SHOP, Crowd(1200, bounces=0, cut_off=0), LAWS["model"], random.Random(3).random)
    tally = played(visits, numbers, Contender("ours", OURS))
    assert tally.own / tally.visits == pytest.approx(served(numbers, SHOP, OURS), abs=0.06)
    assert tally.right / tally.calls == pytest.approx(attributed(numbers, SHOP, OURS, LAW), abs=0.08)
