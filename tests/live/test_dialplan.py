"""The promises of dialplan/asterisk/leaseline.conf, on a real Asterisk with real SIP."""

import re
from contextlib import ExitStack

import pytest

from tests.live.asterisk import DIALPLAN, AsteriskBinary, Setup, dialplan, running
from tests.live.controllers import closes, controller, decides, stays_silent
from tests.live.ports import udp_port_is_bound
from tests.live.scene import DID, FALLBACK, Scene, plan, tags
from tests.live.sipp import Call, Delivery, carrier, place

pytestmark = pytest.mark.live


# The normal day


def test_call_rings_the_destination_with_our_tags(scene: Scene, caller: str) -> None:
    with controller(scene.agi_port, decides(plan("PJSIP/4000@dest"))) as asked:
        outcome = scene.call(caller=caller)
    [arrival] = scene.arrivals("dest", caller)
    assert outcome.answered
    assert not outcome.dropped
    assert (arrival.number, arrival.tags, arrival.diversion) == ("4000", tags("active", "Lx7"), DID)
    assert (asked[0]["agi_network_script"], asked[0]["agi_arg_1"], asked[0]["agi_arg_2"]) == (
        "route",
        f"+{DID}",
        "trunk",
    )


def test_call_record_has_every_column(scene: Scene, caller: str) -> None:
    with controller(scene.agi_port, decides(plan("PJSIP/4000@dest"))):
        scene.call(caller=caller, how=Delivery(hold_ms=1200))
    [record] = scene.records(caller)
    told = {key: record[key] for key in ("dst", "dni_did", "dni_lease", "dni_state", "disposition", "lastapp")}
    assert told == {
        "dst": f"+{DID}",
        "dni_did": f"+{DID}",
        "dni_lease": "Lx7",
        "dni_state": "active",
        "disposition": "ANSWERED",
        "lastapp": "Dial",
    }
    assert record["dni_trunk"] == "trunk"
    assert record["dstchannel"].startswith("PJSIP/dest-")
    assert record["uniqueid"] == record["linkedid"]
    assert float(record["start"]) < float(record["answer"]) < float(record["end"])
    assert 1.1 < float(record["billsec"]) < 1.6


def test_plan_without_hops_rings_the_fallback_with_its_tags(scene: Scene, caller: str) -> None:
    with controller(scene.agi_port, decides(plan(lease="", state="unknown"))):
        assert scene.call(caller=caller).answered
    assert [one.tags for one in scene.arrivals("fallback", caller)] == [tags("unknown")]


def test_no_word_from_the_controller_reaches_a_header_unfiltered(scene: Scene, caller: str) -> None:
    hostile = plan("PJSIP/4000@dest", lease="a;b<c>'d e", state="ac-T1ve")
    with controller(scene.agi_port, decides(hostile)):
        scene.call(caller=caller)
    assert [one.tags for one in scene.arrivals("dest", caller)] == [tags("acve", "abcde")]


# A caller is never lost, whatever becomes of the controller


def _rings_the_fallback(scene: Scene, caller: str, state: str) -> None:
    outcome = scene.call(caller=caller)
    assert outcome.answer_ms is not None
    assert outcome.answer_ms <= 3000
    [arrival] = scene.arrivals("fallback", caller)
    assert (arrival.number, arrival.tags, arrival.diversion) == (FALLBACK, tags(state), DID)
    [record] = scene.records(caller)
    assert (record["dst"], record["dni_did"], record["dni_state"]) == (f"+{DID}", f"+{DID}", state)


def test_absent_controller_rings_the_fallback(scene: Scene, caller: str) -> None:
    _rings_the_fallback(scene, caller, "failopen")


def test_crashing_controller_rings_the_fallback(scene: Scene, caller: str) -> None:
    with controller(scene.agi_port, closes):
        _rings_the_fallback(scene, caller, "failopen")


def test_silent_controller_rings_the_fallback(scene: Scene, caller: str) -> None:
    with controller(scene.agi_port, stays_silent):
        _rings_the_fallback(scene, caller, "timeout")


def test_half_a_decision_is_not_believed(scene: Scene, caller: str) -> None:
    half = plan("PJSIP/4000@dest").replace(",DNI_OK=1", "")
    with controller(scene.agi_port, decides(half)):
        _rings_the_fallback(scene, caller, "failopen")
    assert scene.arrivals("dest", caller) == []


def test_decision_after_the_rescue_changes_nothing(scene: Scene, caller: str) -> None:
    late = decides(plan("PJSIP/4000@dest"), after=2.7)
    with controller(scene.agi_port, late):
        outcome = scene.call(caller=caller, how=Delivery(hold_ms=1500))
    assert not outcome.dropped
    assert [one.tags for one in scene.arrivals("fallback", caller)] == [tags("timeout")]
    assert scene.arrivals("dest", caller) == []
    assert [record["dni_lease"] for record in scene.records(caller)] == [""]


