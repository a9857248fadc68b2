"""FreeSWITCH's rescue of a caller whose controller goes in the very moment that the rescue comes."""

import asyncio
import time

import pytest

from tests.live.controllers import Asked, Reader, Speech, Writer, stays_silent
from tests.live.freeswitch import FREESWITCH
from tests.live.scene import DID, Scene
from tests.live.sipp import Call, Delivery, Outcome, carrier, place

pytestmark = [pytest.mark.live, pytest.mark.parametrize("kind", [FREESWITCH], indirect=True, ids=["freeswitch"])]

RACES = 100


async def closes_around_the_rescue(speech: Speech, calls: list[Asked], reader: Reader, writer: Writer) -> None:
    """Close in the first moments of the second in which FreeSWITCH, which counts whole ones, rescues the call."""
    rescue = int(time.time()) + 2
    calls.append(await speech.hear(reader, writer))
    await asyncio.sleep(rescue + 0.005 * (len(calls) % 20) - time.time())


def unanswered(outcomes: list[Outcome]) -> list[tuple[str, int]]:
    return [(one.caller, one.status) for one in outcomes if not one.answered]


def test_controller_that_closes_while_the_rescue_comes_loses_no_call(scene: Scene) -> None:
    calls = [Call(f"+{DID}", f"+1312666{place:04}") for place in range(RACES)]
    with scene.controller(closes_around_the_rescue) as asked:
        outcomes = place(scene.switch.sip_port, calls, Delivery(rate=20, hold_ms=100))
    assert len(asked) == RACES
    assert unanswered(outcomes) == []


def test_controller_that_is_killed_when_the_first_rescued_call_rings_loses_no_call(scene: Scene) -> None:
    calls = [Call(f"+{DID}", f"+1312667{place:04}") for place in range(RACES)]
    before = len(scene.destinations["fallback"].arrivals())
    with carrier(scene.switch.sip_port, calls, Delivery(rate=20, hold_ms=100)) as line:
        with scene.controller(stays_silent):
            scene.destinations["fallback"].expect(before + 1)
        outcomes = line.wait()
    assert len(outcomes) == RACES
    assert unanswered(outcomes) == []
