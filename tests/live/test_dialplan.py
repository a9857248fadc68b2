"""The promises of the dialplans, on a real switch with real SIP: the same for Asterisk and FreeSWITCH."""

from contextlib import ExitStack

import pytest

from gateway.core.calls.call import merge
from tests.live.controllers import (
    Behaviour,
    closes,
    decides,
    hears_and_closes,
    hears_and_stays_silent,
    stays_silent,
)
from tests.live.scene import DID, FALLBACK, Scene, tags
from tests.live.sipp import LONGEST_WAIT_MS, Call, Delivery, carrier

pytestmark = pytest.mark.live
LATE = 4.0  # seconds: long after the dialplan's rescue, however slow the machine is


# The normal day


def test_call_rings_the_destination_with_our_tags(scene: Scene, caller: str) -> None:
    with scene.controller(decides(scene.plan("4000@dest"))) as asked:
        outcome = scene.call(caller=caller)
    [arrival] = scene.arrivals("dest", caller)
    assert outcome.answered
    assert not outcome.dropped
    assert (arrival.number, arrival.tags, arrival.diversion) == ("4000", tags("active", "Lx7"), DID)
    assert (asked[0].dialled, asked[0].trunk) == (f"+{DID}", scene.kind.trunk)


def test_call_record_tells_the_call_and_its_tags(scene: Scene, caller: str) -> None:
    with scene.controller(decides(scene.plan("4000@dest"))) as asked:
        outcome = scene.call(caller=caller, how=Delivery(hold_ms=1200))
    [end] = scene.records(caller)
    assert (end.call.id, end.call.dialled, end.call.trunk) == (asked[0].call, f"+{DID}", scene.kind.trunk)
    assert (end.lease, end.tag, end.disposition) == ("Lx7", "active", "ANSWERED")
    assert end.answer_time
    assert end.call.at < end.answer_time < end.end_time
    assert outcome.hold_ms is not None
    assert end.talk_time.total_seconds() == pytest.approx(outcome.hold_ms / 1000, abs=1)


def test_plan_without_hops_rings_the_fallback_with_its_tags(scene: Scene, caller: str) -> None:
    with scene.controller(decides(scene.plan(lease="", state="unknown"))):
        assert scene.call(caller=caller).answered
    assert [one.tags for one in scene.arrivals("fallback", caller)] == [tags("unknown")]


# A caller is never lost, whatever becomes of the controller


def rings_the_fallback(scene: Scene, caller: str, state: str) -> None:
    outcome = scene.call(caller=caller)
    assert outcome.answer_ms is not None
    assert outcome.answer_ms <= LONGEST_WAIT_MS
    [arrival] = scene.arrivals("fallback", caller)
    assert (arrival.number, arrival.tags, arrival.diversion) == (FALLBACK, tags(state), DID)
    [end] = scene.records(caller)
    assert (end.call.dialled, end.tag) == (f"+{DID}", state)


def test_absent_controller_rings_the_fallback(scene: Scene, caller: str) -> None:
    rings_the_fallback(scene, caller, "failopen")


@pytest.mark.parametrize("crashing", [closes, hears_and_closes])
def test_crashing_controller_rings_the_fallback(scene: Scene, caller: str, crashing: Behaviour) -> None:
    with scene.controller(crashing):
        rings_the_fallback(scene, caller, "failopen")


@pytest.mark.parametrize("silent", [stays_silent, hears_and_stays_silent])
def test_silent_controller_rings_the_fallback(scene: Scene, caller: str, silent: Behaviour) -> None:
    with scene.controller(silent):
        rings_the_fallback(scene, caller, "timeout")


def test_half_a_decision_is_not_believed(scene: Scene, caller: str) -> None:
    with scene.controller(decides(scene.plan("4000@dest", ok=False))):
        rings_the_fallback(scene, caller, "failopen")
    assert scene.arrivals("dest", caller) == []


def test_decision_after_the_rescue_changes_nothing(scene: Scene, caller: str) -> None:
    with scene.controller(decides(scene.plan("4000@dest"), after=LATE)):
        outcome = scene.call(caller=caller, how=Delivery(hold_ms=3000))
    assert not outcome.dropped
    assert [one.tags for one in scene.arrivals("fallback", caller)] == [tags("timeout")]
    assert scene.arrivals("dest", caller) == []
    assert [(end.tag, end.lease) for end in scene.records(caller)] == [("timeout", "")]


