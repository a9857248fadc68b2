"""What a caller writes cannot forge a record, and who asked to stay unknown does."""

import pytest

from gateway.asterisk.cdr import COLUMNS
from tests.live.cdrs import read_cdrs
from tests.live.controllers import controller, decides
from tests.live.processes import wait_until
from tests.live.scene import DID, Scene, plan
from tests.live.sipp import Call, Delivery, place

pytestmark = pytest.mark.live


def test_line_ends_in_a_callers_number_forge_no_record(scene: Scene, caller: str) -> None:
    forged = f"{caller}%0aFAKE,,1,9,,+12125550110,,active,1,0,2,,,X,,,%0a2"
    scene.call(caller=forged)
    lines = scene.records(f"{caller}FAKE19+12125550110active102X2")
    assert [len(record) for record in lines] == [len(COLUMNS)]
    assert "\nFAKE" not in scene.asterisk.cdr_file.read_text()


def test_a_withheld_caller_is_in_no_record(scene: Scene, caller: str) -> None:
    before = len(read_cdrs(scene.asterisk.cdr_file))
    identity = (f"P-Asserted-Identity: <sip:{caller}@127.0.0.1>", "Privacy: id")
    scene.call(caller="anonymous", how=Delivery(hold_ms=100, headers=identity))
    wait_until(lambda: len(read_cdrs(scene.asterisk.cdr_file)) > before, 10, "the record")
    assert read_cdrs(scene.asterisk.cdr_file)[-1]["dni_caller"] == ""


def test_a_name_keeps_its_letters_and_loses_its_line_ends(scene: Scene, caller: str) -> None:
    with controller(scene.agi_port, decides(plan("PJSIP/4000@dest"))) as asked:
        place(scene.asterisk.sip_port, [Call(f"+{DID}", caller, "José Ünal")], Delivery(hold_ms=100))
    assert asked[0]["agi_calleridname"] == "José Ünal"
