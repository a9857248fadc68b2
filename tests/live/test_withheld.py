"""Who asks to stay unknown stays so: in the records, before the controller and on the next leg, on a real switch."""

from typing import Any

import pytest

from tests.live.controllers import decides
from tests.live.processes import wait_until
from tests.live.scene import DID, Scene
from tests.live.siplog import user_of
from tests.live.sipp import Arrival, Call, Delivery, place

pytestmark = pytest.mark.live

NUMBER = "3125550007"
ASSERTED = f"P-Asserted-Identity: <sip:+1{NUMBER}@127.0.0.1>"
WISHES = {
    **{
        f"Privacy: {word}": (f"Privacy: {word}",)
        for word in ("id", "user", "header", "full", "ID;critical", "user; id")
    },
    **{f"asserted, {word}": (ASSERTED, f"Privacy: {word}") for word in ("id", "user", "id;critical")},
    "Remote-Party-ID": (f"Remote-Party-ID: <sip:+1{NUMBER}@127.0.0.1>;party=calling;privacy=full",),
}


def forwarded(scene: Scene, headers: tuple[str, ...], caller: str = f"+1{NUMBER}", name: str = "Ann") -> Arrival:
    """Place a call that rings the destination, and return what it saw; nothing on the way may have seen the number."""
    seen, records = len(scene.destinations["dest"].arrivals()), len(scene.switch.ends())
    with scene.controller(decides(scene.plan("4000@dest"))) as asked:
        place(scene.switch.sip_port, [Call(f"+{DID}", caller, name)], Delivery(hold_ms=100, headers=headers))
    wait_until(lambda: len(scene.switch.ends()) > records, 10, "a record")
    assert "Ann" not in asked[0].name
    assert NUMBER not in repr(asked) + repr([end.call for end in scene.switch.ends()[records:]])
    return scene.destinations["dest"].expect(seen + 1)[-1]


def shown(arrival: Arrival) -> str:
    return " ".join(value for _, value in arrival.headers)


@pytest.mark.parametrize("wish", WISHES)
def test_number_beside_a_wish_for_privacy_is_seen_by_nobody(scene: Scene, wish: str) -> None:
    arrival = forwarded(scene, WISHES[wish])
    assert NUMBER not in shown(arrival)
    assert "Ann" not in shown(arrival)


@pytest.mark.parametrize("name", ["Anonymous", "ANONYMOUS CALLER", "restricted", "Private number"])
def test_name_that_says_anonymous_is_a_wish_for_privacy(scene: Scene, name: str) -> None:
    assert NUMBER not in shown(forwarded(scene, (), name=name))


def test_number_that_the_network_asserts_for_an_anonymous_caller_is_seen_by_nobody(scene: Scene) -> None:
    assert NUMBER not in shown(forwarded(scene, (ASSERTED,), "anonymous", "Anonymous"))


@pytest.mark.parametrize("wish", ["none", "session", "history", "none;critical"])
def test_who_does_not_ask_for_privacy_is_shown(scene: Scene, caller: str, wish: str) -> None:
    with scene.controller(decides(scene.plan("4000@dest"))):
        scene.call(caller=caller, how=Delivery(hold_ms=100, headers=(f"Privacy: {wish}",)))
    assert len(scene.arrivals("dest", caller)) == 1
    assert [end.call.caller for end in scene.records(caller)] == [caller]


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({}, ("", "")),
        ({"asserted_identity": "caller"}, ("", "")),
        ({"asserted_identity": "did"}, (DID, "id")),
        ({"trusted": True}, (f"+1{NUMBER}", "id")),
        ({"trusted": True, "asserted_identity": "did"}, (DID, "id")),
    ],
)
def test_only_a_trusted_carrier_is_told_a_withheld_number(
    scene: Scene, keys: dict[str, Any], told: tuple[str, str]
) -> None:
    with scene.settings(dest=keys):
        arrival = forwarded(scene, ("Privacy: id",))
    assert "anonymous" in arrival.header("From").lower()
    assert (user_of(arrival.header("P-Asserted-Identity")), arrival.header("Privacy")) == told


def test_fallback_is_told_no_more_than_a_hop(scene: Scene) -> None:
    before = len(scene.destinations["fallback"].arrivals())
    withheld = Delivery(hold_ms=100, headers=("Privacy: id",))
    place(scene.switch.sip_port, [Call(f"+{DID}", f"+1{NUMBER}")], withheld)
    assert NUMBER not in shown(scene.destinations["fallback"].expect(before + 1)[-1])
