"""What the live tests share: one Asterisk to start, and SIPp."""

import itertools
import os
from collections.abc import Iterator

import pytest

from tests.live.asterisk import AsteriskBinary, UnavailableError, provide
from tests.live.scene import Scene, open_scene
from tests.live.sipp import provide_sipp
from tests.missing import skip_without

CALLERS = itertools.count(1000)


def _say(line: str) -> None:
    # Past pytest's capture: the first build takes minutes, and silence looks like a hang.
    os.write(2, f"{line}\n".encode())


@pytest.fixture(scope="session")
def asterisk_binary() -> AsteriskBinary:
    """Return an Asterisk that can be started, or skip with a line that says why there is none."""
    try:
        provide_sipp(_say)
        return provide(_say)
    except UnavailableError as reason:
        skip_without(str(reason))


@pytest.fixture(scope="module")
def scene(asterisk_binary: AsteriskBinary) -> Iterator[Scene]:
    """Return a switch with destinations around it."""
    with open_scene(asterisk_binary) as opened:
        yield opened


@pytest.fixture
def caller() -> str:
    """Return a number that no other test calls from."""
    return f"+1212555{next(CALLERS)}"
