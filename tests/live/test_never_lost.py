"""Whatever happens to us, every call is answered within 3 s, stays up, and is one row with the right talk time."""

import contextlib
import fcntl
import json
import os
import re
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.core.visits.visit import read_visit
from tests.asked import asked_calls
from tests.house import READY
from tests.live.controllers import Behaviour, closes, controller, hears_and_closes, hears_and_stays_silent, stays_silent
from tests.live.processes import helper, wait_until
from tests.live.sipp import LONGEST_WAIT_MS, Call, Delivery, Outcome, carrier, place
from tests.live.stage import DESTINATION, Lines, Stage, open_lines, stage_on
from tests.live.switch import Binary, Kind

pytestmark = pytest.mark.live

NUMBERS = [f"+12125552{place:03}" for place in range(20)]
TALK_TOLERANCE = 0.8  # seconds between the switch's clock and the carrier's log; a rescue takes more
TEN_BRIEF = Delivery(rate=10, hold_ms=1500)


@pytest.fixture(scope="module")
def lines(kind: Kind, binary: Binary) -> Iterator[Lines]:
    with open_lines(kind, binary) as opened:
        yield opened


@pytest.fixture
def stage(lines: Lines, tmp_path: Path) -> Iterator[Stage]:
    with stage_on(lines, tmp_path, numbers=NUMBERS) as opened:
        lease_all(opened)
        yield opened


def lease_all(stage: Stage) -> None:
    """Let a visitor of its own campaign hold every number."""
    pool = stage.house.store.sites.pool_by_name("web")
    assert pool
    now = datetime.now(UTC)
    for number in NUMBERS:
        visit = read_visit(f"https://shop.example/?utm_campaign=for-{number[1:]}", "")
        granted = stage.house.store.leases.grant(f"visitor of {number}", visit, [pool], now)[0]
        assert granted.number == number
        assert granted.lease
        assert stage.house.store.leases.renew([granted.lease.id], now + timedelta(milliseconds=1))


def calls(count: int, first: int = 0) -> list[Call]:
    return [Call(NUMBERS[place % 20], f"+1312555{first + place:04}") for place in range(count)]


def assert_all_answered(outcomes: list[Outcome], count: int) -> None:
    assert len(outcomes) == count
    for one in outcomes:
        assert one.answered, one
        assert not one.dropped, one
        assert one.answer_ms is not None
        assert one.answer_ms <= LONGEST_WAIT_MS, one


def assert_one_row_each(rows: list[dict[str, Any]], outcomes: list[Outcome]) -> None:
    """Check that each call is in the log once, with the carrier's talk time and the right visitor."""
    assert len(rows) == len(outcomes)
    by_caller = {row["customer_phone_number"]: row for row in rows}
    for one in outcomes:
        row = by_caller[one.caller]
        assert one.hold_ms is not None
        assert row["talk_time"] == pytest.approx(one.hold_ms / 1000, abs=TALK_TOLERANCE)
        assert (row["answered"], row["tracking_phone_number"]) == (True, one.number)
        assert (row["state"], row["campaign"]) == ("active", f"for-{one.number[1:]}")


def settled(stage: Stage, outcomes: list[Outcome]) -> list[dict[str, Any]]:
    """Start the worker, as after a bad night, and return the log when every call is complete."""
    with stage.house.running("worker"):
        rows = stage.complete_calls(len(outcomes))
    assert_one_row_each(rows, outcomes)
    return rows


def assert_fell_open(stage: Stage, outcomes: list[Outcome]) -> None:
    """Check that the fallback rang for all ten calls, and that each was attributed late, but right."""
    assert_all_answered(outcomes, 10)
    assert len(stage.fallback.arrivals()) == 10
    assert {row["attributed_late"] for row in settled(stage, outcomes)} == {True}


def test_on_a_good_day_the_destination_sees_the_tag_and_the_log_the_campaign(stage: Stage) -> None:
    with stage.house.running(stage.house.controller), stage.house.running("worker"):
        outcomes = place(stage.switch.sip_port, calls(20), Delivery(rate=20, hold_ms=1000))
        rows = stage.complete_calls(20)
    assert_all_answered(outcomes, 20)
    assert_one_row_each(rows, outcomes)
    leases = {row["customer_phone_number"]: row["lease_id"] for row in rows}
    for arrival in stage.destination.arrivals():
        assert arrival.tags["x-dni-lease"] == [leases[arrival.caller]]
        assert arrival.tags["x-dni-state"] == ["active"]
    assert {row["attributed_late"] for row in rows} == {False}


