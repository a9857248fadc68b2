"""What leaseline.xml says, read without a FreeSWITCH; tests/live places calls through it where there is one."""

import re
from xml.etree import ElementTree


def test_only_a_believed_refusal_of_a_call_that_is_nobodys_hangs_up_before_anything_rings() -> None:
    [context] = ElementTree.parse("dialplan/freeswitch/leaseline.xml").iter("context")
    extensions = {one.get("name"): one for one in context}
    assert list(extensions)[:4] == ["leaseline-trunks", "leaseline-answer", "leaseline-refuse", "leaseline-ring"]
    conditions = extensions["leaseline-refuse"].findall("condition")
    fields = {one.get("field"): re.compile(one.get("expression", "")) for one in conditions}
    assert all(one.get("break") is None for one in conditions)
    assert list(fields) == ["destination_number", "${dni_dialled}", "${dni_refuse}|${dni_cdr_state}"]
    believed = fields["${dni_refuse}|${dni_cdr_state}"]
    states = ("", "unleased", "unknown", "timeout", "active")
    told = [f"{refuse}|{state}" for refuse in ("", "1", "11", "|") for state in states]
    assert [one for one in told if believed.search(one)] == ["1|unleased", "1|unknown"]
    done = [(one.get("application"), one.get("data")) for one in extensions["leaseline-refuse"].iter("action")]
    assert done[-2:] == [("set", "dni_cdr_state=refused"), ("hangup", "CALL_REJECTED")]
    first = extensions["leaseline-trunk"].findall("condition/action[@application='multiset']")
    assert any(";dni_refuse=;" in one.get("data", "") and one.get("inline") == "true" for one in first)
