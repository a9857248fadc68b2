from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

from gateway.core.calls.call import CallEnd, InboundCall, merge, read_refusal

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
CALL = InboundCall("1.1", "12125550110", "trunk", "", START)
SECOND = timedelta(seconds=1)
BUSY = CallEnd(CALL, 1, "active", "", None, START + 2 * SECOND, timedelta(), "BUSY")
ANSWERED = CallEnd(
    replace(CALL, at=START + 2 * SECOND),
    2,
    "active",
    "",
    START + 5 * SECOND,
    START + 65 * SECOND,
    60 * SECOND,
    "ANSWERED",
)


def test_a_busy_hop_before_the_answer_is_one_call_with_the_talk_time_of_the_second() -> None:
    for order in permutations((BUSY, ANSWERED)):
        outcome = merge(order)
        assert outcome.answered
        assert (outcome.start_time, outcome.talk_time, outcome.disposition) == (START, 60 * SECOND, "ANSWERED")
        assert (outcome.duration, outcome.ring_time) == (65 * SECOND, 5 * SECOND)


def test_a_call_that_nobody_answered_rang_until_its_end() -> None:
    outcome = merge([BUSY])
    assert (outcome.answered, outcome.talk_time, outcome.ring_time) == (False, timedelta(), 2 * SECOND)


def test_a_refusal_is_a_disposition_of_its_own_and_leaves_all_other_records_as_they_are() -> None:
    assert read_refusal("refused", "NO ANSWER") == ("unleased", "REFUSED")
    assert read_refusal("unleased", "NO ANSWER") == ("unleased", "NO ANSWER")
    assert read_refusal("", "FAILED") == ("", "FAILED")
