"""Whatever the evidence and the parameters: what holds of every attribution."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.calls.attribution import Attribution, Facts, Weights, attribute
from gateway.core.leasing.leases import Lease
from gateway.core.numbers import Kind
from tests.core.test_attribution import AT, DAY, MINUTE, SECOND, own

factor = st.floats(0.001, 1)
span = st.timedeltas(SECOND, 366 * DAY)
WEIGHTS = st.builds(
    Weights, delay=span, power=st.floats(0.1, 10), provisional=factor, tap=st.floats(1, 10_000),
    tap_window=st.timedeltas(SECOND, timedelta(hours=1)), used=factor, repeat=st.floats(0.001, 1000), repeat_fade=span,
    repeat_window=span, repeat_from=st.floats(0.5, 1), unseen=st.floats(0.001, 1000),
)  # fmt: skip


@st.composite
def a_lease(draw: st.DrawFn) -> Lease:
    began = draw(st.timedeltas(timedelta(), 40 * DAY))
    lasted = draw(st.timedeltas(SECOND, 60 * MINUTE))
    heard = draw(st.sampled_from((0.0, 0.5, 1.0)))
    number = draw(st.sampled_from(("+12125550110", "+12125550119")))
    started = AT - began
    return Lease("", number, "pool", draw(st.sampled_from("abcde")), "s", started, started + heard * lasted,
                 started + lasted)  # fmt: skip


@st.composite
def some_facts(draw: st.DrawFn, kind: Kind | None = None) -> Facts:
    found = [replace(one, id=f"l{place}") for place, one in enumerate(draw(st.lists(a_lease(), max_size=8)))]
    here = tuple(replace(one, number="+12125550110") for one in found[:5])
    ids = st.sampled_from([one.id for one in found] or ["none"])
    taps = draw(st.dictionaries(ids, st.datetimes(AT.replace(tzinfo=None) - DAY, AT.replace(tzinfo=None) + MINUTE)))
    return Facts(
        own(kind or draw(st.sampled_from(Kind))),
        here,
        tuple(found[3:]),
        taps={lease: moment.replace(tzinfo=AT.tzinfo) for lease, moment in taps.items()},
        used=draw(st.dictionaries(ids, st.integers(1, 9))),
    )


def shares(answer: Attribution) -> dict[str, float]:
    return {candidate.lease.visitor: candidate.share for candidate in answer.candidates}


@given(some_facts(), WEIGHTS)
def test_likelihood_is_the_winners_share_and_all_shares_are_one_at_the_most(facts: Facts, weights: Weights) -> None:
    answer = attribute(facts, AT, weights)
    assert sum(shares(answer).values()) <= 1 + 1e-9
    assert bool(answer.lease) is bool(answer.candidates) is (answer.likelihood is not None)
    if answer.likelihood is not None:
        winner = answer.candidates[0]
        assert 0 <= answer.likelihood <= 1
        assert answer.likelihood == pytest.approx(winner.share, abs=1e-4)
        assert winner.share == max(shares(answer).values())
        assert len(shares(answer)) == len(answer.candidates)


@given(some_facts(), WEIGHTS, st.randoms())
def test_the_order_in_which_facts_are_read_says_nothing(facts: Facts, weights: Weights, random: Random) -> None:
    leases, earlier = list(facts.leases), list(facts.earlier)
    random.shuffle(leases)
    random.shuffle(earlier)
    shuffled = replace(facts, leases=tuple(leases), earlier=tuple(earlier))
    assert attribute(shuffled, AT, weights) == attribute(facts, AT, weights)


@given(some_facts(Kind.POOL).filter(lambda facts: facts.leases), WEIGHTS, st.data())
def test_evidence_for_a_visitor_never_lowers_their_share(facts: Facts, weights: Weights, data: st.DataObject) -> None:
    lease = data.draw(st.sampled_from(facts.leases))
    others = {name: count for name, count in facts.used.items() if name != lease.id}
    more = data.draw(
        st.sampled_from(
            (
                replace(facts, taps={**facts.taps, lease.id: AT - SECOND}),
                replace(facts, used=others),
                replace(facts, earlier=(*facts.earlier, lease)),
                replace(facts, leases=tuple(_heard(one) if one == lease else one for one in facts.leases)),
            )
        )
    )
    before = shares(attribute(facts, AT, weights)).get(lease.visitor, 0.0)
    assert shares(attribute(more, AT, weights)).get(lease.visitor, 0.0) >= before - 1e-9


def _heard(lease: Lease) -> Lease:
    return replace(lease, last_seen_at=max(lease.last_seen_at, lease.started_at + SECOND))
