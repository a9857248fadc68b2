"""Follow Asterisk's CDR file through everything that a file can go through."""

from pathlib import Path

import pytest

from gateway.core.calls.routing import Routes
from gateway.store import StoreError
from gateway.worker.cdr.ingest import ingest
from tests.asked import asked_calls
from tests.conftest import make_pool
from tests.stores import FileStore
from tests.worker.killing import kill_again_and_again

ROUTES = Routes({}, "", "US", {})
START = 1795323753


def line(call: int, did: str = "12125560000", tag: str = "active", sequence: int = 1, answered: bool = True) -> str:
    answer, talk, word = (START + 2, 60, "ANSWERED") if answered else (0, 0, "BUSY")
    return (
        f'"{call}.1","{call}.1",{sequence},"+12125550199","{did}","{did}","","{tag}",{START}.5,{answer}.5,'
        f'{START + 62}.5,62.0,{talk}.0,"{word}","PJSIP/d-1","Dial","trunk"\n'
    )


class Ingest:
    """A CDR file and the calls that were made of it."""

    def __init__(self, store: FileStore, path: Path) -> None:
        self.store, self.path = store, path

    def write(self, text: str) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(text)

    def take(self) -> int:
        return ingest(self.store, ROUTES, self.path)

    @property
    def calls(self) -> list[str]:
        return sorted(call["id"] for call in asked_calls(self.store, 10_000))


@pytest.fixture
def cdrs(fresh_store: FileStore, tmp_path: Path) -> Ingest:
    make_pool(fresh_store, 1)
    return Ingest(fresh_store, tmp_path / "leaseline.csv")


def test_a_file_that_is_not_there_yet_is_waited_for(cdrs: Ingest) -> None:
    assert cdrs.take() == 0
    cdrs.write(line(1))
    assert (cdrs.take(), cdrs.take()) == (1, 0)
    assert cdrs.calls == ["1.1"]


def test_a_torn_line_waits_for_its_end(cdrs: Ingest) -> None:
    whole = line(1) + line(2)
    for place in range(0, len(whole), 7):
        cdrs.write(whole[place : place + 7])
        cdrs.take()
        assert len(cdrs.calls) == whole[: place + 7].count("\n")


def test_a_rotated_file_is_read_to_its_end_before_the_new_one(cdrs: Ingest) -> None:
    cdrs.write(line(1))
    cdrs.take()
    cdrs.write(line(2))
    cdrs.path.rename(cdrs.path.with_name("leaseline.csv.1"))
    cdrs.write(line(3))
    assert cdrs.take() == 2
    assert cdrs.calls == ["1.1", "2.1", "3.1"]


def test_a_weekend_of_rotations_loses_no_file(cdrs: Ingest) -> None:
    cdrs.write(line(1))
    cdrs.take()
    cdrs.write(line(2))
    for call in (3, 4, 5):
        for place in (2, 1):
            old = cdrs.path.with_name(f"leaseline.csv.{place}")
            if old.exists():
                old.rename(cdrs.path.with_name(f"leaseline.csv.{place + 1}"))
        cdrs.path.rename(cdrs.path.with_name("leaseline.csv.1"))
        cdrs.write(line(call))
    cdrs.path.with_name("leaseline.csv.9.gz").write_bytes(b"\x1f\x8b\n")
    assert cdrs.take() == 4
    assert cdrs.calls == [f"{call}.1" for call in range(1, 6)]
    assert cdrs.take() == 0


def test_when_the_file_read_last_is_gone_all_others_are_read(cdrs: Ingest) -> None:
    cdrs.write(line(1))
    cdrs.take()
    cdrs.path.unlink()
    cdrs.path.with_name("leaseline.csv.1").write_text(line(2))
    cdrs.write(line(3))
    cdrs.take()
    assert cdrs.calls == ["1.1", "2.1", "3.1"]


@pytest.mark.parametrize("sequence", [-1, 2**70])
def test_a_value_that_no_column_holds_does_not_stop_the_rest(cdrs: Ingest, sequence: int) -> None:
    cdrs.write(line(1, sequence=sequence) + line(2))
    assert cdrs.take() == 1


