"""A call whose record never comes is closed, says so, and still takes a record that comes after all."""

import logging
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.config import Config, load
from gateway.store.rows import to_ms
from gateway.store.sql import calls as call_statements
from gateway.worker.overdue import Overdue
from tests.asked import asked_call, asked_calls
from tests.conftest import NOW
from tests.store.test_calls import SECOND, Line
from tests.stores import FileStore

LONGEST = timedelta(hours=2)
MINUTE = timedelta(minutes=1)


class Left(Line):
    """A line with a call that was decided and never ended, and what looks after such calls."""

    def __init__(self, store: FileStore) -> None:
        super().__init__(store)
        self.number = self.visit("a", NOW, "spring")
        self.ring("1", self.number, NOW)
        self.overdue = Overdue(store.open_calls, LONGEST)

    def ended(self) -> list[object]:
        call = asked_call(self.store, "1")
        assert call
        return [call[name] for name in ("disposition", "answered", "end_time", "duration", "talk_time", "campaign")]


@pytest.fixture
def left(fresh_store: FileStore, caplog: pytest.LogCaptureFixture) -> Left:
    caplog.set_level(logging.INFO)
    return Left(fresh_store)


def test_a_call_stays_open_for_as_long_as_one_can_last(left: Left, caplog: pytest.LogCaptureFixture) -> None:
    left.overdue.look(NOW + LONGEST)
    assert left.ended() == [None, None, None, None, None, "spring"]
    assert caplog.records == []


def test_a_call_older_than_that_is_of_unknown_end_and_claims_no_talk(
    left: Left, caplog: pytest.LogCaptureFixture
) -> None:
    left.ring("2", left.number, NOW + MINUTE)
    left.overdue.look(NOW + LONGEST + SECOND)
    assert left.ended() == ["UNKNOWN END", None, None, None, None, "spring"]
    assert [call["disposition"] for call in asked_calls(left.store)] == [None, "UNKNOWN END"]
    assert [record.message.split(":")[0] for record in caplog.records] == [
        "1 call(s) began more than 7200 s ago and the switch left no record of their end"
    ]


def test_it_is_told_once_and_looked_for_once_a_minute(left: Left, caplog: pytest.LogCaptureFixture) -> None:
    late = NOW + LONGEST
    for seconds in (0, 30, 59):
        left.overdue.look(late + seconds * SECOND)
    assert left.ended()[0] is None
    for seconds in (60, 120, 180):
        left.overdue.look(late + seconds * SECOND)
    assert (left.ended()[0], len(caplog.records)) == ("UNKNOWN END", 1)


def test_a_clock_that_is_put_back_does_not_keep_calls_open(left: Left) -> None:
    left.overdue.look(NOW + timedelta(days=-1))
    left.overdue.look(NOW + timedelta(days=-2))
    left.overdue.look(NOW + LONGEST + SECOND)
    assert left.ended()[0] == "UNKNOWN END"


def test_a_record_that_comes_after_all_goes_before_it(left: Left) -> None:
    left.overdue.look(NOW + LONGEST + SECOND)
    left.end("1", left.number, NOW)
    assert left.ended() == ["ANSWERED", True, "2026-11-22T12:01:05.000+00:00", 65.0, 60.0, "spring"]
    left.overdue.look(NOW + LONGEST + 2 * MINUTE)
    assert left.ended()[0] == "ANSWERED"


def test_a_call_with_a_record_is_never_closed(left: Left) -> None:
    left.end("1", left.number, NOW)
    left.overdue.look(NOW + timedelta(days=1))
    assert left.ended()[0] == "ANSWERED"


def test_open_calls_are_found_without_reading_through_all_calls(left: Left) -> None:
    values = {"before": to_ms(NOW), "disposition": ""}
    for statement in (call_statements.OPEN_SINCE, call_statements.CLOSE_OPEN):
        steps = left.store.engine.read(f"EXPLAIN QUERY PLAN {statement}", values)
        assert ["call_open" in step["detail"] for step in steps] == [True]


@pytest.mark.parametrize(
    ("switch", "text", "seconds"),
    [
        ("asterisk", "", 7200 + 45 + 60),
        ("asterisk", "[asterisk]\nlongest_call = 60\nfallback_seconds = 5\n", 60 + 5 + 60),
        ("freeswitch", "[freeswitch]\nlongest_call = 600\n", 600 + 45 + 60),
        (
            "asterisk",
            "[destinations.a]\nhops = [{ring = ['PJSIP/1'], seconds = 20}, {ring = ['PJSIP/2'], seconds = 40}]\n"
            "[destinations.b]\nhops = [{ring = ['PJSIP/3'], seconds = 30}]\n",
            7200 + 45 + 60 + 60,
        ),
    ],
)
def test_a_call_lasts_as_long_as_all_that_may_ring_and_the_longest_talk(
    tmp_path: Path, switch: str, text: str, seconds: int
) -> None:
    (tmp_path / "config.toml").write_text(f'switch = "{switch}"\n{text}')
    config: Config = load(tmp_path / "config.toml")
    assert config.longest_call == timedelta(seconds=seconds)
