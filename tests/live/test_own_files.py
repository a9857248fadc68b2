"""What only one of the switches has: Asterisk's Dial options and columns, FreeSWITCH's disbelief."""

import csv
import re

import pytest

from gateway.asterisk.cdr import COLUMNS
from tests.live.asterisk import ASTERISK, DIALPLAN
from tests.live.controllers import decides, stays_silent
from tests.live.freeswitch import FREESWITCH
from tests.live.processes import wait_until
from tests.live.scene import DID, FALLBACK, Scene, tags
from tests.live.sipp import LONGEST_WAIT_MS

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
    assert outcome.answer_ms <= LONGEST_WAIT_MS
    assert [one.tags for one in scene.arrivals("dest", caller)] == [tags("active", "Lx7")]


@only["freeswitch"]
def test_a_call_that_is_transferred_goes_where_its_context_says_and_stays_as_it_was(scene: Scene, caller: str) -> None:
    with scene.controller(decides(scene.plan("4000@dest"))) as asked, scene.talking(caller) as line:
        scene.console(f"uuid_transfer {asked[0].call} 101")
        wait_until(lambda: scene.arrivals("second", caller), 60, "the other line to ring")
        [outcome] = line.wait()
    assert (outcome.answered, outcome.dropped, len(asked)) == (True, False, 1)
    [end] = scene.records(caller)
    assert (end.call.dialled, end.lease, end.disposition) == (f"+{DID}", "Lx7", "ANSWERED")


@only["freeswitch"]
@pytest.mark.parametrize("hop", ["4000@dest", "1@ringing"])
def test_a_call_that_another_telephone_picks_up_leaves_its_record(scene: Scene, caller: str, hop: str) -> None:
    with scene.controller(decides(scene.plan(hop))) as asked, scene.delivering(caller) as line:
        before = len(scene.destinations["second"].arrivals())
        wait_until(lambda: scene.arrivals(hop.partition("@")[2], caller), 60, "the line to ring")
        scene.console(f"bgapi originate sofia/gateway/second/7 &intercept({asked[0].call})")
        wait_until(lambda: len(scene.destinations["second"].arrivals()) > before, 60, "the other telephone")
        [outcome] = line.wait()
    assert outcome.answered
    [end] = scene.records(caller)
    assert (end.lease, end.disposition) == ("Lx7", "ANSWERED")


@only["freeswitch"]
def test_the_cap_holds_for_a_call_that_was_answered_before_it_came(scene: Scene) -> None:
    with scene.settings(f"{FALLBACK}@fallback", limit=1):
        before = len(scene.destinations["fallback"].arrivals())
        scene.console("bgapi originate sofia/gateway/dest/55 102 XML default")
        wait_until(lambda: len(scene.destinations["fallback"].arrivals()) > before, 60, "the fallback to ring")
        wait_until(lambda: scene.switch.calls_up() == 0, 60, "the call to be cut")


def test_no_dial_option_lets_a_stranger_transfer_himself() -> None:
    text = (DIALPLAN / "leaseline.conf").read_text(encoding="utf-8")
    options = re.findall(r"Dial\((?:\$\{\w+\},){2}(.*)\)$", text, re.MULTILINE)
    letters = [re.sub(r"\([^()]*(?:\([^()]*\)[^()]*)*\)", "", option) for option in options]
    # R: ringing is heard at once; U: what runs when somebody answers. t, T, k, K and x would let a caller dial out.
    assert letters == ["iRbUL"]