# Hops in turn


@pytest.mark.parametrize(
    "first",
    [
        "PJSIP/1@busy",
        "PJSIP/1@unavailable",
        "PJSIP/1@ringing",
        "PJSIP/1@redirecting",
        "PJSIP/1@nosuch",
        "Nosuch/1",
        "garbage",
        "PJSIP/1&x",
    ],
)
def test_hop_that_fails_gives_way_to_the_next(scene: Scene, caller: str, first: str) -> None:
    with controller(scene.agi_port, decides(plan(first, "PJSIP/2@second", ring=1))) as asked:
        assert scene.call(caller=caller).answered
    assert len(asked) == 1
    assert [one.tags for one in scene.arrivals("second", caller)] == [tags("active", "Lx7")]
    assert scene.arrivals("fallback", caller) == []


def test_targets_of_a_hop_ring_together(scene: Scene, caller: str) -> None:
    with controller(scene.agi_port, decides(plan("PJSIP/1@ringing&PJSIP/1@busy&PJSIP/2@second"))):
        assert scene.call(caller=caller).answered
    ringing = scene.arrivals("ringing", caller) + scene.arrivals("second", caller)
    assert [one.tags for one in ringing] == [tags("active", "Lx7")] * 2


def test_eight_failing_hops_end_at_the_fallback(scene: Scene, caller: str) -> None:
    hops = ["PJSIP/1@busy", "PJSIP/1@unavailable"] * 4
    with controller(scene.agi_port, decides(plan(*hops))):
        assert scene.call(caller=caller).answered
    assert len(scene.arrivals("busy", caller) + scene.arrivals("unavailable", caller)) == 8
    assert [one.tags for one in scene.arrivals("fallback", caller)] == [tags("active", "Lx7")]


def test_every_record_of_a_call_with_several_hops_has_the_tags(scene: Scene, caller: str) -> None:
    with controller(scene.agi_port, decides(plan("PJSIP/1@busy", "PJSIP/1@ringing&PJSIP/2@second"))):
        scene.call(caller=caller)
    records = scene.records(caller, 3)
    assert len({record["uniqueid"] for record in records}) == 1
    assert {(record["dni_did"], record["dni_lease"], record["dni_state"]) for record in records} == {
        (f"+{DID}", "Lx7", "active")
    }
    assert sorted(record["disposition"] for record in records) == ["ANSWERED", "BUSY", "NO ANSWER"]


def test_fallback_that_just_failed_is_not_tried_again(scene: Scene, caller: str) -> None:
    with (
        scene.settings("PJSIP/7@busy"),
        controller(scene.agi_port, decides(plan("PJSIP/1@unavailable", "PJSIP/7@busy"))),
    ):
        outcome = scene.call(caller=caller)
    assert outcome.status == 486
    assert len(scene.arrivals("busy", caller)) == 1


# What a caller or a carrier sends is not believed


def test_forged_tags_are_never_passed_on(scene: Scene, caller: str) -> None:
    forged = ("X-DNI-Lease: FORGED", "X-DNI-DID: 19998887777", "X-DNI-State: forged", "X-DNI-OK: 1")
    scene.call(caller=caller, how=Delivery(hold_ms=100, headers=forged))
    assert [one.tags for one in scene.arrivals("fallback", caller)] == [tags("failopen")]


def test_our_own_forwarded_leg_is_refused_and_the_next_hop_rings(scene: Scene, caller: str) -> None:
    with controller(scene.agi_port, decides(plan(f"PJSIP/{DID}@self", "PJSIP/2@second"))) as asked:
        outcome = scene.call(caller=caller)
    assert outcome.answered
    assert len(asked) == 3  # the call, and two of its legs that came back before it was plainly a loop
    assert len(scene.arrivals("second", caller)) == 1


@pytest.mark.parametrize(
    ("number", "via"),
    [(f"+{DID}", f"+{DID}"), (f"00{DID}", DID), (f"011{DID}", f"+{DID}"), ("05551234567", "+495551234567")],
)
def test_loop_is_seen_however_the_number_is_written(scene: Scene, caller: str, number: str, via: str) -> None:
    diverted = Delivery(50, 1500, headers=(f"Diversion: <sip:{via}@127.0.0.1>;reason=unconditional",))
    outcomes = place(scene.asterisk.sip_port, [Call(number, caller)] * 3, diverted)
    assert sorted(one.status for one in outcomes) == [200, 200, 603]


@pytest.mark.parametrize("via", ["19998887777", "25551234567", "1234567", "67", "anonymous", DID])
def test_call_diverted_from_elsewhere_is_no_loop(scene: Scene, caller: str, via: str) -> None:
    diverted = Delivery(hold_ms=100, headers=(f'Diversion: "x" <sip:{via}@127.0.0.1>;reason=no-answer',))
    assert scene.call(caller=caller, how=diverted).answered
    assert [one.header("Diversion") for one in scene.arrivals("fallback", caller)] == [
        f"<sip:{DID}@127.0.0.1>;reason=unconditional"
    ]


