"""Where a request comes from: whose word is believed, and what is kept of it."""

import logging
from datetime import UTC, datetime, timedelta

import pytest

from web.lease.defence.networks import Networks

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def networks() -> Networks:
    return Networks(["127.0.0.1", "::1", "10.0.0.0/8"], "k" * 43)


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("127.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("::1", "2001:db8::7", "2001:db8::7"),
        ("::ffff:127.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "1.1.1.1, 203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "203.0.113.7, 10.1.2.3", "203.0.113.7"),
        ("127.0.0.1", "203.0.113.7,10.1.2.3,10.9.9.9", "203.0.113.7"),
        ("127.0.0.1", "203.0.113.7:4711", "203.0.113.7"),
        ("127.0.0.1", "[2001:db8::7]:4711", "2001:db8::7"),
        ("127.0.0.1", "::ffff:203.0.113.7", "203.0.113.7"),
        ("203.0.113.9", "1.1.1.1", "203.0.113.9"),
        ("203.0.113.9", "", "203.0.113.9"),
    ],
)
def test_a_client_is_who_the_last_proxy_of_ours_saw(
    networks: Networks, peer: str, forwarded: str, address: str
) -> None:
    assert str(networks.address(peer, forwarded)) == address


@pytest.mark.parametrize(
    "forwarded", ["", ",", "unknown", "203.0.113.7, unknown", "10.0.0.1", "127.0.0.1", "\x00", "é"]
)
def test_a_proxy_that_does_not_tell_is_warned_of_once(
    networks: Networks, forwarded: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert [networks.address("127.0.0.1", forwarded) for _ in range(3)] == [None] * 3
    assert len(caplog.records) == 1
    assert "proxy_set_header X-Forwarded-For" in caplog.text


def test_a_peer_without_an_address_is_nobody(networks: Networks) -> None:
    assert networks.address(None, "203.0.113.7") is None
    assert networks.name(None, NOON) is None


def same(networks: Networks, one: str, other: str, at: datetime = NOON) -> tuple[bool, bool]:
    """Return whether two addresses are of one network, and whether of one wider network."""
    names = [networks.name(networks.address(text, ""), at) for text in (one, other)]
    first, second = names
    assert first
    assert second
    return first.today == second.today, first.around_today == second.around_today


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("203.0.113.7", "203.0.113.7", (True, True)),
        ("203.0.113.7", "203.0.113.8", (False, True)),
        ("203.0.113.7", "203.0.114.7", (False, False)),
        ("2001:db8:1:1::1", "2001:db8:1:1:ffff::2", (True, True)),
        ("2001:db8:1:1::1", "2001:db8:1:2::1", (False, True)),
        ("2001:db8:1:1::1", "2001:db8:2:1::1", (False, False)),
    ],
)
def test_a_customer_of_a_provider_is_one_network(
    networks: Networks, one: str, other: str, expected: tuple[bool, bool]
) -> None:
    assert same(networks, one, other) == expected


def test_names_change_at_midnight_and_yesterdays_are_still_known(networks: Networks) -> None:
    where = networks.address("203.0.113.7", "")
    days = [networks.name(where, NOON + place * 24 * HOUR) for place in range(3)]
    assert all(days)
    first, second, third = (day for day in days if day)
    assert (second.yesterday, second.around_yesterday) == (first.today, first.around_today)
    assert len({first.today, second.today, third.today, first.around_today}) == 4
    assert first.today not in (third.today, third.yesterday)
    assert networks.name(where, NOON + 11 * HOUR) == first


def test_names_tell_neither_address_nor_those_of_another_installation(networks: Networks) -> None:
    where = networks.address("203.0.113.7", "")
    ours, theirs = networks.name(where, NOON), Networks([], "j" * 43).name(where, NOON)
    assert ours
    assert theirs
    assert "203" not in ours.today or "113" not in ours.today
    assert {ours.today, ours.around_today}.isdisjoint({theirs.today, theirs.around_today})