@pytest.mark.parametrize("decided", [True, False], ids=["had-decided", "was-silent"])
def test_call_goes_on_when_a_controller_ends_that_had_not_left(scene: Scene, caller: str, decided: bool) -> None:
    lingering = decides(scene.plan("4000@dest"), stays=True) if decided else stays_silent
    with ExitStack() as present:
        present.enter_context(scene.controller(lingering))
        with carrier(scene.switch.sip_port, [Call(f"+{DID}", caller)], Delivery(hold_ms=2000)) as delivering:
            delivering.expect_up(1)
            present.close()
            [outcome] = delivering.wait()
    assert (outcome.answered, outcome.dropped) == (True, False)


# Hops in turn


@pytest.mark.parametrize("first", ["1@busy", "1@unavailable", "1@ringing", "1@early", "1@redirecting"])
def test_hop_that_fails_gives_way_to_the_next(scene: Scene, caller: str, first: str) -> None:
    _gives_way(scene, caller, first)


@pytest.mark.parametrize("place", range(4))
def test_hop_that_rings_nobody_gives_way_to_the_next(scene: Scene, caller: str, place: int) -> None:
    _gives_way(scene, caller, scene.kind.bad_hops[place])


def _gives_way(scene: Scene, caller: str, first: str) -> None:
    with scene.controller(decides(scene.plan(first, "2@second", ring=1))) as asked:
        assert scene.call(caller=caller).answered
    assert len(asked) == 1
    assert [one.tags for one in scene.arrivals("second", caller)] == [tags("active", "Lx7")]
    assert scene.arrivals("fallback", caller) == []


def test_targets_of_a_hop_ring_together(scene: Scene, caller: str) -> None:
    with scene.controller(decides(scene.plan(["1@ringing", "1@busy", "2@second"]))):
        assert scene.call(caller=caller).answered
    ringing = scene.arrivals("ringing", caller) + scene.arrivals("second", caller)
    assert [one.tags for one in ringing] == [tags("active", "Lx7")] * 2


@pytest.mark.parametrize("target", ["1@dead", ["1@dead", "1@dead"]])
def test_target_that_swallows_the_call_is_no_silence(scene: Scene, caller: str, target: str | list[str]) -> None:
    with scene.controller(decides(scene.plan(target))):
        outcome = scene.call(caller=caller, how=Delivery(cancel_ms=2500))
    assert (outcome.status, outcome.rang) == (487, True)


def test_all_telephones_of_an_extension_ring(scene: Scene, caller: str) -> None:
    if scene.kind.name != "asterisk":
        pytest.skip("FreeSWITCH rings all of them under user/100")
    with scene.controller(decides(scene.plan(["PJSIP_DIAL_CONTACTS(extension)", "1@busy"]))):
        assert scene.call(caller=caller).answered
    rung = [scene.arrivals(name, caller) for name in ("ringing", "second", "busy")]
    assert [len(arrivals) for arrivals in rung] == [1, 1, 1]
    assert rung[0][0].tags == tags("active", "Lx7")


def test_extension_without_a_telephone_gives_way_to_the_next_hop(scene: Scene, caller: str) -> None:
    if scene.kind.name != "asterisk":
        pytest.skip("a dial string of Asterisk's")
    absent = "PJSIP_DIAL_CONTACTS(nosuch)"
    with scene.settings(absent), scene.controller(decides(scene.plan(absent, [absent, "2@second"]))):
        assert scene.call(caller=caller).answered
        assert scene.call(caller=caller).answered
    assert len(scene.arrivals("second", caller)) == 2


def test_eight_failing_hops_end_at_the_fallback(scene: Scene, caller: str) -> None:
    with scene.controller(decides(scene.plan(*["1@busy", "1@unavailable"] * 4))):
        assert scene.call(caller=caller).answered
    assert len(scene.arrivals("busy", caller) + scene.arrivals("unavailable", caller)) == 8
    assert [one.tags for one in scene.arrivals("fallback", caller)] == [tags("active", "Lx7")]