def test_call_is_cut_at_the_limit(scene: Scene, caller: str) -> None:
    with scene.settings(f"PJSIP/{FALLBACK}@fallback", limit_ms=1000):
        outcome = scene.call(caller=caller, how=Delivery(hold_ms=5000))
    assert outcome.dropped
    assert outcome.hold_ms is not None
    assert 900 < outcome.hold_ms < 2000


def test_no_dial_option_lets_a_stranger_transfer_himself() -> None:
    text = (DIALPLAN / "leaseline.conf").read_text(encoding="utf-8")
    options = re.findall(r"Dial\((?:\$\{\w+\},){2}(.*)\)$", text, re.MULTILINE)
    letters = [re.sub(r"\([^()]*(?:\([^()]*\)[^()]*)*\)", "", option) for option in options]
    assert letters == ["ibL"]


# The number in every form that trunks write it


@pytest.mark.parametrize(
    ("number", "how", "asked_for"),
    [
        (f"+{DID}", Delivery(hold_ms=100), f"+{DID}"),
        (DID, Delivery(hold_ms=100), DID),
        (f"00{DID}", Delivery(hold_ms=100), f"00{DID}"),
        (f"+{DID}", Delivery(hold_ms=100, user_parameters=";npdi=yes;rn=+19998887777"), f"+{DID}"),
        (f"+{DID}", Delivery(hold_ms=100, request_user="s"), f"+{DID}"),
        (f"+{DID}", Delivery(hold_ms=100, request_user="s", user_parameters=";npdi=yes"), f"+{DID}"),
    ],
    ids=["plus", "digits", "00", "parameters", "only-in-To", "only-in-To-with-parameters"],
)
def test_number_arrives_in_every_form(scene: Scene, caller: str, number: str, how: Delivery, asked_for: str) -> None:
    with controller(scene.agi_port, decides(plan("PJSIP/4000@dest"))) as asked:
        assert scene.call(number, caller, how).answered
    assert [request["agi_arg_1"] for request in asked] == [asked_for]
    assert [record["dni_did"] for record in scene.records(caller)] == [asked_for]


def test_call_without_a_number_is_refused(scene: Scene, caller: str) -> None:
    assert scene.call("nobody", caller, Delivery(request_user="s")).status == 404


# Callers who give up


def test_caller_who_gives_up_during_the_decision_leaves_a_record(scene: Scene, caller: str) -> None:
    with controller(scene.agi_port, stays_silent):
        outcome = scene.call(caller=caller, how=Delivery(cancel_ms=500))
        [record] = scene.records(caller)
    assert outcome.status == 487
    assert (record["dni_did"], record["dni_state"], record["dni_trunk"]) == (f"+{DID}", "", "trunk")
    assert float(record["duration"]) < 2


def test_caller_who_gives_up_while_it_rings_leaves_a_record_with_the_tags(scene: Scene, caller: str) -> None:
    with controller(scene.agi_port, decides(plan("PJSIP/1@ringing", "PJSIP/2@second"))):
        outcome = scene.call(caller=caller, how=Delivery(cancel_ms=500))
    [record] = scene.records(caller)
    assert outcome.status == 487
    assert (record["dni_lease"], record["disposition"], record["billsec"]) == ("Lx7", "NO ANSWER", "0.000000")
    assert scene.arrivals("second", caller) == []


def test_calls_go_on_when_the_controller_has_gone(scene: Scene, caller: str) -> None:
    calls = [Call(f"+{DID}", caller)] * 20
    with ExitStack() as present:
        present.enter_context(controller(scene.agi_port, decides(plan("PJSIP/4000@dest"))))
        with carrier(scene.asterisk.sip_port, calls, Delivery(hold_ms=1500, rate=100)) as delivering:
            delivering.expect_up(20)
            present.close()
            outcomes = delivering.wait()
    assert [(one.answered, one.dropped) for one in outcomes] == [(True, False)] * 20
    assert all(record["dni_lease"] == "Lx7" for record in scene.records(caller, 20))


def test_unanswered_fallback_ends_as_no_answer(scene: Scene, caller: str) -> None:
    with scene.settings("PJSIP/1@ringing", ring=1):
        outcome = scene.call(caller=caller)
    assert outcome.status == 480


# The harness


def test_stopped_asterisk_leaves_nothing(asterisk_binary: AsteriskBinary) -> None:
    with running(asterisk_binary, Setup(dialplan("agi://127.0.0.1:9", "PJSIP/1@nobody"))) as asterisk:
        assert asterisk.calls_up() == 0
        assert udp_port_is_bound(asterisk.sip_port)
    assert not asterisk.home.exists()
    assert not udp_port_is_bound(asterisk.sip_port)
