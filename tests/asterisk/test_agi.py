import string
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.asterisk import agi
from gateway.asterisk.agi import UnsafeValue
from gateway.core.routing import Hop, Plan

HOSTILE = st.text(alphabet=st.sampled_from(["\r", "\n", "\0", '"', "\\", "$", "{", "}", ",", "&", "|", " ", "a", "é"]))


@settings(max_examples=5000)
@given(HOSTILE)
def test_no_value_is_ever_more_than_one_line(value: str) -> None:
    try:
        quoted = agi.quote(value)
    except UnsafeValue:
        assert not (value.isascii() and value.isprintable())
    else:
        assert not set(quoted) & {"\r", "\n", "\0"}
        assert quoted[1:-1].replace("\\\\", "").replace('\\"', "").count('"') == 0


@settings(max_examples=5000)
@given(HOSTILE.filter(bool))
def test_a_hostile_dial_string_never_reaches_the_wire(value: str) -> None:
    plan = Plan("", "unknown", "1", "main", (Hop((f"PJSIP/{value}",), 20),))
    try:
        lines = agi.commands(plan)
    except UnsafeValue:
        return
    assert len(lines) == 1
    assert set(lines[0]) <= set(string.printable) - set("\r\n\0\t\x0b\x0c")
    assert lines[0].count("DNI_OK=1") == 1


def test_a_plan_of_many_hops_is_split_below_every_asterisks_buffer_and_says_ok_last() -> None:
    hops = tuple(Hop(tuple(f"PJSIP/{'1' * 60}{target}@trunk" for target in range(10)), 20) for _ in range(8))
    lines = agi.commands(Plan("a" * 64, "active", "12125550110", "main", hops))
    assert all(len(line) < agi.LONGEST_LINE for line in lines)
    assert all(line.count("=") <= 24 for line in lines)
    assert [line.count("DNI_OK=1") for line in lines] == [0] * (len(lines) - 1) + [1]
    assert lines[-1].endswith('DNI_OK=1"')


@given(st.binary(max_size=400))
def test_no_environment_ever_raises(block: bytes) -> None:
    environment = agi.parse_environment(block)
    assert agi.route_of(environment) is not None


def test_the_first_of_a_doubled_key_counts_but_the_last_argument() -> None:
    block = b"agi_uniqueid: 1.1\nagi_callerid: x\nagi_uniqueid: 6.6\nagi_arg_1: 666\nagi_arg_1: 111\n\n"
    environment = agi.parse_environment(block)
    assert (environment["agi_uniqueid"], environment["agi_arg_1"]) == ("1.1", "111")


@pytest.mark.parametrize("presentation", ["32", "35", "64", "67"])
def test_a_withheld_caller_is_not_stored(presentation: str) -> None:
    from tests.conftest import NOW

    environment = {"agi_uniqueid": "1.1", "agi_callerid": "+12125550199", "agi_callingpres": presentation}
    assert agi.inbound_call(environment, NOW).caller == ""


def test_a_refusal_is_told_beside_the_hops_that_an_older_dialplan_rings() -> None:
    plan = Plan("", "unleased", "12125550110", "main", (Hop(("PJSIP/100",), 20),), refuse=True)
    assert agi.commands(plan) == [
        'EXEC MSet "DNI_LEASE=,DNI_STATE=unleased,DNI_DID=12125550110,DNI_REFUSE=1,'
        'DNI_HOPS=1,DNI_HOP_1=PJSIP/100,DNI_RING_1=20,DNI_OK=1"'
    ]
    assert "DNI_REFUSE" not in agi.commands(replace(plan, refuse=False))[0]


def test_all_telephones_of_an_extension_cross_as_one_target() -> None:
    plan = Plan("", "unknown", "1", "main", (Hop(("PJSIP_DIAL_CONTACTS(100)", "PJSIP/2"), 20),))
    assert "DNI_HOP_1=PJSIP_DIAL_CONTACTS(100)&PJSIP/2" in "".join(agi.commands(plan))