def test_every_record_of_a_call_with_several_hops_has_the_tags(scene: Scene, caller: str) -> None:
    with scene.controller(decides(scene.plan("1@busy", ["1@ringing", "2@second"]))):
        scene.call(caller=caller)
    ends = scene.records(caller, 3 if scene.kind.records_by_hop else 1)
    assert len({end.call.id for end in ends}) == 1
    assert {(end.call.dialled, end.lease, end.tag) for end in ends} == {(f"+{DID}", "Lx7", "active")}
    every = ["ANSWERED", "BUSY", "NO ANSWER"]
    assert sorted(end.disposition for end in ends) == (every if scene.kind.records_by_hop else ["ANSWERED"])


def test_no_hop_rings_after_a_good_call_that_the_destination_ended(scene: Scene, caller: str) -> None:
    with scene.controller(decides(scene.plan("1@leaving", "2@second"))):
        outcome = scene.call(caller=caller, how=Delivery(hold_ms=5000))
    assert (outcome.answered, outcome.dropped) == (True, True)
    assert [end.disposition for end in scene.records(caller)] == ["ANSWERED"]
    assert scene.arrivals("second", caller) + scene.arrivals("fallback", caller) == []


def test_fallback_that_just_failed_is_not_tried_again(scene: Scene, caller: str) -> None:
    with scene.settings("7@busy"), scene.controller(decides(scene.plan("1@unavailable", "7@busy"))):
        outcome = scene.call(caller=caller)
    assert outcome.status == 486
    assert len(scene.arrivals("busy", caller)) == 1
    assert merge(scene.records(caller, 2 if scene.kind.records_by_hop else 1)).disposition == "BUSY"


# What a caller or a carrier sends is not believed


def test_forged_tags_are_never_passed_on(scene: Scene, caller: str) -> None:
    forged = (
        "X-DNI-Lease: FORGED",
        "X-DNI-DID: 19998887777",
        "X-DNI-State: forged",
        "X-DNI-OK: 1",
        "X-DNI-Refuse: 1",
        "X-Other: 1",
    )
    scene.call(caller=caller, how=Delivery(hold_ms=100, headers=forged))
    [arrival] = scene.arrivals("fallback", caller)
    assert arrival.tags == tags("failopen")
    assert arrival.header("X-Other") == ""


def test_call_is_cut_at_the_limit(scene: Scene, caller: str) -> None:
    with scene.settings(f"{FALLBACK}@fallback", limit=1):
        outcome = scene.call(caller=caller, how=Delivery(hold_ms=5000))
    assert outcome.dropped


# The number in every form that trunks write it


@pytest.mark.parametrize(
    ("number", "how", "asked_for"),
    [
        (f"+{DID}", Delivery(hold_ms=100), f"+{DID}"),
        (DID, Delivery(hold_ms=100), DID),
        (f"00{DID}", Delivery(hold_ms=100), f"00{DID}"),
        (f"+{DID}", Delivery(hold_ms=100, user_parameters=";npdi=yes;rn=+19998887777"), f"+{DID}"),
        (f"+{DID}", Delivery(hold_ms=100, request_user="s", user_parameters=";npdi=yes"), f"+{DID}"),
    ],
    ids=["plus", "digits", "00", "parameters", "only-in-To-with-parameters"],
)
def test_number_arrives_in_every_form(scene: Scene, caller: str, number: str, how: Delivery, asked_for: str) -> None:
    with scene.controller(decides(scene.plan("4000@dest"))) as asked:
        assert scene.call(number, caller, how).answered
    assert [one.dialled for one in asked] == [asked_for]
    assert [end.call.dialled for end in scene.records(caller)] == [asked_for]


@pytest.mark.parametrize("written", ["+1-555-123-4567", "1.555.123.4567", "+1(555)1234567"])
def test_number_with_what_people_write_between_digits_arrives(scene: Scene, caller: str, written: str) -> None:
    with scene.controller(decides(scene.plan("4000@dest"))) as asked:
        assert scene.call(written, caller).answered
    assert [one.dialled.lstrip("+") for one in asked] == [DID]
