"""Sweep FreeSWITCH's CDR folder through everything that a folder can go through."""

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.core.visits.visit import read_visit
from gateway.store import StoreError
from gateway.worker.cdr.sweep import LARGEST, MOST_FILES
from tests.stores import FileStore
from tests.worker.killing import kill_again_and_again
from tests.worker.spool import NOW, POWERLESS, SWEEP, Sweep, epochs, record


def test_a_folder_that_is_not_there_yet_is_waited_for(swept: Sweep) -> None:
    assert swept.take() == 0
    swept.write(1)
    assert (swept.take(), swept.calls, swept.files) == (1, ["call-1"], [])


def test_a_call_is_taken_once_and_tells_how_it_went(swept: Sweep) -> None:
    swept.write(1)
    swept.write(2, record(2, "cancelled", dni_cdr_state=""))
    assert (swept.take(), swept.take()) == (2, 0)
    answered, cancelled = swept.rows
    assert (answered["answered"], answered["talk_time"], answered["attributed_late"]) == (True, 1.219, False)
    assert (cancelled["answered"], cancelled["talk_time"], cancelled["attributed_late"]) == (False, 0.0, True)
    assert answered["customer_phone_number"] == "+12125550199"


def test_a_torn_file_waits_for_its_end(swept: Sweep) -> None:
    whole = record(1)
    for length in (0, 1, len(whole) // 2, len(whole) - 1):
        swept.write(1, whole[:length])
        assert (swept.take(), swept.calls, swept.files) == (0, [], ["a_call-1.cdr.json"])
    swept.write(1, whole)
    assert (swept.take(), swept.calls, swept.files) == (1, ["call-1"], [])


def test_a_torn_file_holds_up_no_other_call(swept: Sweep) -> None:
    swept.write(1, record(1)[:-1])
    swept.write(2)
    assert (swept.take(), swept.calls) == (1, ["call-2"])


def test_what_stays_torn_for_an_hour_is_moved_aside(swept: Sweep, caplog: pytest.LogCaptureFixture) -> None:
    swept.write(1, record(1)[:-1], age=timedelta(minutes=59))
    swept.write(2, record(2)[:-1], age=timedelta(minutes=61))
    swept.take()
    swept.take()
    assert swept.files == ["a_call-1.cdr.json", "rejected/a_call-2.cdr.json"]
    assert [entry.message for entry in caplog.records if "was moved" in entry.message] == [caplog.records[0].message]


@pytest.mark.parametrize("text", ["nonsense\n", "{}\n", record(1, end_uepoch="soon"), "x" * (LARGEST + 1)])
def test_a_bad_file_is_moved_aside_and_the_others_are_taken(
    swept: Sweep, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    swept.write(1, text)
    swept.write(2)
    assert (swept.take(), swept.take(), swept.calls) == (1, 0, ["call-2"])
    assert swept.files == ["rejected/a_call-1.cdr.json"]
    assert (swept.folder / "rejected" / "a_call-1.cdr.json").read_text() == text
    assert caplog.text.count("a_call-1.cdr.json is no CDR") == 1


@pytest.mark.parametrize("values", [{"dni_caller": "\ud800"}, {"start_uepoch": "-62135596800000000"}])
def test_a_value_that_no_column_holds_does_not_stop_the_rest(swept: Sweep, values: dict[str, str]) -> None:
    for call in (1, 2, 4):
        swept.write(call)
    swept.write(3, record(3, **values))
    assert (swept.take(), swept.calls) == (3, ["call-1", "call-2", "call-4"])
    assert swept.files == ["rejected/a_call-3.cdr.json"]


def test_a_call_of_another_dialplan_is_removed_and_not_logged(swept: Sweep) -> None:
    swept.write(1, record(1, dni_dialled=None))
    assert (swept.take(), swept.calls, swept.files) == (0, [], [])


def test_other_files_and_links_are_let_alone(swept: Sweep, tmp_path: Path) -> None:
    swept.write(1)
    (tmp_path / "elsewhere").write_text(record(2))
    (swept.folder / "link.cdr.json").symlink_to(tmp_path / "elsewhere")
    (swept.folder / "notes.txt").write_text("mine")
    (swept.folder / "folder.cdr.json").mkdir()
    os.mkfifo(swept.folder / "pipe.cdr.json")
    assert (swept.take(), swept.calls) == (1, ["call-1"])
    left = {path.name for path in swept.folder.iterdir()}
    assert left == {"link.cdr.json", "notes.txt", "folder.cdr.json", "pipe.cdr.json"}


def test_a_crash_between_commit_and_removal_changes_nothing(swept: Sweep) -> None:
    swept.write(1)
    swept.take()
    before = swept.rows
    swept.write(1)  # what a crash there leaves: the call in the database, its file in the folder
    assert swept.take() == 1
    assert (swept.rows, swept.files) == (before, [])


def test_when_the_store_refuses_nothing_is_taken_and_every_file_stays(swept: Sweep) -> None:
    for call in range(40):
        swept.write(call)
    swept.store.engine.database.execute("PRAGMA max_page_count = 1")
    with pytest.raises(StoreError):
        swept.take()
    assert (swept.calls, len(swept.files)) == ([], 40)
    swept.store.engine.database.execute("PRAGMA max_page_count = 100000")
    assert (swept.take(), swept.files) == (40, [])


def test_a_busy_database_leaves_the_files_for_the_next_look(swept: Sweep) -> None:
    swept.write(1)
    other = FileStore(swept.store.path)
    with other.engine.writing(), pytest.raises(StoreError):
        swept.take()
    other.close()
    assert (swept.files, swept.take(), swept.files) == (["a_call-1.cdr.json"], 1, [])


def test_a_backlog_is_taken_in_parts_and_the_calls_are_the_same_in_any_order(swept: Sweep) -> None:
    count = 2 * MOST_FILES + 1
    for call in range(count):
        swept.write(call, age=timedelta(seconds=call * 37 % count))
    assert (swept.take(), len(swept.calls), swept.files) == (count, count, [])
    in_one_order = swept.rows
    for call in range(count):
        swept.write(call, age=timedelta(seconds=call * 101 % count))
    assert (swept.take(), swept.rows) == (count, in_one_order)


def test_the_oldest_file_goes_first_so_that_a_known_caller_is_known(swept: Sweep, fresh_store: FileStore) -> None:
    pool = fresh_store.sites.pool_by_name("web")
    assert pool
    fresh_store.leases.grant("a", read_visit("https://shop.example/", ""), [pool], NOW - timedelta(days=30))
    first, second = epochs(NOW - timedelta(days=30)), epochs(NOW)
    swept.write("z", record("z", dni_cdr_state="", **first), age=timedelta(days=30))
    for call in range(MOST_FILES):
        swept.write(f"m{call}", record(call, dni_caller=""), age=timedelta(days=1))
    swept.write("a", record("a", dni_cdr_state="", **second), age=timedelta())
    swept.take()
    assert {call["id"]: call["state"] for call in swept.rows if call["id"] in ("call-a", "call-z")} == {
        "call-z": "active",
        "call-a": "repeat",
    }


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to take rights away from itself")


@pytest.fixture
def powerless(swept: Sweep) -> Callable[[], subprocess.CompletedProcess[str]]:
    """Return what sweeps three times as a user who may read in the folder, and not write."""

    def run() -> subprocess.CompletedProcess[str]:
        os.chown(swept.folder, 65534, 65534)
        script = f"{SWEEP}print([sweeper.sweep(datetime.now(UTC)) for _ in range(3)])"
        command = [*POWERLESS, sys.executable, "-c", script, str(swept.store.path), str(swept.folder)]
        environment = {**os.environ, "PYTHONPATH": "."}
        return subprocess.run(command, capture_output=True, text=True, timeout=30, check=True, env=environment)

    return run


@needs_root
def test_files_that_may_not_be_removed_are_taken_once_and_told_once(
    swept: Sweep, powerless: Callable[[], subprocess.CompletedProcess[str]]
) -> None:
    swept.write(1)
    swept.write(2)
    done = powerless()
    assert (done.stdout.strip(), swept.calls) == ("[2, 0, 0]", ["call-1", "call-2"])
    assert done.stderr.count("was taken and cannot be removed (Permission denied): see `leaseline doctor`") == 2


@needs_root
def test_bad_and_unreadable_files_that_may_not_be_moved_are_told_once_and_hold_up_no_other(
    swept: Sweep, powerless: Callable[[], subprocess.CompletedProcess[str]]
) -> None:
    swept.write(1, "nonsense\n")
    secret = swept.write(2)
    secret.chmod(0)
    os.chown(secret, 65534, 65534)
    swept.write(3)
    done = powerless()
    assert (done.stdout.strip(), swept.calls) == ("[1, 0, 0]", ["call-3"])
    assert done.stderr.count("a_call-1.cdr.json is passed over (not JSON") == 1
    assert done.stderr.count("a_call-2.cdr.json cannot be read (Permission denied)") == 1


def _hinder(monkeypatch: pytest.MonkeyPatch, number: int, name: str) -> None:
    """Let reading fail for one file; no real disk can be had that fails so."""

    def fail(path: Path) -> bytes:
        if path.name == name:
            raise OSError(number, os.strerror(number), str(path))
        return path.read_bytes()

    monkeypatch.setattr("gateway.worker.cdr.sweep._content", fail)


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.EIO, errno.ESTALE])
def test_a_trouble_that_passes_is_told_once_and_the_file_is_tried_at_every_look(
    swept: Sweep, number: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    swept.write(1)
    swept.write(2)
    with monkeypatch.context() as trouble:
        _hinder(trouble, number, "a_call-1.cdr.json")
        assert (swept.take(), swept.take(), swept.calls) == (1, 0, ["call-2"])
    assert caplog.text.count(f"a_call-1.cdr.json cannot be read now ({os.strerror(number)})") == 1
    assert (swept.take(), swept.calls, swept.files) == (1, ["call-1", "call-2"], [])


def test_kill_9_at_any_moment_leaves_each_call_once(swept: Sweep) -> None:
    """Kill a worker again and again while files come in; then let one finish."""
    script = f"{SWEEP}print('up', flush=True)\nwhile True: sweeper.sweep(datetime.now(UTC))"
    kill_again_and_again(script, swept.store.path, swept.folder, swept.write, times=4)
    swept.take()
    assert (len(swept.calls), swept.files) == (200, [])
    assert {call["talk_time"] for call in swept.rows} == {1.219}
