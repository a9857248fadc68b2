"""A number that its caller withholds is taken neither at the INVITE nor from the record, whatever the dialplan left."""

from datetime import UTC, datetime

import pytest

from gateway.freeswitch import cdr, esl
from tests.freeswitch.recorded import announcement
from tests.freeswitch.test_cdr import record

AT = datetime(2026, 11, 22, tzinfo=UTC)
CALLER = "+12125550199"
ASKED = (
    ("sip_Privacy", "id"),
    ("sip_Privacy", "user"),
    ("sip_Privacy", "header;user;id"),
    ("sip_Privacy", "Privacy: ID"),
    ("sip_Privacy", "critical; id"),
    ("sip_Remote-Party-ID", "<sip:+12125550199@carrier.example>;party=calling;privacy=full;screen=yes"),
    ("sip_Remote-Party-ID", '<sip:+12125550199@carrier.example>; privacy="URI"'),
)
NOT_ASKED = (
    ("sip_Privacy", "none"),
    ("sip_Privacy", "critical"),
    ("sip_Remote-Party-ID", "<sip:+12125550199@carrier.example>;privacy=off"),
    ("sip_P-Asserted-Identity", CALLER),
)


@pytest.mark.parametrize(("header", "value"), ASKED)
def test_who_asks_to_stay_unknown_does(header: str, value: str) -> None:
    end = cdr.parse(record(**{header: value}))
    assert end
    assert end.call.caller == ""
    assert esl.inbound_call({**_announced(), f"variable_{header}": value}, AT).caller == ""


@pytest.mark.parametrize(("header", "value"), NOT_ASKED)
def test_who_does_not_ask_is_told(header: str, value: str) -> None:
    end = cdr.parse(record(**{header: value}))
    assert end
    assert end.call.caller == CALLER
    assert esl.inbound_call({**_announced(), f"variable_{header}": value}, AT).caller == CALLER


def test_a_number_that_the_switch_hides_is_not_taken() -> None:
    assert esl.inbound_call({**_announced(), "Caller-Privacy-Hide-Number": "true"}, AT).caller == ""


def _announced() -> dict[str, str]:
    return esl.parse_headers(announcement(dialled="+12125550110", caller=CALLER))
