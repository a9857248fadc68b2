import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.freeswitch import cdr
from tests.freeswitch.recorded import DATA

TAGS = {
    "dni_dialled": "+12125550110",
    "dni_trunk": "external",
    "dni_caller": "+12125550199",
    "dni_cdr_lease": "L1",
    "dni_cdr_state": "active",
}


def record(name: str = "answered-hostile-headers", **changes: Any) -> bytes:
    """Return a recorded CDR with what our dialplan sets; None takes a variable away."""
    whole = json.loads((DATA / f"{name}.cdr.json").read_text(encoding="utf-8"))
    merged = {**whole["variables"], **TAGS, **changes}
    whole["variables"] = {key: value for key, value in merged.items() if value is not None}
    return json.dumps(whole).encode() + b"\n"


def test_an_answered_call_tells_when_and_how_long() -> None:
    end = cdr.parse(record())
    assert end
    assert (end.call.dialled, end.call.trunk, end.call.caller) == ("+12125550110", "external", "+12125550199")
    assert (end.sequence, end.tag, end.lease, end.disposition) == (0, "active", "L1", "ANSWERED")
    values = json.loads(record())["variables"]
    assert end.call.id == values["uuid"]
    assert end.end_time == datetime.fromtimestamp(int(values["end_uepoch"]) / 1e6, UTC)
    assert end.talk_time // timedelta(milliseconds=1) == int(values["billmsec"])


def test_a_call_that_was_cancelled_during_the_decision_has_no_answer_no_talk_and_no_tag() -> None:
    end = cdr.parse(record("cancelled", dni_cdr_state=None, dni_cdr_lease=None))
    assert end
    assert (end.answer_time, end.talk_time, end.tag, end.lease) == (None, timedelta(), "", "")
    assert end.disposition == "NO ANSWER"


@pytest.mark.parametrize(
    ("cause", "disposition"),
    [("USER_BUSY", "BUSY"), ("NO_ANSWER", "NO ANSWER"), ("CALL_REJECTED", "FAILED"), ("GATEWAY_DOWN", "FAILED")],
)
def test_dispositions_are_the_words_that_asterisk_uses(cause: str, disposition: str) -> None:
    end = cdr.parse(record("cancelled", hangup_cause=cause))
    assert end
    assert end.disposition == disposition


def test_a_callers_headers_are_no_tags() -> None:
    end = cdr.parse(record(dni_cdr_lease=None, dni_cdr_state="failopen"))
    assert end
    assert (end.tag, end.lease) == ("failopen", "")


def test_a_call_of_another_context_is_not_ours() -> None:
    assert cdr.parse((DATA / "answered-hostile-headers.cdr.json").read_bytes()) is None


@pytest.mark.parametrize("length", [0, 1, 100, -1])
def test_a_torn_file_is_told_from_a_bad_one(length: int) -> None:
    with pytest.raises(cdr.TornRecord):
        cdr.parse(record()[:length])


@pytest.mark.parametrize(
    "data",
    [
        b"\n",
        b"{\n",
        b"[1]\n",
        b'{"variables": 3}\n',
        b"[" * 100_000 + b"\n",
        record(uuid=None),
        record(uuid="x" * 151),
        record(uuid="a\nb"),
        record(end_uepoch="9" * 40),
        record(end_uepoch="soon"),
        record(end_uepoch=["1"]),
        record(hangup_cause=None, answer_uepoch="0"),
        record(answer_uepoch=None),
    ],
)
def test_a_whole_file_that_is_no_cdr_is_refused_with_a_reason(data: bytes) -> None:
    with pytest.raises(cdr.BadRecord):
        cdr.parse(data)


def test_a_callers_name_in_latin_1_loses_no_call() -> None:
    assert cdr.parse(record().replace(b'"external"', b'"\xe9"', 1))


@given(st.binary())
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    try:
        cdr.parse(data + b"\n")
    except (cdr.BadRecord, cdr.TornRecord):
        return


def test_a_call_that_the_dialplan_refused_is_told_from_one_that_its_destination_rejected() -> None:
    end = cdr.parse(record("cancelled", dni_cdr_lease="", dni_cdr_state="refused", hangup_cause="CALL_REJECTED"))
    assert end
    assert (end.tag, end.lease, end.disposition, end.answer_time) == ("unleased", "", "REFUSED", None)
