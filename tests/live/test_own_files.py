"""What only one of the switches has: Asterisk's Dial options and columns, FreeSWITCH's disbelief."""

import csv
import re

import pytest

from gateway.asterisk.cdr import COLUMNS
from tests.live.asterisk import ASTERISK, DIALPLAN
from tests.live.controllers import decides, stays_silent
from tests.live.freeswitch import FREESWITCH
from tests.live.scene import DID, Scene, tags

pytestmark = pytest.mark.live
only = {
    kind.name: pytest.mark.parametrize("kind", [kind], ids=[kind.name], indirect=True, scope="session")
    for kind in (ASTERISK, FREESWITCH)
}


@only["asterisk"]
def test_call_record_has_every_column(scene: Scene, caller: str) -> None:
    with scene.controller(decides(scene.plan("4000@dest"))):
        scene.call(caller=caller)
    scene.records(caller)
    rows = list(csv.reader(scene.switch.cdrs.read_text().splitlines()))
    record = dict(zip(COLUMNS, rows[-1], strict=True))
    assert record["dst"] == record["dni_did"] == f"+{DID}"
    assert record["lastapp"] == "Dial"
    assert record["dstchannel"].startswith("PJSIP/dest-")
    assert record["uniqueid"] == record["linkedid"]


@only["asterisk"]
def test_record_after_the_rescue_still_shows_the_number(scene: Scene, caller: str) -> None:
    with scene.controller(stays_silent):
        scene.call(caller=caller)
    scene.records(caller)
    rows = list(csv.reader(scene.switch.cdrs.read_text().splitlines()))
    assert rows[-1][COLUMNS.index("dst")] == f"+{DID}"


@only["asterisk"]
def test_no_word_from_the_controller_reaches_a_header_unfiltered(scene: Scene, caller: str) -> None:
    with scene.controller(decides(scene.plan("4000@dest", lease="a;b<c>'d e", state="ac-T1ve"))):
        scene.call(caller=caller)
    assert [one.tags for one in scene.arrivals("dest", caller)] == [tags("acve", "abcde")]


@only["freeswitch"]
@pytest.mark.parametrize(("lease", "state"), [("a<c>", "active"), ("a" * 65, "active"), ("a", "ac-T1ve"), ("a", "")])
def test_an_answer_with_a_word_that_is_no_token_is_not_believed(
    scene: Scene, caller: str, lease: str, state: str
) -> None:
    with scene.controller(decides(scene.plan("4000@dest", lease=lease, state=state))):
        assert scene.call(caller=caller).answered
    assert [one.tags for one in scene.arrivals("fallback", caller)] == [tags("failopen")]


@only["freeswitch"]
def test_a_controller_that_does_not_leave_holds_up_the_call_until_the_rescue_only(scene: Scene, caller: str) -> None:
    with scene.controller(decides(scene.plan("4000@dest"), stays=True)):
        outcome = scene.call(caller=caller)
    assert outcome.answer_ms is not None
    assert outcome.answer_ms <= 3000
    assert [one.tags for one in scene.arrivals("dest", caller)] == [tags("active", "Lx7")]


def test_no_dial_option_lets_a_stranger_transfer_himself() -> None:
    text = (DIALPLAN / "leaseline.conf").read_text(encoding="utf-8")
    options = re.findall(r"Dial\((?:\$\{\w+\},){2}(.*)\)$", text, re.MULTILINE)
    letters = [re.sub(r"\([^()]*(?:\([^()]*\)[^()]*)*\)", "", option) for option in options]
    assert letters == ["ibL"]
