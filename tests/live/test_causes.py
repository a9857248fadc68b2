"""What a caller's carrier and the log are told of a call that nobody took, on a real switch with real SIP."""

import pytest

from gateway.core.calls.call import merge
from tests.live.controllers import decides
from tests.live.scene import Scene
from tests.live.sipp import Delivery

pytestmark = pytest.mark.live

NO_ANSWER, BUSY = (480, "NO ANSWER"), (486, "BUSY")


@pytest.mark.parametrize(
    ("hops", "fallback", "told"),
    [
        (["1@missing"], "1@ringing", NO_ANSWER),
        (["1@ringing"], "1@missing", NO_ANSWER),
        (["1@ringing"], "1@busy", BUSY),
        (["1@busy"], "1@ringing", NO_ANSWER),
        (["1@busy"], "1@missing", BUSY),
        (["1@busy", "1@missing"], "1@unavailable", BUSY),
        (["1@busy", "1@ringing"], "1@missing", NO_ANSWER),
        (["1@ringing", "1@busy", "1@missing"], "1@ringing", NO_ANSWER),
    ],
)
def test_the_last_word_of_who_was_reached_is_what_the_carrier_and_the_log_are_told(
    scene: Scene, caller: str, hops: list[str], fallback: str, told: tuple[int, str]
) -> None:
    with scene.settings(fallback, ring=1), scene.controller(decides(scene.plan(*hops, ring=1))):
        outcome = scene.call(caller=caller)
    records = scene.records(caller, len(hops) + 2 if scene.kind.records_by_hop else 1)
    assert (outcome.status, merge(records).disposition) == told


@pytest.mark.parametrize("hop", ["1@missing", "1@unavailable", 0])
@pytest.mark.parametrize("fallback", ["2@missing", "2@unavailable", 0])
def test_number_of_ours_is_never_said_to_lead_nowhere(
    scene: Scene, caller: str, hop: str | int, fallback: str | int
) -> None:
    first, last = (scene.kind.bad_hops[0] if isinstance(one, int) else one for one in (hop, fallback))
    with scene.settings(last), scene.controller(decides(scene.plan(first))):
        assert scene.call(caller=caller).status == 480


def test_caller_who_gives_up_at_the_second_hop_was_not_busy(scene: Scene, caller: str) -> None:
    with scene.controller(decides(scene.plan("1@busy", "1@ringing"))):
        assert scene.call(caller=caller, how=Delivery(cancel_ms=700)).status == 487
    assert merge(scene.records(caller, 2 if scene.kind.records_by_hop else 1)).disposition == "NO ANSWER"
