"""Long-running commands: their ports, their rights, their ends."""

import os
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from gateway.cli.run.worker import _follow
from tests.cli.refusals import refusal
from tests.cli.switch import DESTINATIONS
from tests.house import House
from tests.house import house as a_house
from tests.live.processes import helper, wait_until

NOBODY = 65534
# Root without its power over files: what an ordinary user meets, without needing another user's Python.
POWERLESS = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all", "--"]


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to take rights away from itself")
@pytest.mark.parametrize(
    ("mode", "arguments"),
    [
        (0o700, ("call", "list")),
        (0o700, ("config", "check")),
        (0o700, ("explain", "+12125550110")),
        (0o700, ("doctor",)),
        (0o755, ("agi",)),
        (0o755, ("web",)),
        (0o755, ("serve",)),
        (0o755, ("worker", "--once")),
    ],
)
def test_a_user_who_may_not_gets_one_clear_line(house: House, mode: int, arguments: tuple[str, ...]) -> None:
    data = house.home / "data"
    data.mkdir()
    house.config.write_text(house.config.read_text().replace(f"{house.home}/leaseline.db", f"{data}/leaseline.db"))
    assert house.run("init").returncode == 0
    os.chown(data, NOBODY, NOBODY)
    data.chmod(mode)
    done = subprocess.run(
        [*POWERLESS, *house.command(*arguments)], capture_output=True, text=True, timeout=120, check=False
    )
    data.chmod(0o700)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False), done.stderr
    said = done.stdout + done.stderr
    assert "ermission denied" in said or "this user may write" in said


@pytest.mark.parametrize("name", ["agi", "web"])
def test_a_taken_port_is_one_clear_line(house: House, name: str) -> None:
    with socket.create_server(("127.0.0.1", house.port if name == "agi" else house.web_port)):
        assert f"set another [{name}] port" in refusal(house, name)
        assert f"set another [{name}] port" in refusal(house, "serve")


def test_serve_starts_again_what_dies_and_stops_all_on_ctrl_c(house: House) -> None:
    output = house.home / "serve.log"

    def pids(name: str) -> list[int]:
        lines = output.read_text().splitlines()
        return [int(line.split("pid ")[1].rstrip(")")) for line in lines if line.startswith(f"serve: started {name} ")]

    with helper(house.command("serve"), output, house.home, grace=15.0) as process:
        wait_until(lambda: "answering Asterisk" in output.read_text(), 60, "the controller")
        wait_until(lambda: "Started worker-1" in output.read_text(), 60, "the web server")
        for name, words in (("agi", "answering Asterisk"), ("web", "Started worker-1")):
            os.kill(pids(name)[0], signal.SIGKILL)
            wait_until(lambda name=name: len(pids(name)) == 2, 60, "the restart")  # type: ignore[misc]
            wait_until(lambda words=words: output.read_text().count(words) == 2, 60, words)  # type: ignore[misc]
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
        alive = [pid for name in ("agi", "web", "worker") for pid in pids(name) if Path("/proc", str(pid)).exists()]
        assert alive == []


def test_serve_runs_the_controller_and_the_worker_of_freeswitch(tmp_path: Path) -> None:
    with a_house(tmp_path, DESTINATIONS, switch="freeswitch") as house:
        output = house.home / "serve.log"
        with helper(house.command("serve"), output, house.home, grace=15.0) as process:
            wait_until(lambda: "answering FreeSWITCH" in output.read_text(), 60, "the controller")
            wait_until(lambda: f"following {house.cdrs}" in output.read_text(), 60, "the worker")
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == 0
        assert "started agi" not in output.read_text()


def test_a_taken_esl_port_is_one_clear_line(tmp_path: Path) -> None:
    with (
        a_house(tmp_path, DESTINATIONS, switch="freeswitch") as house,
        socket.create_server(("127.0.0.1", house.port)),
    ):
        assert "set another [esl] port" in refusal(house, "serve")


def test_a_worker_that_cannot_read_says_so_once_and_goes_on_when_it_can(tmp_path: Path) -> None:
    with a_house(tmp_path, DESTINATIONS, switch="freeswitch") as house:
        house.cdrs.write_text("no folder")
        with house.running("worker"):
            output = house.home / "worker.log"
            wait_until(lambda: "CDRs wait where they are" in output.read_text(), 60, "the complaint")
            house.cdrs.unlink()
            house.cdrs.mkdir()
            (house.cdrs / "other.cdr.json").write_text('{"variables": {}}\n')
            wait_until(lambda: not any(house.cdrs.iterdir()), 60, "the file to be taken")
        assert output.read_text().count("CDRs wait where they are") == 1


def test_a_trouble_is_told_once_while_it_lasts(caplog: pytest.LogCaptureFixture) -> None:
    looks: list[str] = []

    def look() -> None:
        looks.append("look")
        if len(looks) == 3:
            signal.raise_signal(signal.SIGTERM)
        raise OSError("no folder")

    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        _follow({"CDRs wait where they are": look})
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert (len(looks), caplog.text.count("CDRs wait where they are: no folder")) == (3, 1)
