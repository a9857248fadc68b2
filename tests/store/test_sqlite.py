"""What happens when the file, the disk or another process does not play along."""

import ast
import contextlib
import fcntl
import itertools
import multiprocessing
import sqlite3
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.core.calls.attribution import Weights
from gateway.core.leasing.leases import Choice
from gateway.core.numbers import Dialled
from gateway.core.visits.visit import Visit
from gateway.store import Busy, StoreError
from tests.conftest import NOW, make_pool
from tests.stores import FileStore, every_statement


def test_a_lock_held_elsewhere_is_busy_and_calls_are_decided_all_the_same(fresh_store: FileStore) -> None:
    pool = make_pool(fresh_store, 1)
    store = fresh_store
    with fresh_store.path.with_name("leaseline.db.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(Busy, match="locked by another process"):
            store.leases.grant("a", Visit(), [pool], NOW)
        assert store.calls.facts(Dialled(("+12125560000",), ""), None, NOW, Weights()).number
    assert store.leases.grant("a", Visit(), [pool], NOW)[0].choice is Choice.IDLE


def test_a_writer_of_another_program_does_not_hold_up_a_decision(fresh_store: FileStore) -> None:
    make_pool(fresh_store, 1)
    other = sqlite3.connect(fresh_store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    reader = FileStore(fresh_store.path, read_only=True)
    assert reader.calls.facts(Dialled(("+12125560000",), ""), None, NOW, Weights()).number
    other.close()
    reader.close()


def test_a_full_disk_rolls_back_and_heals_without_a_restart(fresh_store: FileStore) -> None:
    pool = make_pool(fresh_store, 500)
    store = fresh_store
    fresh_store.engine.database.execute("PRAGMA max_page_count = 1")  # SQLite takes the present size: no page more
    visitors = itertools.count()
    with pytest.raises(StoreError, match="database or disk is full"):
        all(store.leases.grant(f"v{visitor}", Visit(), [pool], NOW) for visitor in visitors)
    fresh_store.engine.database.execute("PRAGMA max_page_count = 100000")
    assert store.leases.grant("after", Visit(), [pool], NOW)[0].number
    assert fresh_store.engine.read("SELECT COUNT(*) AS leases FROM lease")[0]["leases"] == next(visitors)


def test_a_reader_cannot_write(fresh_store: FileStore) -> None:
    reader = FileStore(fresh_store.path, read_only=True)
    with pytest.raises(StoreError, match="readonly"), reader.engine.writing() as transaction:
        transaction.run("DELETE FROM lease", {})
    reader.close()


def test_a_file_that_is_no_database_says_so(tmp_path: Path) -> None:
    path = tmp_path / "text.db"
    path.write_text("not a database, but long enough to look like one" * 100)
    store = FileStore(path)
    with pytest.raises(StoreError, match="is not a Leaseline database"):
        store.migrate()
    store.close()


def _lease_until_killed(path: Path, answers: "multiprocessing.Queue[str]") -> None:

    store = FileStore(path)
    pool = store.sites.pool_by_name("web")
    assert pool
    for place in range(100_000):
        lease = store.leases.grant(f"v{place}", Visit(), [pool], NOW + timedelta(milliseconds=place))[0].lease
        assert lease
        answers.put(lease.id)


@pytest.mark.parametrize("answered", [1, 20, 100])
def test_kill_9_loses_no_answered_lease_and_leaves_no_lock(tmp_path: Path, answered: int) -> None:
    store = FileStore(tmp_path / "leaseline.db")
    store.migrate()
    pool = make_pool(store, 5000)
    spawn = multiprocessing.get_context("spawn")
    answers: multiprocessing.Queue[str] = spawn.Queue()
    process = spawn.Process(target=_lease_until_killed, args=(store.path, answers))
    process.start()
    heard = [answers.get(timeout=60) for _ in range(answered)]
    process.kill()
    process.join()
    process.close()
    answers.close()
    stored = {row["id"] for row in store.engine.read("SELECT id FROM lease")}
    assert set(heard) <= stored
    assert store.leases.grant("after", Visit(), [pool], NOW)[0].number
    assert store.engine.read("PRAGMA integrity_check") == [{"integrity_check": "ok"}]
    store.close()


def test_every_statement_is_plain_text_with_named_parameters() -> None:
    for name, text in every_statement():
        assert "?" not in text, name
        assert "%" not in text, name
        assert "{" not in text.replace("{skip_locked}", ""), name


def test_no_value_is_ever_put_into_sql() -> None:
    for path in Path("gateway/store").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in ("run", "read")
            ):
                formatted = [one for one in node.args[:1] if isinstance(one, (ast.JoinedStr, ast.BinOp))]
                assert formatted == [], f"{path}:{node.lineno}"


def test_threads_that_come_and_go_hold_no_descriptors(fresh_store: FileStore) -> None:
    def descriptors_after_ten_threads() -> int:
        for _ in range(10):
            thread = threading.Thread(target=fresh_store.engine.read, args=("SELECT 1 AS one",))
            thread.start()
            thread.join()
        return len(list(Path("/proc/self/fd").iterdir()))

    first = descriptors_after_ten_threads()  # SQLite keeps some closed ones for the next that is opened
    assert [descriptors_after_ten_threads() for _ in range(3)] == [first] * 3


def test_a_database_that_was_moved_away_does_not_come_back_empty(fresh_store: FileStore) -> None:
    make_pool(fresh_store, 1, name="old")
    away = fresh_store.path.with_name("away.db")
    fresh_store.path.rename(away)
    with pytest.raises(StoreError, match="unable to open"):
        fresh_store.engine.read("SELECT name FROM site")
    with pytest.raises(StoreError, match="unable to open"):
        make_pool(fresh_store, 0, name="lost")
    assert not fresh_store.path.exists()
    away.rename(fresh_store.path)
    assert [row["name"] for row in fresh_store.engine.read("SELECT name FROM site")] == ["site of old"]
    make_pool(fresh_store, 0, name="new")


def test_connections_to_a_file_that_is_gone_are_closed(fresh_store: FileStore) -> None:
    make_pool(fresh_store, 1)
    threads = [threading.Thread(target=fresh_store.engine.read, args=("SELECT e164 FROM number",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    backup = fresh_store.path.with_name("backup.db")
    fresh_store.engine.read("SELECT 1 AS one")
    with fresh_store.engine.writing() as transaction:
        transaction.run("PRAGMA user_version", {})
    with contextlib.closing(sqlite3.connect(fresh_store.path)) as other:
        other.execute("VACUUM INTO ?", [str(backup)])
    for ending in ("-wal", "-shm", ""):
        fresh_store.path.with_name(fresh_store.path.name + ending).unlink()
    backup.rename(fresh_store.path)
    fresh_store.engine.read("SELECT 1 AS one")
    make_pool(fresh_store, 0, name="new")
    assert [link for link in Path("/proc/self/fd").iterdir() if _is_deleted(link, fresh_store.path)] == []


def _is_deleted(link: Path, path: Path) -> bool:
    with contextlib.suppress(OSError):
        return str(link.readlink()).startswith(str(path)) and str(link.readlink()).endswith("(deleted)")
    return False


def test_a_database_put_in_the_place_of_another_is_the_one_that_is_used(fresh_store: FileStore) -> None:
    make_pool(fresh_store, 1, name="old")
    backup = fresh_store.path.with_name("backup.db")
    with contextlib.closing(sqlite3.connect(fresh_store.path)) as other:
        other.execute("VACUUM INTO ?", [str(backup)])
    make_pool(fresh_store, 1, name="new")
    for ending in ("-wal", "-shm", ""):
        fresh_store.path.with_name(fresh_store.path.name + ending).unlink()
    backup.rename(fresh_store.path)
    names = "SELECT name FROM site ORDER BY name"
    assert [row["name"] for row in fresh_store.engine.read(names)] == ["site of old"]
    make_pool(fresh_store, 0, name="newer")
    assert [row["name"] for row in fresh_store.engine.read(names)] == ["site of newer", "site of old"]
