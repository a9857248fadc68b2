"""How many numbers: the field's examples come out, and the queue's answers hold against what is known of it."""

import operator
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from gateway.core.leasing.leases import Policy
from gateway.lab.sizing import LAW, CallLaw, Traffic, attributed, rules_of_thumb, served, smallest

SHOP = Traffic(100, timedelta(seconds=300))
POLICY = Policy()
HARD = replace(POLICY, hard=True)


def test_the_fields_examples_come_out_right() -> None:
    quarter, dialics, nimbata, daily = rules_of_thumb(SHOP, timedelta(seconds=30), 400)
    assert (quarter.numbers, dialics.numbers, daily.numbers) == (25, 11, 20)
    assert nimbata.numbers == 9
    assert rules_of_thumb(Traffic(200, timedelta(minutes=3)), timedelta(), 0)[2].numbers == 10


# Loads and losses of the Erlang B tables in every textbook: 10 erlangs on 10 lines lose 21.5 %.
@pytest.mark.parametrize(("load", "lines", "lost"), [(10, 10, 0.2146), (5, 10, 0.0184), (1, 1, 0.5), (3, 8, 0.0081)])
def test_visitors_without_a_number_are_those_of_erlangs_table(load: float, lines: int, lost: float) -> None:
    policy = replace(POLICY, closed_browser_delay=timedelta())
    assert 1 - served(lines, Traffic(load, timedelta(hours=1)), policy) == pytest.approx(lost, abs=1e-4)


def test_a_hard_cooldown_of_a_week_takes_hundreds_of_numbers() -> None:
    daily = Traffic(100 / 24, timedelta(minutes=5))
    needed = smallest(lambda numbers: served(numbers, daily, HARD) >= 0.9)
    assert needed is not None
    assert 600 < needed < 750  # 100 visitors a day for 7 days
    assert smallest(lambda numbers: served(numbers, daily, POLICY) >= 0.99) == 3


def test_more_numbers_are_never_worse() -> None:
    for policy in (POLICY, HARD):
        shares = [attributed(numbers, SHOP, policy, LAW) for numbers in range(1, 200)]
        assert shares == sorted(shares)
        assert 0 < shares[0] < shares[-1] < 1


def test_nobody_is_right_after_the_cooldown() -> None:
    forgetful = replace(POLICY, cooldown=timedelta())
    assert attributed(500, SHOP, forgetful, LAW) == pytest.approx(1 - LAW.late(timedelta(seconds=330)), abs=1e-6)


def test_who_calls_from_the_page_is_right_as_soon_as_everybody_has_a_number() -> None:
    at_once = CallLaw(timedelta(milliseconds=1), 3)
    assert attributed(60, SHOP, POLICY, at_once) == pytest.approx(1.0, abs=1e-4)


def test_the_smallest_good_number_is_found_or_none_is() -> None:
    for wanted in (1, 2, 3, 17, 1000, 90_000, 100_000):
        assert smallest(partial(operator.le, wanted)) == wanted
    assert smallest(lambda _: False) is None
