"""The demo as a person runs it, and what is left of it afterwards: nothing."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.live.caller import MOST_WAITING
from tests.live.processes import wait_until
from tests.live.rooms import left_behind
from tests.live.switch import PROJECT, Binary, Kind

pytestmark = pytest.mark.live

DEMO = (sys.executable, "-m", "tests.live.demo")
FIELDS = {
    "tracking_phone_number",
    "customer_phone_number",
    "state",
    "lease_id",
    "campaign",
    "answered",
    "talk_time",
    "tag_seen_by_destination",
    "late_call",
}


class Demo:
    """A demo whose processes and files can be told from all others."""

    def __init__(self, kind: Kind, binary: Binary, folder: Path, *options: str) -> None:
        self.mark = f"LEASELINE_TEST_MARK={uuid.uuid4()}"
        self.folder, self.homes = folder, binary.homes
        self.output = folder.with_name(f"{folder.name}.log")
        name, value = self.mark.split("=")
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [*DEMO, "--pbx", kind.name, *options],
                cwd=PROJECT,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, name: value, "TMPDIR": str(folder), "PYTHONUNBUFFERED": "1"},
            )

    def says(self, words: str) -> bool:
        assert self.process.poll() is None or words in self.output.read_text(), self.output.read_text()
        return words in self.output.read_text()

    def shop(self) -> str:
        """Return the address that a person is told to open."""
        found = re.search(r"(http://127\.0\.0\.1:\d+)/$", self.output.read_text(), re.MULTILINE)
        assert found, self.output.read_text()
        return found[1]

    def processes(self) -> list[str]:
        """Return the commands of processes that the demo started and that still run."""
        return [command for command, environment in _processes() if self.mark in environment]

    def assert_nothing_is_left(self) -> None:
        wait_until(lambda: self.processes() == [], 60, "the demo's processes to be gone")
        assert list(self.folder.iterdir()) == []
        assert left_behind(self.homes) == []


def _processes() -> Iterator[tuple[str, str]]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes().decode(errors="replace")
            command = (folder / "cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
        except OSError:
            continue
        if command:  # a dead process that nobody has waited for yet has none
            yield command, environment


def state_of(shop: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{shop}/demo/state", timeout=60) as answer:
        state: dict[str, Any] = json.load(answer)
        return state


def press(shop: str, number: str) -> None:
    """Have the number called, as the page's button does."""
    headers = {"Origin": shop, "Content-Type": "application/json"}
    request = urllib.request.Request(f"{shop}/demo/call", json.dumps({"number": number}).encode(), headers)
    urllib.request.urlopen(request, timeout=60).close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "temporary"
    made.mkdir()
    return made


def test_demo_once_shows_a_call_with_its_campaign_and_leaves_nothing_behind(
    kind: Kind, binary: Binary, folder: Path
) -> None:
    demo = Demo(kind, binary, folder, "--once")
    assert demo.process.wait(120) == 0, demo.output.read_text()
    result = json.loads(demo.output.read_text().splitlines()[-1])
    assert set(result) == FIELDS
    assert (result["state"], result["campaign"], result["answered"]) == ("active", "spring-sale", True)
    assert result["tag_seen_by_destination"] == result["lease_id"]
    late = result["late_call"]
    assert (late["state"], late["campaign"], late["contested"]) == ("cooling", "newsletter", True)
    assert 0.9 < late["likelihood"] < 1
    demo.assert_nothing_is_left()


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_demo_stays_up_until_ctrl_c_and_leaves_nothing_behind(
    kind: Kind, binary: Binary, folder: Path, ending: signal.Signals
) -> None:
    demo = Demo(kind, binary, folder)
    wait_until(lambda: demo.says("Ctrl-C ends it."), 120, "the demo to be up")
    assert len(demo.processes()) > 5
    demo.process.send_signal(ending)
    assert demo.process.wait(60) == 0
    demo.assert_nothing_is_left()


def test_ctrl_c_in_the_middle_of_a_call_leaves_nothing_behind(kind: Kind, binary: Binary, folder: Path) -> None:
    demo = Demo(kind, binary, folder)
    wait_until(lambda: demo.says("Ctrl-C ends it."), 120, "the demo to be up")
    shop = demo.shop()
    for _ in range(MOST_WAITING):  # one after the other: if the first is over before we look, there are others
        press(shop, state_of(shop)["leases"][0]["number"])
    wait_until(lambda: (state_of(shop)["call"] or {}).get("step") == "talking", 30, "the call to be answered")
    demo.process.send_signal(signal.SIGINT)
    assert demo.process.wait(60) == 0
    demo.assert_nothing_is_left()


def test_demo_without_the_switch_says_what_is_missing(folder: Path) -> None:
    bare = {**os.environ, "PATH": "/nowhere", "TMPDIR": str(folder)}
    done = subprocess.run(
        [*DEMO, "--pbx", "freeswitch", "--once"],
        cwd=PROJECT, env=bare, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("leaseline: ")
    assert len(done.stderr.splitlines()) == 1


def test_demo_that_is_killed_takes_its_processes_with_it(kind: Kind, binary: Binary, folder: Path) -> None:
    demo = Demo(kind, binary, folder)
    wait_until(lambda: demo.says("Ctrl-C ends it."), 120, "the demo to be up")
    demo.process.kill()
    demo.process.wait()
    wait_until(lambda: demo.processes() == [], 60, "the demo's processes to be gone")
