"""A call that nobody's visit led to is refused before answer, and no other: on a real switch with real SIP."""

import re
from dataclasses import replace

import pytest

from tests.live.controllers import Told, decides
from tests.live.scene import DID, Scene, tags
from tests.live.test_dialplan import LATE, rings_the_fallback

pytestmark = pytest.mark.live


def refusal(scene: Scene, state: str = "unleased", ok: bool = True) -> Told:
    return replace(scene.plan("4000@dest", lease="", state=state, ok=ok), refuse=True)


def test_refused_call_is_hung_up_before_answer_and_rings_nobody(scene: Scene, caller: str) -> None:
    with scene.controller(decides(refusal(scene))):
        outcome = scene.call(caller=caller)
    assert (outcome.answered, outcome.status) == (False, scene.kind.refused_status)
    [end] = scene.records(caller)
    assert (end.call.dialled, end.tag, end.lease) == (f"+{DID}", "unleased", "")
    assert (end.disposition, end.answer_time) == ("REFUSED", None)
    assert scene.arrivals("dest", caller) + scene.arrivals("fallback", caller) == []


def test_call_to_a_number_that_is_none_of_ours_is_refused_as_well(scene: Scene, caller: str) -> None:
    with scene.controller(decides(refusal(scene, state="unknown"))):
        outcome = scene.call(caller=caller)
    assert outcome.status == scene.kind.refused_status
    assert [end.disposition for end in scene.records(caller)] == ["REFUSED"]


def test_refusal_of_any_other_call_is_not_believed(scene: Scene, caller: str) -> None:
    with scene.controller(decides(refusal(scene, state="active"))):
        assert scene.call(caller=caller).answered
    assert len(scene.arrivals("dest", caller)) == 1


def test_refusal_that_was_not_decided_to_its_end_rings_the_fallback(scene: Scene, caller: str) -> None:
    with scene.controller(decides(refusal(scene, ok=False))):
        rings_the_fallback(scene, caller, "failopen")


def test_refusal_after_the_rescue_changes_nothing(scene: Scene, caller: str) -> None:
    with scene.controller(decides(refusal(scene), after=LATE)):
        rings_the_fallback(scene, caller, "timeout")


def test_dialplan_that_knows_no_refusals_rings_the_hops(scene: Scene, caller: str) -> None:
    older = re.sub("(?i)dni_refuse", "dni_other", scene.dialplan())
    with scene.dialplan_of(older), scene.controller(decides(refusal(scene))):
        assert scene.call(caller=caller).answered
    assert [one.tags for one in scene.arrivals("dest", caller)] == [tags("unleased")]
