"""Callers who give up, controllers that go, and what is left when a switch is stopped: the same for both switches."""

from collections.abc import Sequence
from contextlib import ExitStack

import pytest

from gateway.core.calls.call import merge
from tests.live.controllers import decides, stays_silent
from tests.live.ports import udp_port_is_bound
from tests.live.scene import DID, Scene
from tests.live.sipp import Call, Delivery, carrier
from tests.live.switch import Binary, Kind, Settings, Setup

pytestmark = pytest.mark.live


def test_caller_who_gives_up_during_the_decision_leaves_a_record(scene: Scene, caller: str) -> None:
    with scene.controller(stays_silent):
        outcome = scene.call(caller=caller, how=Delivery(cancel_ms=500))
        [end] = scene.records(caller)
    assert outcome.status == 487
    assert (end.call.dialled, end.tag, end.call.trunk) == (f"+{DID}", "", scene.kind.trunk)


@pytest.mark.parametrize("waiting", ["1@ringing", "1@early"])
def test_caller_who_gives_up_while_it_rings_leaves_a_record_with_the_tags(
    scene: Scene, caller: str, waiting: str
) -> None:
    with scene.controller(decides(scene.plan(waiting, "2@second"))):
        outcome = scene.call(caller=caller, how=Delivery(cancel_ms=500))
    [end] = scene.records(caller)
    assert outcome.status == 487
    assert (end.lease, end.disposition, end.answer_time) == ("Lx7", "NO ANSWER", None)
    assert scene.arrivals("second", caller) == []


@pytest.mark.parametrize("hops", [["4000@dest"], ["1@busy", "4000@dest"]], ids=["first-hop", "second-hop"])
def test_calls_go_on_when_the_controller_has_gone(scene: Scene, caller: str, hops: Sequence[str]) -> None:
    calls = [Call(f"+{DID}", f"{caller}{place:02}") for place in range(20)]
    with ExitStack() as present:
        present.enter_context(scene.controller(decides(scene.plan(*hops))))
        with carrier(scene.switch.sip_port, calls, Delivery(hold_ms=4000, rate=10)) as delivering:
            delivering.expect_up(20)
            present.close()
            outcomes = delivering.wait()
    assert [(one.answered, one.dropped) for one in outcomes] == [(True, False)] * 20
    assert all(end.lease == "Lx7" for call in calls for end in scene.records(call.caller))


def test_unanswered_fallback_ends_as_no_answer(scene: Scene, caller: str) -> None:
    with scene.settings("1@ringing", ring=1):
        outcome = scene.call(caller=caller)
    assert outcome.status == 480
    assert merge(scene.records(caller)).disposition == "NO ANSWER"


# The harness


def test_stopped_switch_leaves_nothing(kind: Kind, binary: Binary) -> None:
    nobody = kind.dialplan(Settings(9, kind.dial("1", "nobody")))
    with kind.running(binary, Setup(nobody)) as switch:
        assert switch.calls_up() == 0
        assert udp_port_is_bound(switch.sip_port)
    assert not switch.home.exists()
    assert not udp_port_is_bound(switch.sip_port)
