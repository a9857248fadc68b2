"""How call rows come to be written: together, soon, and each on its own where one of them cannot be."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import pytest

from gateway.cli.run import recorder
from gateway.cli.run.recorder import Recorder
from gateway.core.calls.attribution import Attribution, State
from gateway.core.calls.call import RoutedCall
from tests.asked import asked_call
from tests.stores import FileStore

NOW = datetime(2026, 11, 28, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[FileStore]:
    opened = FileStore(tmp_path / "leaseline.db")
    opened.migrate()
    yield opened
    opened.close()


def row(call: str, number: str = "+12125550110") -> RoutedCall:
    return RoutedCall(call, None, number, NOW, Attribution(State.UNKNOWN, ""), "main")


@contextmanager
def held(store: FileStore) -> Iterator[tuple[Recorder, list[int]]]:
    """Yield a recorder that writes nothing before the block ends, and the sizes of its transactions."""
    sizes: list[int] = []
    ended = Event()

    def record(*calls: RoutedCall) -> None:
        ended.wait()
        sizes.append(len(calls))
        store.calls.record(*calls)

    kept = Recorder(record)
    yield kept, sizes
    ended.set()
    kept.close()


def test_rows_that_come_meanwhile_share_a_transaction(store: FileStore) -> None:
    with held(store) as (kept, sizes):
        for place in range(2000):
            kept.keep(row(f"c{place}"))
    assert sum(sizes) == 2000
    assert max(sizes) == recorder.MOST_AT_ONCE
    assert all(asked_call(store, f"c{place}") for place in range(0, 2000, 100))


def test_a_row_that_the_database_refuses_keeps_no_other_from_being_written(
    store: FileStore, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "RECORD_WAITS", ())
    with held(store) as (kept, _):
        for call in (row("before"), row("bad", number="\udce9"), row("after")):
            kept.keep(call)
    assert [bool(asked_call(store, call)) for call in ("before", "bad", "after")] == [True, False, True]
    assert "call bad is not written; the CDR brings each" in caplog.text


def test_more_rows_than_may_wait_are_left_to_their_cdrs(
    store: FileStore, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "MOST_WAITING", 3)
    caplog.set_level(logging.WARNING)
    with held(store) as (kept, sizes):
        for place in range(1000):
            kept.keep(row(f"c{place}"))
    assert sum(sizes) < 1000
    assert "the CDR will bring call c999" in caplog.text


def test_what_waits_is_written_before_the_end(store: FileStore) -> None:
    kept = Recorder(store.calls.record)
    kept.keep(row("last"))
    kept.close()
    assert asked_call(store, "last")
