"""A forwarded call that comes back is told by our marks, and ends soon; who only looks like one rings."""

import pytest

from tests.live.controllers import decides
from tests.live.scene import DID, Scene
from tests.live.sipp import Call, Delivery, place

pytestmark = pytest.mark.live

DIVERTED = Delivery(50, 1500, headers=(f"Diversion: <sip:+{DID}@127.0.0.1>;reason=unconditional",))


def test_our_own_forwarded_leg_is_refused_and_the_next_hop_rings(scene: Scene, caller: str) -> None:
    with scene.controller(decides(scene.plan(f"{DID}@self", "2@second"))) as asked:
        outcome = scene.call(caller=caller)
    assert outcome.answered
    assert len(asked) == 1
    assert len(scene.arrivals("second", caller)) == 1


def test_refused_leg_is_a_record(scene: Scene, caller: str) -> None:
    with scene.controller(decides(scene.plan(f"{DID}@self", "2@second"))):
        scene.call(caller=caller)
    ends = scene.records(caller, 3 if scene.kind.records_by_hop else 2)
    assert len({end.call.id for end in ends}) == 2
    assert [(end.call.dialled.lstrip("+"), end.lease) for end in ends if end.disposition == "REFUSED"] == [(DID, "")]


@pytest.mark.parametrize(
    ("number", "mark"),
    [(f"+{DID}", DID), (f"00{DID}", DID), (f"011{DID}", DID), ("05551234567", "495551234567"), (DID[1:], DID)],
)
def test_leg_is_known_again_however_its_number_is_written(scene: Scene, caller: str, number: str, mark: str) -> None:
    back = Delivery(hold_ms=100, headers=(f"X-DNI-DID: {mark}", "X-DNI-Round: 1"))
    assert scene.call(number, caller, back).status == scene.kind.loop_status


def test_call_that_was_forwarded_three_times_over_several_numbers_is_refused(scene: Scene, caller: str) -> None:
    for rounds, status in ((1, 200), (2, 200), (3, scene.kind.loop_status)):
        marked = Delivery(hold_ms=100, headers=("X-DNI-DID: 19998887777", f"X-DNI-Round: {rounds}"))
        assert scene.call(caller=caller, how=marked).status == status
    assert [one.header("X-DNI-Round") for one in scene.arrivals("fallback", caller)] == ["2", "3"]


@pytest.mark.parametrize("mark", ["", "0", "x", "${DNI_LOOP}", "99999999999999999999"])
def test_mark_that_means_nothing_loses_no_call(scene: Scene, caller: str, mark: str) -> None:
    odd = Delivery(hold_ms=100, headers=(f"X-DNI-Round: {mark}", f"X-DNI-DID: {mark}"))
    assert scene.call(caller=caller, how=odd).status == (scene.kind.loop_status if "999" in mark else 200)


@pytest.mark.parametrize("target", ["4000@dest", "1@ringing"])
def test_callers_from_one_company_are_no_loop(scene: Scene, caller: str, target: str) -> None:
    with scene.controller(decides(scene.plan(target, ring=3))):
        outcomes = place(scene.switch.sip_port, [Call(f"+{DID}", caller)] * 5, DIVERTED)
    assert [one.status for one in outcomes] == [200] * 5
    ends = [end for end in scene.records(caller, 5) if end.answer_time]
    assert len({end.call.id for end in ends}) == 5


def test_callers_who_withhold_their_numbers_are_not_taken_for_one_in_a_loop(scene: Scene) -> None:
    private = Delivery(50, 1500, headers=(*DIVERTED.headers, "Privacy: id"))
    outcomes = place(scene.switch.sip_port, [Call(f"+{DID}", "anonymous")] * 5, private)
    assert {one.status for one in outcomes} == {200}


def test_loop_over_a_pbx_that_drops_our_marks_ends_after_three_rounds(scene: Scene, caller: str) -> None:
    with scene.controller(decides(scene.plan(scene.kind.forgetful))) as asked:
        outcome = scene.call(caller=caller)
    assert outcome.answered
    assert len(asked) == 3
    assert [one.tags["x-dni-state"] for one in scene.arrivals("fallback", caller)] == [["loop"]]


@pytest.mark.parametrize("via", ["19998887777", "25551234567", "1234567", "67", "anonymous", DID])
def test_call_diverted_from_elsewhere_is_no_loop(scene: Scene, caller: str, via: str) -> None:
    diverted = Delivery(hold_ms=100, headers=(f'Diversion: "x" <sip:{via}@127.0.0.1>;reason=no-answer',))
    assert scene.call(caller=caller, how=diverted).answered
    assert [one.header("Diversion") for one in scene.arrivals("fallback", caller)] == [
        f"<sip:{DID}@127.0.0.1>;reason=unconditional"
    ]
