"""What a caller writes cannot forge a record or a header, and who asked to stay unknown does."""

import pytest

from tests.live.controllers import decides
from tests.live.processes import wait_until
from tests.live.scene import DID, Scene, tags
from tests.live.siplog import read_log
from tests.live.sipp import Call, Delivery, carrier, place

pytestmark = pytest.mark.live


def test_line_ends_in_a_callers_number_forge_no_record(scene: Scene, caller: str) -> None:
    before = len(scene.switch.ends())
    forged = f"{caller}%0aFAKE,,1,9,,+12125550110,,active,1,0,2,,,X,,,%0a2"
    assert scene.call(caller=forged).answered
    wait_until(lambda: len(scene.switch.ends()) > before, 60, "the record")
    [end] = scene.switch.ends()[before:]
    assert (end.call.dialled, end.tag) == (f"+{DID}", "failopen")
    assert "\n" not in end.call.caller
    assert end.call.caller != caller


@pytest.mark.parametrize("name", ["", "x"])
def test_line_ends_in_a_callers_words_make_no_header(scene: Scene, caller: str, name: str) -> None:
    number = caller if name else f"{caller}%0d%0aX-DNI-Lease%3a%20FORGED%0d%0aX%3a%20"
    forged = f"{name}%0d%0aX-DNI-Lease: FORGED" if name else ""
    before = len(scene.destinations["dest"].arrivals())
    with scene.controller(decides(scene.plan("4000@dest"))):
        [outcome] = place(scene.switch.sip_port, [Call(f"+{DID}", number, forged)], Delivery(hold_ms=100))
    assert outcome.answered
    [arrival] = scene.destinations["dest"].arrivals()[before:]
    assert arrival.tags == tags("active", "Lx7")


@pytest.mark.parametrize("name", ["${hangup}", "${system(id)}", "$${domain}", "%24%7bsystem(id)%7d", "a%5c"])
def test_a_callers_words_are_never_expanded(scene: Scene, name: str) -> None:
    before = len(scene.destinations["dest"].arrivals())
    number = "%24%7bsystem(id)%7d"
    with scene.controller(decides(scene.plan("4000@dest"))):
        [outcome] = place(scene.switch.sip_port, [Call(f"+{DID}", number, name)], Delivery(hold_ms=100))
    assert outcome.answered
    [arrival] = scene.destinations["dest"].arrivals()[before:]
    assert "uid=" not in str(arrival.headers)


def test_a_withheld_caller_is_in_no_record(scene: Scene, caller: str) -> None:
    before = len(scene.switch.ends())
    identity = (f"P-Asserted-Identity: <sip:{caller}@127.0.0.1>", "Privacy: id")
    scene.call(caller="anonymous", how=Delivery(hold_ms=100, headers=identity))
    wait_until(lambda: len(scene.switch.ends()) > before, 60, "the record")
    assert scene.switch.ends()[-1].call.caller == ""


def test_headers_of_an_answer_stay_with_us(scene: Scene, caller: str) -> None:
    calls = [Call(f"+{DID}", caller)]
    with scene.controller(decides(scene.plan("4000@dest"))), carrier(scene.switch.sip_port, calls) as line:
        [outcome] = line.wait()
        [messages] = read_log(line.log).values()
    assert outcome.answered
    assert [name for message in messages for name, _ in message.headers if name.startswith(("X-DNI", "X-Dest"))] == []


def test_a_name_keeps_its_letters_and_loses_its_line_ends(scene: Scene, caller: str) -> None:
    with scene.controller(decides(scene.plan("4000@dest"))) as asked:
        place(scene.switch.sip_port, [Call(f"+{DID}", caller, "José Ünal")], Delivery(hold_ms=100))
    assert asked[0].name == "José Ünal"
