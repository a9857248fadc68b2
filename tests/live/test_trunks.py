"""What differs from trunk to trunk: where the number stands, and who its forwarded calls say is calling."""

from typing import Any

import pytest

from tests.live.controllers import decides
from tests.live.scene import DID, FALLBACK, Scene
from tests.live.siplog import user_of
from tests.live.sipp import Delivery

pytestmark = pytest.mark.live

PARTY = f"P-Called-Party-ID: <sip:+{DID}@127.0.0.1>"


def _trunk(scene: Scene, place: str) -> dict[str, Any]:
    return {scene.kind.trunk: {"did": place}}


@pytest.mark.parametrize(
    ("place", "number", "user", "headers"),
    [
        ("uri", f"+{DID}", "acme01", ()),
        ("uri", f"+{DID}", "leaseline-route", ()),
        ("uri", f"+{DID}", "s", ()),
        ("uri", f"+{DID}", "", ()),
        ("uri", "acme01", "acme01", (PARTY,)),
        ("uri", "acme01", "acme01", (f"P-Called-Party-ID: <tel:+{DID}>",)),
        ("to", f"+{DID}", "888123123", ()),
        ("to", "acme01", f"+{DID}", ()),
        ("P-Called-Party-ID", "19998887777", "888123123", (PARTY,)),
        ("X-Original-To", "19998887777", "888123123", (f"X-Original-To: +{DID}",)),
        ("x-original-to", "1", "2", (f'X-Original-To: "A, <sip:3@b>" <sip:%2B{DID};npdi=yes@c;user=phone>;d=4',)),
        ("X-Original-To", f"+{DID}", f"+{DID}", ()),
    ],
)
def test_number_is_found_where_the_trunk_says_it(
    scene: Scene, caller: str, place: str, number: str, user: str, headers: tuple[str, ...]
) -> None:
    how = Delivery(hold_ms=100, request_user=user, headers=headers)
    with (
        scene.settings(**_trunk(scene, place)),
        scene.controller(decides(scene.plan("4000@dest"))) as asked,
    ):
        assert scene.call(number, caller, how).answered
    assert [one.dialled for one in asked] == [f"+{DID}"]
    assert [end.call.dialled for end in scene.records(caller)] == [f"+{DID}"]


def test_number_is_found_in_its_header_while_we_are_down(scene: Scene, caller: str) -> None:
    how = Delivery(hold_ms=100, request_user="888123123")
    with scene.settings(**_trunk(scene, "to")):
        assert scene.call(caller=caller, how=how).answered
    assert [end.call.dialled for end in scene.records(caller)] == [f"+{DID}"]


@pytest.mark.parametrize("user", ["acme01", "s", "h", "T", "leaseline-route", "leaseline-go", "j%C3%B6rg", "4711acme"])
def test_call_whose_number_nobody_can_tell_rings_and_is_a_record(scene: Scene, caller: str, user: str) -> None:
    assert scene.call("nobody", caller, Delivery(hold_ms=100, request_user=user)).answered
    assert [one.number for one in scene.arrivals("fallback", caller)] == [FALLBACK]
    assert [end.call.dialled for end in scene.records(caller)] == ["unknown"]


@pytest.mark.parametrize(
    ("keys", "shown", "asserted", "diversion"),
    [
        ({}, "caller", "", DID),
        ({"number_format": "e164"}, "caller", "", f"+{DID}"),
        ({"caller_id": "did"}, DID, "", DID),
        ({"caller_id": "did", "number_format": "e164"}, f"+{DID}", "", f"+{DID}"),
        ({"caller_id": "did", "asserted_identity": "caller"}, DID, "caller", DID),
        ({"asserted_identity": "did", "number_format": "e164"}, "caller", f"+{DID}", f"+{DID}"),
        ({"asserted_identity": "caller"}, "caller", "caller", DID),
    ],
)
@pytest.mark.parametrize("last", [False, True], ids=["hop", "fallback"])
def test_leg_says_who_is_calling_as_its_trunk_wants_it(
    scene: Scene, caller: str, keys: dict[str, Any], shown: str, asserted: str, diversion: str, last: bool
) -> None:
    seen = len(scene.destinations["dest"].arrivals())
    plan = scene.plan() if last else scene.plan("4000@dest")
    with scene.settings("4000@dest", dest=keys), scene.controller(decides(plan)):
        assert scene.call(caller=caller).answered
    arrival = scene.destinations["dest"].expect(seen + 1)[-1]
    said = [arrival.caller, user_of(arrival.header("P-Asserted-Identity")), arrival.diversion]
    assert said == [caller if word == "caller" else word for word in (shown, asserted, diversion)]


def test_targets_that_ring_together_each_have_what_their_trunk_wants(scene: Scene, caller: str) -> None:
    seen = len(scene.destinations["ringing"].arrivals())
    hop = ["1@ringing", "2@second"]
    with scene.settings(ringing={"caller_id": "did"}), scene.controller(decides(scene.plan(hop))):
        assert scene.call(caller=caller).answered
    assert scene.destinations["ringing"].expect(seen + 1)[-1].caller == DID
    assert len(scene.arrivals("second", caller)) == 1