def test_a_line_written_to_the_old_file_after_the_rotation_is_not_lost(cdrs: Ingest) -> None:
    cdrs.write(line(1))
    cdrs.take()
    with cdrs.path.open("a") as held_by_asterisk:
        cdrs.path.rename(cdrs.path.with_name("leaseline.csv.1"))
        held_by_asterisk.write(line(2))
    assert cdrs.take() == 1
    cdrs.write(line(3))
    assert cdrs.take() == 1


def test_a_new_file_that_got_the_old_inode_is_read_from_its_beginning(cdrs: Ingest) -> None:
    cdrs.write(line(1))
    cdrs.take()
    with cdrs.path.open("r+") as file:  # the same inode, other lines: what a reused inode looks like
        file.truncate()
        file.write(line(2) + line(3))
    assert cdrs.take() == 2
    assert cdrs.calls == ["1.1", "2.1", "3.1"]


def test_lines_that_are_no_cdr_are_passed_over_and_logged_whole(cdrs: Ingest, caplog: pytest.LogCaptureFixture) -> None:
    cdrs.write("nonsense,\n" + line(1) + line(2).replace(f"{START}.5", "yesterday", 1) + "\x00\xff\n" + line(3))
    assert cdrs.take() == 2
    assert cdrs.calls == ["1.1", "3.1"]
    assert sum("was passed over" in record.message for record in caplog.records) == 3
    assert "yesterday" in caplog.text


def test_a_line_without_an_end_does_not_hold_up_those_after_it(cdrs: Ingest) -> None:
    cdrs.write(line(1) + "x" * 200_000 + "\n" + line(2))
    assert cdrs.take() == 2


def test_other_calls_of_the_switch_are_none_of_ours(cdrs: Ingest) -> None:
    cdrs.write(line(1, did=""))
    assert cdrs.take() == 0
    assert cdrs.calls == []


def test_two_cdrs_of_one_call_are_one_row(cdrs: Ingest) -> None:
    cdrs.write(line(1, sequence=1, answered=False))
    cdrs.take()
    cdrs.write(line(1, sequence=2))
    cdrs.take()
    call = asked_calls(cdrs.store)[0]
    assert (len(cdrs.calls), call["answered"], call["talk_time"]) == (1, True, 60.0)


@pytest.mark.parametrize(
    ("tag", "late"), [("active", False), ("unleased", False), ("failopen", True), ("timeout", True), ("", True)]
)
def test_a_call_without_a_decision_is_marked_late(cdrs: Ingest, tag: str, late: bool) -> None:
    cdrs.write(line(1, tag=tag))
    cdrs.take()
    assert asked_calls(cdrs.store)[0]["attributed_late"] is late


def test_when_the_store_refuses_nothing_is_taken_and_nothing_is_lost(cdrs: Ingest) -> None:
    cdrs.write("".join(line(call) for call in range(100)))
    cdrs.store.engine.database.execute("PRAGMA max_page_count = 1")
    with pytest.raises(StoreError):
        cdrs.take()
    assert cdrs.calls == []
    cdrs.store.engine.database.execute("PRAGMA max_page_count = 100000")
    assert cdrs.take() == 100


def test_kill_9_at_any_moment_leaves_each_call_once(cdrs: Ingest) -> None:
    """Kill a worker again and again while the file grows; then let one finish."""
    script = (
        "import sys; from pathlib import Path; from tests.stores import FileStore;"
        "from gateway.worker.cdr.ingest import ingest;"
        "from tests.worker.test_ingest import ROUTES; store = FileStore(Path(sys.argv[1]));"
        "print('up', flush=True)\nwhile True: ingest(store, ROUTES, Path(sys.argv[2]))"
    )
    kill_again_and_again(script, cdrs.store.path, cdrs.path, lambda call: cdrs.write(line(call)), times=5)
    cdrs.take()
    assert len(cdrs.calls) == 250
    assert {call["talk_time"] for call in asked_calls(cdrs.store, 10_000)} == {60.0}
