"""Numbers that are none of ours: they ring, unless the PBX admin has them refused, and then only what is certain."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.core.calls.call import CallEnd, InboundCall
from gateway.core.calls.routing import Plan, decide, settle
from gateway.core.numbers import Kind
from gateway.store import NewNumber
from tests.asked import asked_calls
from tests.conftest import NOW
from tests.store.test_calls import CALLER, ROUTES, Line
from tests.stores import FileStore

STRANGERS = (
    "100", "911", "0", "00", "1000", "+1000", "12125599999", "+12125599999", "+442079460000", "900442079460000",
    "011442079460000", "3125560000", "9999999999", "00000000",
)  # fmt: skip
MAYBE_OURS = (
    "0000", "60000", "560000", "5560001",  # last digits of several numbers of ours, or too few to tell
    "9912125560001", "912125560001", "912125550100",  # behind a prefix of the carrier's
    "+12125550100", "2125550100", "0100",  # the number that the page has of its own
    "2079460001", "02079460001", "902079460001",  # a British number of ours on an American trunk
    "", "acme",
)  # fmt: skip


@pytest.fixture
def line(fresh_store: FileStore) -> Line:
    line = Line(fresh_store)
    line.routes = replace(ROUTES, refuse_unknown=True)
    more = [NewNumber("+13125560001", Kind.POOL, line.pool), NewNumber("+442079460001", Kind.POOL, line.pool)]
    line.store.numbers.add(more, NOW)
    return line


def plan(line: Line, dialled: str) -> Plan:
    return decide(line.store.calls, line.routes, InboundCall("1", dialled, "", CALLER, NOW)).plan


@pytest.mark.parametrize("dialled", STRANGERS)
def test_what_is_surely_none_of_ours_is_refused(line: Line, dialled: str) -> None:
    refused = plan(line, dialled)
    assert (refused.state, refused.refuse) == ("unknown", True)
    assert refused.hops == ROUTES.destinations["main"]


@pytest.mark.parametrize("dialled", MAYBE_OURS)
def test_what_may_be_ours_rings(line: Line, dialled: str) -> None:
    assert not plan(line, dialled).refuse


@pytest.mark.parametrize("dialled", [*STRANGERS, *MAYBE_OURS])
def test_by_default_every_call_rings(line: Line, dialled: str) -> None:
    line.routes = ROUTES
    assert not plan(line, dialled).refuse


def test_a_number_that_was_never_shown_is_not_unknown(line: Line) -> None:
    assert (plan(line, "+12125560002").state, plan(line, "+12125560002").refuse) == ("unleased", False)


@pytest.mark.parametrize("order", ["decision, CDR", "CDR, decision", "CDR"])
def test_a_refused_robot_is_one_row_that_says_so(line: Line, order: str) -> None:
    call = InboundCall("1", "100", "", CALLER, NOW)
    end = CallEnd(call, 1, "unleased", "", None, NOW, timedelta(), "REFUSED")  # as the parsers read `refused`
    for what in order.split(", "):
        if what == "decision":
            line.store.calls.record(decide(line.store.calls, line.routes, call).call)
        else:
            line.store.calls.complete([(end, settle(line.store.calls, line.routes, end))])
    [row] = asked_calls(line.store)
    assert (row["state"], row["disposition"], row["destination"]) == ("unknown", "REFUSED", "")
    assert (row["tracking_phone_number"], row["attributed_late"]) == ("100", False)
    assert line.store.past_calls(line.routes.weights).told("1") is None