def test_controller_down_rings_the_fallback_and_the_call_is_attributed_late(stage: Stage) -> None:
    outcomes = place(stage.switch.sip_port, calls(10), TEN_BRIEF)
    assert_fell_open(stage, outcomes)


@pytest.mark.parametrize("failing", [closes, hears_and_closes, stays_silent, hears_and_stays_silent])
def test_controller_that_closes_or_is_silent_rings_the_fallback(stage: Stage, failing: Behaviour) -> None:
    with controller(stage.house.port, stage.kind.speech, failing):
        outcomes = place(stage.switch.sip_port, calls(10), TEN_BRIEF)
    assert_fell_open(stage, outcomes)


def test_hung_controller_rings_the_fallback_and_answers_again_when_it_wakes(stage: Stage) -> None:
    with stage.house.running(stage.house.controller) as process:
        os.kill(process.pid, signal.SIGSTOP)
        hung = place(stage.switch.sip_port, calls(10), TEN_BRIEF)
        os.kill(process.pid, signal.SIGCONT)
        awake = place(stage.switch.sip_port, calls(5, first=100), TEN_BRIEF)
    assert_all_answered(hung, 10)
    assert_all_answered(awake, 5)
    assert (len(stage.fallback.arrivals()), len(stage.destination.arrivals())) == (10, 5)
    settled(stage, hung + awake)


def test_a_controller_that_wakes_while_people_talk_claims_nothing_that_did_not_ring(stage: Stage) -> None:
    with stage.house.running(stage.house.controller) as process:
        os.kill(process.pid, signal.SIGSTOP)
        with carrier(stage.switch.sip_port, calls(10), Delivery(rate=10, hold_ms=4000)) as line:
            line.expect_up(10)
            os.kill(process.pid, signal.SIGCONT)
            outcomes = line.wait()
    assert_fell_open(stage, outcomes)
    assert {row["destination"] for row in asked_calls(stage.house.store)} == {""}


def test_serve_ends_a_controller_that_hangs(stage: Stage, tmp_path: Path) -> None:
    log = tmp_path / "serve.log"
    started = f"serve: started {stage.house.controller} (pid "
    with helper(stage.house.command("serve"), log, tmp_path, grace=15.0):
        wait_until(lambda: READY[stage.house.controller] in log.read_text(), 60, "the controller")
        os.kill(int(log.read_text().split(started)[1].split(")")[0]), signal.SIGSTOP)
        wait_until(lambda: log.read_text().count(READY[stage.house.controller]) == 2, 90, "another controller")
        outcomes = place(stage.switch.sip_port, calls(5), TEN_BRIEF)
    assert_all_answered(outcomes, 5)
    assert len(stage.destination.arrivals()) == 5


def test_kill_9_of_all_of_us_while_20_calls_are_up_drops_none(stage: Stage) -> None:
    with contextlib.ExitStack() as stack:
        processes = [
            stack.enter_context(stage.house.running(name)) for name in (stage.house.controller, "web", "worker")
        ]
        line = stack.enter_context(carrier(stage.switch.sip_port, calls(20), Delivery(rate=20, hold_ms=4000)))
        line.expect_up(20)
        for process in processes:
            process.kill()
            process.wait()
        outcomes = line.wait()
        after = place(stage.switch.sip_port, calls(3, first=100), TEN_BRIEF)
    assert_all_answered(outcomes, 20)
    assert_all_answered(after, 3)
    assert (len(stage.destination.arrivals()), len(stage.fallback.arrivals())) == (20, 3)
    settled(stage, outcomes + after)


def test_kill_9_again_and_again_under_load_loses_no_call(stage: Stage) -> None:
    with carrier(stage.switch.sip_port, calls(60), Delivery(rate=12, hold_ms=1000)) as line:
        while line.process.poll() is None:
            with stage.house.running(stage.house.controller) as answering, stage.house.running("worker") as worker:
                line.expect_another()
                answering.kill()
                worker.kill()
        outcomes = line.wait()
    assert_all_answered(outcomes, 60)
    settled(stage, outcomes)


def test_a_database_locked_elsewhere_holds_up_no_call(stage: Stage) -> None:
    with (stage.house.home / "leaseline.db.lock").open("ab") as lock, stage.house.running(stage.house.controller):
        fcntl.flock(lock, fcntl.LOCK_EX)
        outcomes = place(stage.switch.sip_port, calls(10), TEN_BRIEF)
        fcntl.flock(lock, fcntl.LOCK_UN)
    assert_all_answered(outcomes, 10)
    assert len(stage.destination.arrivals()) == 10
    assert {row["attributed_late"] for row in settled(stage, outcomes)} == {False}


