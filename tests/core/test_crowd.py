from gateway.core.leasing.crowd import AROUND, MOST_LIVE, MOST_LIVE_CROWDED, Crowd, may_take

ROOMY, CROWDED = Crowd(40, 50), Crowd(24, 50)


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
        assert may_take(Crowd(idle, 50), 0, 0)
        assert may_take(Crowd(idle, 50), 1, 1) is second


def test_a_pool_is_pressed_when_more_than_half_of_it_is_active() -> None:
    assert not Crowd(25, 50).pressed
    assert Crowd(24, 50).pressed
    assert not Crowd(1, 1).pressed
    assert not Crowd(0, 0).pressed
