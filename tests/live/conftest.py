"""What the live tests share: a switch to start, one after the other, and SIPp."""

import contextlib
import itertools
import os
from collections.abc import Iterator

import pytest

from tests.live.asterisk import ASTERISK
from tests.live.freeswitch import FREESWITCH
from tests.live.provision import UnavailableError
from tests.live.scene import Scene, open_scene
from tests.live.sipp import provide_sipp
from tests.live.switch import Binary, Kind
from tests.missing import skip_without

CALLERS = itertools.count(1000)


def _say(line: str) -> None:
    # Past pytest's capture: the first build takes minutes, and silence looks like a hang.
    os.write(2, f"{line}\n".encode())


@pytest.fixture(scope="session", params=[ASTERISK, FREESWITCH], ids=lambda kind: str(kind.name))
def kind(request: pytest.FixtureRequest) -> Kind:
    """Return one of the switches."""
    chosen: Kind = request.param
    return chosen


@pytest.fixture(scope="session")
def binary(kind: Kind) -> Binary:
    """Return a switch that can be started, or skip with a line that says why there is none."""
    try:
        provide_sipp(_say)
    except UnavailableError as reason:
        skip_without(str(reason))
    try:
        found: Binary = kind.provide(_say)
    except UnavailableError as reason:
        if kind.must_be_had:
            skip_without(str(reason))
        pytest.skip(str(reason))
    return found


class Scenes:
    """Scenes by switch, each opened when it is asked for first."""

    def __init__(self, stack: contextlib.ExitStack) -> None:
        self._stack = stack
        self._open: dict[str, Scene] = {}

    def of(self, kind: Kind, binary: Binary) -> Scene:
        if kind.name not in self._open:
            self._open[kind.name] = self._stack.enter_context(open_scene(kind, binary))
        return self._open[kind.name]


@pytest.fixture(scope="session")
def scenes() -> Iterator[Scenes]:
    """Return the scenes of this process: a fixture with a switch as its parameter would end at the next switch."""
    with contextlib.ExitStack() as stack:
        yield Scenes(stack)


@pytest.fixture(scope="session")
def scene(scenes: Scenes, kind: Kind, binary: Binary) -> Scene:
    """Return a switch with destinations around it."""
    return scenes.of(kind, binary)


@pytest.fixture
def caller() -> str:
    """Return a number that no other test calls from."""
    return f"+1212555{next(CALLERS)}"
