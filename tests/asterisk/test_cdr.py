from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.asterisk import cdr

ANSWERED = (
    '"1795323753.11405","1795323753.11405",11405,"+12125550199","12125550110","+12125550110","L1","active",'
    '1795323753.400673,1795323753.407639,1795323754.618551,1.217878,1.210912,"ANSWERED","PJSIP/d-1","Dial","trunk"'
)
CANCELLED = (
    '"1795323754.11408","1795323754.11408",11407,"anonymous","12125550110","12125550110","","",'
    '1795323754.739265,0.000000,1795323755.443401,0.704136,0.000000,"FAILED","","AGI","trunk"'
)


def test_an_answered_line_tells_when_and_how_long() -> None:
    end = cdr.parse_line(ANSWERED)
    assert end
    assert (end.call.id, end.call.dialled, end.call.trunk, end.tag) == (
        "1795323753.11405",
        "+12125550110",
        "trunk",
        "active",
    )
    assert end.answer_time == datetime(2026, 11, 22, 5, 2, 33, 407639, tzinfo=UTC)
    assert end.talk_time == timedelta(seconds=1.211)


def test_a_cancelled_line_has_no_answer_and_no_talk() -> None:
    end = cdr.parse_line(CANCELLED)
    assert end
    assert (end.answer_time, end.talk_time, end.disposition) == (None, timedelta(), "FAILED")


def test_a_call_of_another_context_is_not_ours() -> None:
    assert cdr.parse_line(ANSWERED.replace('"+12125550110"', '""')) is None


@pytest.mark.parametrize(
    "line", ["", '"a', "a,b", ANSWERED.replace("11405,", "x,"), ANSWERED.replace("1795323754.618551", "1e99")]
)
def test_a_line_that_is_no_cdr_is_refused_with_a_reason(line: str) -> None:
    with pytest.raises(cdr.BadLine):
        cdr.parse_line(line)


@given(st.text())
def test_no_line_raises_anything_else(line: str) -> None:
    try:
        cdr.parse_line(line)
    except cdr.BadLine:
        return


def test_a_call_that_the_dialplan_refused_is_told_from_one_that_nobody_answered() -> None:
    end = cdr.parse_line(CANCELLED.replace('"","","AGI"', '"","","Hangup"').replace('"","",', '"","refused",', 1))
    assert end
    assert (end.tag, end.lease, end.disposition, end.answer_time) == ("unleased", "", "REFUSED", None)
