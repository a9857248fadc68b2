"""Sweep FreeSWITCH's CDR folder through everything that a folder can go through."""

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.core.routing import Routes
from gateway.core.sources import read_visit
from gateway.store.admin import Administration
from gateway.store.ledger import SqlLedger
from gateway.store.reports import Reports
from gateway.store.sqlite import SqliteStore, StoreError
from gateway.worker.sweep import LARGEST, MOST_FILES, Sweeper
from tests.conftest import make_pool

ROUTES = Routes({}, "", "US", {})
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
RECORDED = Path(__file__).parents[1] / "freeswitch" / "data"
POWERLESS = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all", "--"]
SWEEP = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from gateway.store.ledger import SqlLedger
from gateway.store.sqlite import SqliteStore
from gateway.worker.sweep import Sweeper
from tests.worker.test_sweep import ROUTES
store = SqliteStore(Path(sys.argv[1]))
sweeper = Sweeper(SqlLedger(store), ROUTES, Path(sys.argv[2]))
"""


def record(call: object, name: str = "answered-hostile-headers", **changes: object) -> str:
    """Return a recorded CDR as that of another call through our dialplan; None takes a variable away."""
    whole = json.loads((RECORDED / f"{name}.cdr.json").read_text(encoding="utf-8"))
    ours = {"uuid": f"call-{call}", "dni_dialled": "12125560000", "dni_trunk": "carrier", "dni_caller": "+12125550199"}
    values = {**whole["variables"], **ours, "dni_cdr_state": "active", "dni_cdr_lease": "", **changes}
    whole["variables"] = {key: value for key, value in values.items() if value is not None}
    return json.dumps(whole) + "\n"


def epochs(start: datetime) -> dict[str, str]:
    """Return the times of a call that was answered after 5 s and lasted a minute."""
    seconds = {"start_uepoch": 1, "answer_uepoch": 6, "end_uepoch": 66}
    return {name: f"{int(start.timestamp()) + later}000000" for name, later in seconds.items()}


class Sweep:
    """A CDR folder and the calls that were made of it."""

    def __init__(self, store: SqliteStore, folder: Path) -> None:
        self.store, self.folder = store, folder
        self.sweeper = Sweeper(SqlLedger(store), ROUTES, folder)

    def write(self, call: object, text: str | None = None, age: timedelta | None = None) -> Path:
        self.folder.mkdir(exist_ok=True)
        path = self.folder / f"a_call-{call}.cdr.json"
        path.write_text(record(call) if text is None else text)
        if age is not None:
            at = (NOW - age).timestamp()
            os.utime(path, (at, at))
        return path

    def take(self) -> int:
        return self.sweeper.sweep(NOW)

    @property
    def rows(self) -> list[dict[str, Any]]:
        return sorted(Reports(self.store).calls(10_000), key=lambda call: str(call["id"]))

    @property
    def calls(self) -> list[str]:
        return [call["id"] for call in self.rows]

    @property
    def files(self) -> list[str]:
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file())


@pytest.fixture
def cdrs(fresh_store: SqliteStore, tmp_path: Path) -> Sweep:
    make_pool(fresh_store, 1)
    return Sweep(fresh_store, tmp_path / "leaseline-cdr")


def test_a_folder_that_is_not_there_yet_is_waited_for(cdrs: Sweep) -> None:
    assert cdrs.take() == 0
    cdrs.write(1)
    assert (cdrs.take(), cdrs.calls, cdrs.files) == (1, ["call-1"], [])


def test_a_call_is_taken_once_and_tells_how_it_went(cdrs: Sweep) -> None:
    cdrs.write(1)
    cdrs.write(2, record(2, "cancelled", dni_cdr_state=""))
    assert (cdrs.take(), cdrs.take()) == (2, 0)
    answered, cancelled = cdrs.rows
    assert (answered["answered"], answered["talk_time"], answered["attributed_late"]) == (True, 1.219, False)
    assert (cancelled["answered"], cancelled["talk_time"], cancelled["attributed_late"]) == (False, 0.0, True)
    assert answered["customer_phone_number"] == "+12125550199"


def test_a_torn_file_waits_for_its_end(cdrs: Sweep) -> None:
    whole = record(1)
    for length in (0, 1, len(whole) // 2, len(whole) - 1):
        cdrs.write(1, whole[:length])
        assert (cdrs.take(), cdrs.calls, cdrs.files) == (0, [], ["a_call-1.cdr.json"])
    cdrs.write(1, whole)
    assert (cdrs.take(), cdrs.calls, cdrs.files) == (1, ["call-1"], [])


def test_a_torn_file_holds_up_no_other_call(cdrs: Sweep) -> None:
    cdrs.write(1, record(1)[:-1])
    cdrs.write(2)
    assert (cdrs.take(), cdrs.calls) == (1, ["call-2"])


def test_what_stays_torn_for_an_hour_is_moved_aside(cdrs: Sweep, caplog: pytest.LogCaptureFixture) -> None:
    cdrs.write(1, record(1)[:-1], age=timedelta(minutes=59))
    cdrs.write(2, record(2)[:-1], age=timedelta(minutes=61))
    cdrs.take()
    cdrs.take()
    assert cdrs.files == ["a_call-1.cdr.json", "rejected/a_call-2.cdr.json"]
    assert [entry.message for entry in caplog.records if "was moved" in entry.message] == [caplog.records[0].message]


@pytest.mark.parametrize("text", ["nonsense\n", "{}\n", record(1, end_uepoch="soon"), "x" * (LARGEST + 1)])
def test_a_bad_file_is_moved_aside_and_the_others_are_taken(
    cdrs: Sweep, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    cdrs.write(1, text)
    cdrs.write(2)
    assert (cdrs.take(), cdrs.take(), cdrs.calls) == (1, 0, ["call-2"])
    assert cdrs.files == ["rejected/a_call-1.cdr.json"]
    assert (cdrs.folder / "rejected" / "a_call-1.cdr.json").read_text() == text
    assert caplog.text.count("a_call-1.cdr.json is no CDR") == 1


@pytest.mark.parametrize("values", [{"dni_caller": "\ud800"}, {"start_uepoch": "-62135596800000000"}])
def test_a_value_that_no_column_holds_does_not_stop_the_rest(cdrs: Sweep, values: dict[str, str]) -> None:
    for call in (1, 2, 4):
        cdrs.write(call)
    cdrs.write(3, record(3, **values))
    assert (cdrs.take(), cdrs.calls) == (3, ["call-1", "call-2", "call-4"])
    assert cdrs.files == ["rejected/a_call-3.cdr.json"]


def test_a_call_of_another_dialplan_is_removed_and_not_logged(cdrs: Sweep) -> None:
    cdrs.write(1, record(1, dni_dialled=None))
    assert (cdrs.take(), cdrs.calls, cdrs.files) == (0, [], [])


def test_other_files_and_links_are_let_alone(cdrs: Sweep, tmp_path: Path) -> None:
    cdrs.write(1)
    (tmp_path / "elsewhere").write_text(record(2))
    (cdrs.folder / "link.cdr.json").symlink_to(tmp_path / "elsewhere")
    (cdrs.folder / "notes.txt").write_text("mine")
    (cdrs.folder / "folder.cdr.json").mkdir()
    os.mkfifo(cdrs.folder / "pipe.cdr.json")
    assert (cdrs.take(), cdrs.calls) == (1, ["call-1"])
    left = {path.name for path in cdrs.folder.iterdir()}
    assert left == {"link.cdr.json", "notes.txt", "folder.cdr.json", "pipe.cdr.json"}


def test_a_crash_between_commit_and_removal_changes_nothing(cdrs: Sweep) -> None:
    cdrs.write(1)
    cdrs.take()
    before = cdrs.rows
    cdrs.write(1)  # what a crash there leaves: the call in the database, its file in the folder
    assert cdrs.take() == 1
    assert (cdrs.rows, cdrs.files) == (before, [])


def test_when_the_store_refuses_nothing_is_taken_and_every_file_stays(cdrs: Sweep) -> None:
    for call in range(40):
        cdrs.write(call)
    cdrs.store.database.execute("PRAGMA max_page_count = 1")
    with pytest.raises(StoreError):
        cdrs.take()
    assert (cdrs.calls, len(cdrs.files)) == ([], 40)
    cdrs.store.database.execute("PRAGMA max_page_count = 100000")
    assert (cdrs.take(), cdrs.files) == (40, [])


def test_a_busy_database_leaves_the_files_for_the_next_look(cdrs: Sweep) -> None:
    cdrs.write(1)
    other = SqliteStore(cdrs.store.path)
    with other.writing(), pytest.raises(StoreError):
        cdrs.take()
    other.close()
    assert (cdrs.files, cdrs.take(), cdrs.files) == (["a_call-1.cdr.json"], 1, [])


def test_a_backlog_is_taken_in_parts_and_the_calls_are_the_same_in_any_order(cdrs: Sweep) -> None:
    count = 2 * MOST_FILES + 1
    for call in range(count):
        cdrs.write(call, age=timedelta(seconds=call * 37 % count))
    assert (cdrs.take(), len(cdrs.calls), cdrs.files) == (count, count, [])
    in_one_order = cdrs.rows
    for call in range(count):
        cdrs.write(call, age=timedelta(seconds=call * 101 % count))
    assert (cdrs.take(), cdrs.rows) == (count, in_one_order)


def test_the_oldest_file_goes_first_so_that_a_known_caller_is_known(cdrs: Sweep, fresh_store: SqliteStore) -> None:
    pool = Administration(fresh_store).pool_by_name("web")
    assert pool
    SqlLedger(fresh_store).grant("a", read_visit("https://shop.example/", ""), [pool], NOW - timedelta(days=30))
    first, second = epochs(NOW - timedelta(days=30)), epochs(NOW)
    cdrs.write("z", record("z", dni_cdr_state="", **first), age=timedelta(days=30))
    for call in range(MOST_FILES):
        cdrs.write(f"m{call}", record(call, dni_caller=""), age=timedelta(days=1))
    cdrs.write("a", record("a", dni_cdr_state="", **second), age=timedelta())
    cdrs.take()
    assert {call["id"]: call["state"] for call in cdrs.rows if call["id"] in ("call-a", "call-z")} == {
        "call-z": "active",
        "call-a": "repeat",
    }


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to take rights away from itself")


@pytest.fixture
def powerless(cdrs: Sweep) -> Callable[[], subprocess.CompletedProcess[str]]:
    """Return what sweeps three times as a user who may read in the folder, and not write."""

    def run() -> subprocess.CompletedProcess[str]:
        os.chown(cdrs.folder, 65534, 65534)
        script = f"{SWEEP}print([sweeper.sweep(datetime.now(UTC)) for _ in range(3)])"
        command = [*POWERLESS, sys.executable, "-c", script, str(cdrs.store.path), str(cdrs.folder)]
        environment = {**os.environ, "PYTHONPATH": "."}
        return subprocess.run(command, capture_output=True, text=True, timeout=30, check=True, env=environment)

    return run


@needs_root
def test_files_that_may_not_be_removed_are_taken_once_and_told_once(
    cdrs: Sweep, powerless: Callable[[], subprocess.CompletedProcess[str]]
) -> None:
    cdrs.write(1)
    cdrs.write(2)
    done = powerless()
    assert (done.stdout.strip(), cdrs.calls) == ("[2, 0, 0]", ["call-1", "call-2"])
    assert done.stderr.count("was taken and cannot be removed (Permission denied): see `leaseline doctor`") == 2


@needs_root
def test_bad_and_unreadable_files_that_may_not_be_moved_are_told_once_and_hold_up_no_other(
    cdrs: Sweep, powerless: Callable[[], subprocess.CompletedProcess[str]]
) -> None:
    cdrs.write(1, "nonsense\n")
    secret = cdrs.write(2)
    secret.chmod(0)
    os.chown(secret, 65534, 65534)
    cdrs.write(3)
    done = powerless()
    assert (done.stdout.strip(), cdrs.calls) == ("[1, 0, 0]", ["call-3"])
    assert done.stderr.count("a_call-1.cdr.json is passed over (not JSON") == 1
    assert done.stderr.count("a_call-2.cdr.json cannot be read (Permission denied)") == 1


def _hinder(monkeypatch: pytest.MonkeyPatch, number: int, name: str) -> None:
    """Let reading fail for one file; all others are read as ever."""

    def fail(path: Path) -> bytes:
        if path.name == name:
            raise OSError(number, os.strerror(number), str(path))
        return path.read_bytes()

    monkeypatch.setattr("gateway.worker.sweep._content", fail)


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.EIO, errno.ESTALE])
def test_a_trouble_that_passes_is_told_once_and_the_file_is_tried_at_every_look(
    cdrs: Sweep, number: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    cdrs.write(1)
    cdrs.write(2)
    with monkeypatch.context() as trouble:
        _hinder(trouble, number, "a_call-1.cdr.json")
        assert (cdrs.take(), cdrs.take(), cdrs.calls) == (1, 0, ["call-2"])
    assert caplog.text.count(f"a_call-1.cdr.json cannot be read now ({os.strerror(number)})") == 1
    assert (cdrs.take(), cdrs.calls, cdrs.files) == (1, ["call-1", "call-2"], [])


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM])
def test_a_file_that_we_may_not_read_is_left_until_the_worker_starts_again(
    cdrs: Sweep, number: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    cdrs.write(1)
    with monkeypatch.context() as trouble:
        _hinder(trouble, number, "a_call-1.cdr.json")
        cdrs.take()
    assert (cdrs.take(), cdrs.files) == (0, ["a_call-1.cdr.json"])
    assert "see `leaseline doctor`, then start the worker again" in caplog.text
    assert (Sweep(cdrs.store, cdrs.folder).take(), cdrs.files) == (1, [])


def test_kill_9_at_any_moment_leaves_each_call_once(cdrs: Sweep) -> None:
    """Kill a worker again and again while files come in; then let one finish."""
    script = f"{SWEEP}print('up', flush=True)\nwhile True: sweeper.sweep(datetime.now(UTC))"
    for attempt in range(4):
        process = subprocess.Popen(
            [sys.executable, "-c", script, str(cdrs.store.path), str(cdrs.folder)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": "."},
        )
        assert process.stdout
        assert process.stdout.readline() == b"up\n"
        for call in range(attempt * 50, attempt * 50 + 50):
            cdrs.write(call)
        process.kill()
        process.communicate()
    cdrs.take()
    assert (len(cdrs.calls), cdrs.files) == (200, [])
    assert {call["talk_time"] for call in cdrs.rows} == {1.219}
