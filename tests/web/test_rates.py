from datetime import UTC, datetime, timedelta

import pytest

from gateway.core.leasing.crowd import Network
from web.lease.defence import rates
from web.lease.defence.rates import Rate

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HERE = Network("here", "here before", "street", "street before")
THERE = Network("there", "there before", "street", "street before")


def allowed(rate: Rate, network: Network | None, times: int, at: datetime = NOON) -> int:
    return sum(rate.allows(network, at) for _ in range(times))


def test_a_network_may_so_often_at_once_and_then_one_now_and_then() -> None:
    rate = Rate(20, 6 * SECOND)
    assert allowed(rate, HERE, 30) == 20
    assert allowed(rate, HERE, 5, NOON + 5 * SECOND) == 0
    assert allowed(rate, HERE, 5, NOON + 6 * SECOND) == 1
    assert allowed(rate, HERE, 30, NOON + 66 * SECOND) == 10
    assert allowed(rate, HERE, 30, NOON + 600 * SECOND) == 20


def test_one_network_does_not_use_up_what_another_may() -> None:
    rate = Rate(2, SECOND)
    assert allowed(rate, HERE, 5) == 2
    assert allowed(rate, THERE, 5) == 2
    assert allowed(rate, None, 50) == 50


def test_midnight_gives_no_second_burst() -> None:
    rate = Rate(2, 60 * SECOND)
    assert allowed(rate, HERE, 5) == 2
    assert allowed(rate, Network("tomorrow", "here", "street", "street"), 5) == 0


def test_a_clock_that_was_set_back_locks_nobody_out() -> None:
    rate = Rate(2, SECOND)
    assert allowed(rate, HERE, 5) == 2
    assert allowed(rate, HERE, 1, NOON - timedelta(days=1)) == 1


def test_memory_stays_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "MOST_NETWORKS", 100)
    rate = Rate(2, SECOND)
    for place in range(1000):
        assert rate.allows(Network(f"n{place}", f"y{place}", "", ""), NOON)
    assert rate.remembered <= 100
