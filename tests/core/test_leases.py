from datetime import UTC, datetime, timedelta

from gateway.core.leasing.leases import Choice, Lease, Phase, Policy, held_for, order, phase

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LEASE = Lease("l", "+12125550110", "p", "v", "s", NOW, NOW, NOW + 30 * SECOND)


def test_a_lease_runs_cools_and_is_over_by_time_alone() -> None:
    cooldown = 60 * SECOND
    moments = {-1: Phase.FREE, 0: Phase.ACTIVE, 29: Phase.ACTIVE, 30: Phase.COOLING, 89: Phase.COOLING, 90: Phase.FREE}
    assert {at: phase(LEASE, cooldown, NOW + at * SECOND) for at in moments} == moments


def test_a_hard_cooldown_never_recycles() -> None:
    assert Choice.RECYCLED in order(Policy())
    assert Choice.RECYCLED not in order(Policy(hard=True))


def test_overflow_is_tried_in_the_pools_order_behind_all_that_is_the_visitors_own() -> None:
    first = (Choice.RUNNING, Choice.SOURCE, Choice.SAME, Choice.IDLE)
    assert order(Policy()) == (*first, Choice.RECYCLED, Choice.SOURCE_SHARED, Choice.SHARED)
    assert order(Policy(overflow=(Choice.SHARED, Choice.RECYCLED))) == (*first, Choice.SHARED, Choice.RECYCLED)
    assert order(Policy(hard=True, overflow=(Choice.SHARED, Choice.RECYCLED))) == (*first, Choice.SHARED)
    assert order(Policy(overflow=())) == first


def test_only_a_hard_cooldown_promises_the_number_beyond_the_lease() -> None:
    hard = Policy(cooldown=60 * SECOND, hard=True)
    assert held_for(Policy(), LEASE.expires_at, NOW) == 30 * SECOND
    assert held_for(hard, LEASE.expires_at, NOW) == 90 * SECOND