def test_an_unreadable_database_rings_the_fallback(stage: Stage) -> None:
    with stage.house.running(stage.house.controller):
        stage.house.store.close()
        for name in ("leaseline.db-wal", "leaseline.db-shm", "leaseline.db"):
            (stage.house.home / name).rename(stage.house.home / f"away-{name}")
        (stage.house.home / "leaseline.db").write_bytes(b"no database" * 1000)
        outcomes = place(stage.switch.sip_port, calls(5), TEN_BRIEF)
    assert_all_answered(outcomes, 5)
    assert len(stage.fallback.arrivals()) == 5
    for name in ("leaseline.db-wal", "leaseline.db-shm", "leaseline.db"):
        (stage.house.home / f"away-{name}").rename(stage.house.home / name)
    settled(stage, outcomes)


def test_a_caller_who_gives_up_during_the_ringing_is_one_unanswered_row(stage: Stage) -> None:
    ringing = (stage.kind.dial(*DESTINATION), stage.kind.dial("1", "ringing"))
    stage.house.config.write_text(stage.house.config.read_text().replace(*ringing))
    with stage.house.running(stage.house.controller), stage.house.running("worker"):
        [outcome] = place(stage.switch.sip_port, [Call("+12125559999", "+13125550001")], Delivery(cancel_ms=1500))
        rows = stage.complete_calls(1)
    assert (outcome.status, rows[0]["answered"], len(rows)) == (487, False, 1)
    assert (rows[0]["state"], rows[0]["tracking_phone_number"]) == ("unknown", "+12125559999")


@pytest.fixture
def nobodys(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return a number that no visitor was shown, where calls to such numbers are refused."""
    monkeypatch.setenv("LEASELINE_ROUTING__REFUSE_UNLEASED", "true")
    assert stage.house.run("number", "add", "--pool", "web", "+12125559990").returncode == 0
    return "+12125559990"


def test_a_call_to_a_number_that_nobody_was_shown_is_refused_and_the_log_says_so(stage: Stage, nobodys: str) -> None:
    with stage.house.running(stage.house.controller), stage.house.running("worker"):
        [refused] = place(stage.switch.sip_port, [Call(nobodys, "+13125559001")], TEN_BRIEF)
        others = place(stage.switch.sip_port, [*calls(2), Call("+12125559999", "+13125559002")], TEN_BRIEF)
        rows = stage.complete_calls(4)
    assert (refused.answered, refused.status) == (False, stage.kind.refused_status)
    assert [one.answered for one in others] == [True] * 3
    assert "+13125559001" not in {one.caller for one in stage.destination.arrivals() + stage.fallback.arrivals()}
    [row] = [row for row in rows if row["customer_phone_number"] == "+13125559001"]
    assert (row["state"], row["disposition"], row["answered"]) == ("unleased", "REFUSED", False)
    assert (row["destination"], row["attributed_late"], row["tracking_phone_number"]) == ("", False, nobodys)


@pytest.mark.parametrize("how", ["hung", "down", "broken database"])
def test_whatever_fails_a_call_that_would_be_refused_rings(stage: Stage, nobodys: str, how: str) -> None:
    with contextlib.ExitStack() as stack:
        if how != "down":
            process = stack.enter_context(stage.house.running(stage.house.controller))
        if how == "hung":
            os.kill(process.pid, signal.SIGSTOP)
        if how == "broken database":
            stage.house.store.engine.database.execute("ALTER TABLE lease RENAME TO gone")
        [outcome] = place(stage.switch.sip_port, [Call(nobodys, "+13125559001")], TEN_BRIEF)
    assert_all_answered([outcome], 1)
    assert [one.caller for one in stage.fallback.arrivals()] == ["+13125559001"]


def test_doctor_finds_a_running_installation_well(stage: Stage) -> None:
    with stage.house.running(stage.house.controller), stage.house.running("web"):
        done = stage.house.run("doctor")
    assert done.returncode == 0, done.stdout
    assert "fail" not in done.stdout


@pytest.mark.usefixtures("nobodys")
def test_doctor_warns_of_an_older_dialplan_that_refuses_no_call(stage: Stage) -> None:
    text = stage.house.run("dialplan", stage.kind.name, *stage.kind.files).stdout
    assert found_by_doctor(stage) == ("ok", False)
    stage.switch.load(re.sub("DNI_REFUSE|leaseline-refuse", "other", text))
    assert found_by_doctor(stage) == ("warn", True)


def found_by_doctor(stage: Stage) -> tuple[str, bool]:
    found = {one["check"]: one for one in json.loads(stage.house.run("doctor", "--json").stdout)}
    return found["dialplan"]["result"], "is an older one" in found["dialplan"]["detail"]
