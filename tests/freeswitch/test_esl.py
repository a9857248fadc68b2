from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.calls.routing import Hop, Plan
from gateway.freeswitch import esl
from tests.freeswitch.recorded import announcement, call_of, said

AT = datetime(2026, 11, 22, tzinfo=UTC)


def plan(*hops: Hop) -> Plan:
    return Plan("Lx7", "active", "12125550110", "main", hops)


def test_a_recorded_call_is_read() -> None:
    block = announcement(dialled="+12125550110", trunk="external", caller="+12125550199")
    call = esl.inbound_call(esl.parse_headers(block), AT)
    assert (call.id, call.dialled, call.trunk, call.caller, call.at) == (
        call_of(block),
        "+12125550110",
        "external",
        "+12125550199",
        AT,
    )


def test_a_withheld_caller_stays_unknown() -> None:
    headers = esl.parse_headers(announcement(dialled="+12125550110"))
    assert headers["Caller-Caller-ID-Number"] == "sipp"
    assert esl.inbound_call(headers, AT).caller == ""


def test_forged_headers_of_a_real_call_stay_inside_their_values() -> None:
    headers = esl.parse_headers(said("hostile-headers")[0])
    assert headers["variable_sip_h_X-Foo"] == "a\nvariable_dni_lease: FORGED\nContent-Type: text/disconnect-notice"
    assert headers["Content-Type"] == "command/reply"
    assert "variable_dni_lease" not in headers
    assert headers["variable_sip_h_X-DNI-Lease"] == "FORGED"


def test_the_first_of_two_headers_counts() -> None:
    assert esl.parse_headers(b"Unique-ID: a\nUnique-ID: b\n")["Unique-ID"] == "a"


@pytest.mark.parametrize("call_id", ["", "a b", "a\nb", "x" * 151, "a;b", "é"])
def test_an_id_that_would_be_more_than_a_word_is_refused(call_id: str) -> None:
    with pytest.raises(esl.UnsafeValue):
        esl.inbound_call({"Unique-ID": call_id, "variable_dni_dialled": "1"}, AT)


def test_a_call_of_another_dialplan_is_refused() -> None:
    with pytest.raises(esl.UnsafeValue, match=r"leaseline\.xml"):
        esl.inbound_call({"Unique-ID": "a"}, AT)


def test_a_plan_is_one_command_with_ok_last() -> None:
    hops = (Hop(("user/100@x", "sofia/gateway/c/1"), 20), Hop(("sofia/gateway/c/2",), 30))
    assert esl.command("id-1", plan(*hops)) == (
        "api uuid_setvar_multi id-1 dni_lease=Lx7;dni_state=active;dni_did=12125550110;"
        "dni_bridge=[leg_timeout=20]user/100@x,[leg_timeout=20]sofia/gateway/c/1|[leg_timeout=30]sofia/gateway/c/2;"
        "dni_last=sofia/gateway/c/2;dni_ok=1"
    )


def test_a_plan_without_hops_leaves_the_ringing_to_the_fallback() -> None:
    assert esl.command("id-1", plan()).endswith(" dni_lease=Lx7;dni_state=active;dni_did=12125550110;dni_ok=1")


@pytest.mark.parametrize(
    "target",
    ["a/b,c/d", "a/b|c/d", "a/b;dni_ok=1", "a/${system(x)}", "a/b\n\napi x", "[x=y]a/b", "a/b:_:c/d", "a/b&c", "'a/b'"],
)
def test_a_target_that_is_more_than_one_dial_string_is_refused(target: str) -> None:
    with pytest.raises(esl.UnsafeValue):
        esl.command("id-1", plan(Hop((target,), 20)))


@given(st.binary())
def test_no_bytes_raise_anything_but_unsafe_value(block: bytes) -> None:
    try:
        esl.inbound_call(esl.parse_headers(block), AT)
    except esl.UnsafeValue:
        return


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r\n")))
def test_no_value_of_a_caller_makes_another_header(value: str) -> None:
    for written in (value, value.replace(" ", "%0A"), f"%0A{value}%0Avariable_dni_lease: FORGED"):
        headers = esl.parse_headers(f"variable_x: {written}\nContent-Type: command/reply\n".encode())
        assert set(headers) <= {"variable_x", "Content-Type"}


def test_a_refusal_is_told_beside_the_hops_that_an_older_dialplan_rings() -> None:
    refused = Plan("", "unleased", "12125550110", "main", (Hop(("user/100@x",), 20),), refuse=True)
    assert esl.command("id-1", refused) == (
        "api uuid_setvar_multi id-1 dni_lease=;dni_state=unleased;dni_did=12125550110;dni_refuse=1;"
        "dni_bridge=[leg_timeout=20]user/100@x;dni_last=user/100@x;dni_ok=1"
    )
