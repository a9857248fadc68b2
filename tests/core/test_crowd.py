from gateway.core.crowd import AROUND, COUNTED, MOST_LIVE, MOST_LIVE_CROWDED, MOST_RESERVED, Crowd, may_take

ROOMY, CROWDED = Crowd(50, 40), Crowd(50, 24)


def test_an_office_behind_one_address_holds_ten_numbers() -> None:
    assert may_take(ROOMY, MOST_LIVE - 1, 0)
    assert not may_take(ROOMY, MOST_LIVE, 0)


def test_the_wider_network_holds_four_times_as_many() -> None:
    assert may_take(ROOMY, 0, AROUND * MOST_LIVE - 1)
    assert not may_take(ROOMY, 0, AROUND * MOST_LIVE)
    assert may_take(CROWDED, 0, AROUND * MOST_LIVE_CROWDED - 1)
    assert not may_take(CROWDED, 0, AROUND * MOST_LIVE_CROWDED)


def test_the_reserve_is_for_networks_that_hold_nothing() -> None:
    for idle, second in ((26, True), (25, False), (1, False)):
        assert may_take(Crowd(50, idle), 0, 0)
        assert may_take(Crowd(50, idle), 1, 1) is second


def test_a_pool_is_pressed_when_more_than_half_of_it_is_active() -> None:
    assert not Crowd(50, 25).pressed
    assert Crowd(50, 24).pressed
    assert not Crowd(1, 1).pressed
    assert not Crowd(0, 0).pressed


def test_a_huge_pool_keeps_a_reserve_that_can_be_counted() -> None:
    assert not Crowd(COUNTED, COUNTED).reserved
    assert Crowd(COUNTED, MOST_RESERVED).reserved
    assert not Crowd(COUNTED, MOST_RESERVED + 1).reserved
