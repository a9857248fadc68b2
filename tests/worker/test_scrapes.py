"""Prometheus reads the figures over real HTTP, and no trouble of its own or of the database's hurts the worker."""

import contextlib
import http.client
import logging
import socket
import sqlite3
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway.core.leasing.leases import Policy
from gateway.core.visits.visit import read_visit
from gateway.worker.metrics.figures import Figures
from gateway.worker.metrics.scrapes import MOST_PEERS, answering
from tests.conftest import NOW, make_pool
from tests.live.processes import wait_until
from tests.stores import FileStore

Samples = dict[tuple[str, ...], float]  # name and label values


@dataclass
class Scraped:
    """A listener over a store of its own."""

    store: FileStore
    port: int

    def get(self, path: str = "/metrics") -> tuple[int, str]:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as peer:
            peer.request("GET", path)
            answer = peer.getresponse()
            return answer.status, answer.read().decode()

    def samples(self) -> Samples:
        status, text = self.get()
        assert status == 200
        families = text_string_to_metric_families(text)
        return {(one.name, *one.labels.values()): one.value for family in families for one in family.samples}


@pytest.fixture
def scraped(fresh_store: FileStore) -> Iterator[Scraped]:
    reader = FileStore(fresh_store.path, read_only=True)
    with answering("127.0.0.1", 0, Figures(reader, "1.2.3", lambda: NOW)) as port:
        yield Scraped(fresh_store, port)
    reader.close()


def test_an_empty_leaseline_has_a_version_and_no_lease(scraped: Scraped) -> None:
    assert scraped.samples() == {("leaseline_build_info", "1.2.3"): 1, ("leaseline_leases_active",): 0}


def test_pools_are_counted_by_state(scraped: Scraped) -> None:
    store = scraped.store
    week = timedelta(days=7)
    soft = make_pool(scraped.store, 4, Policy(provisional=timedelta(minutes=1), cooldown=week))
    store.leases.grant("cooling", read_visit("", ""), [soft], NOW - timedelta(minutes=2))
    store.leases.grant("active", read_visit("", ""), [soft], NOW)
    samples = scraped.samples()
    counted = {state: samples["leaseline_pool_numbers", "web", state] for state in ("active", "cooling", "free")}
    assert counted == {"active": 1, "cooling": 1, "free": 2}
    assert samples["leaseline_pool_pressure_ratio", "web"] == 0.25
    assert samples["leaseline_leases_active",] == 1


@pytest.mark.parametrize(("numbers", "hard", "pressure"), [(4, True, 0.25), (4, False, 0.0), (0, False, 1.0)])
def test_pressure_is_what_no_new_visitor_can_be_given(
    scraped: Scraped, numbers: int, hard: bool, pressure: float
) -> None:
    pool = make_pool(scraped.store, numbers, Policy(provisional=timedelta(seconds=1), hard=hard))
    scraped.store.leases.grant("gone", read_visit("", ""), [pool], NOW - timedelta(minutes=1))
    assert scraped.samples()["leaseline_pool_pressure_ratio", "web"] == pressure


def test_misses_are_told_by_site_with_the_alert(scraped: Scraped) -> None:
    site = make_pool(scraped.store, 1).site
    views = scraped.store.views
    for place in range(60):
        views.count(site, "/contact", missed=place < 15, now=NOW)
    samples = scraped.samples()
    names = ("leaseline_page_views", "leaseline_page_misses", "leaseline_miss_ratio", "leaseline_miss_alert")
    assert [samples[name, "site of web"] for name in names] == [60, 15, 0.25, 1]
    for _ in range(300):
        views.count(site, "/", missed=False, now=NOW)
    assert scraped.samples()["leaseline_miss_alert", "site of web"] == 0


def test_no_label_is_a_number_a_path_or_a_visitor(scraped: Scraped) -> None:
    pool = make_pool(scraped.store, 2)
    scraped.store.leases.grant("v1s1t0r", read_visit("https://shop.example/?gclid=x", ""), [pool], NOW)
    scraped.store.views.count(pool.site, "/contact", missed=True, now=NOW)
    text = scraped.get()[1]
    for secret in ("v1s1t0r", "+1", "1212", "/contact", "gclid", "shop.example", pool.site):
        assert secret not in text


def test_counts_that_fall_are_not_called_counters(scraped: Scraped) -> None:
    make_pool(scraped.store, 1)
    kinds = {family.name: family.type for family in text_string_to_metric_families(scraped.get()[1])}
    assert set(kinds.values()) == {"gauge"}
    assert "_total" not in scraped.get()[1]


@contextlib.contextmanager
def gone(path: Path) -> Iterator[None]:
    away = path.rename(path.with_name("away"))
    yield
    away.rename(path)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("PRAGMA journal_mode = DELETE").fetchall()
        other.execute("BEGIN EXCLUSIVE")
        yield


@contextlib.contextmanager
def rubbish(path: Path) -> Iterator[None]:
    with gone(path):
        path.write_text("no database " * 100)
        yield


@pytest.mark.parametrize("trouble", [gone, locked, rubbish])
def test_a_database_that_cannot_be_read_is_503_and_empty_until_it_can(
    scraped: Scraped,
    trouble: Callable[[Path], contextlib.AbstractContextManager[None]],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    scraped.store.close()
    with trouble(scraped.store.path):
        assert scraped.get() == (503, "")
    assert "a scrape went unanswered" in caplog.text
    assert scraped.get()[0] == 200
    assert "Traceback" not in capfd.readouterr().err


def test_other_paths_are_not_found(scraped: Scraped) -> None:
    assert [scraped.get(path)[0] for path in ("/", "/metrics/x", "/favicon.ico")] == [404] * 3


def test_peers_that_never_speak_are_bounded_and_keep_nobody_out_for_ever(scraped: Scraped) -> None:
    before = threading.active_count()
    silent = [socket.create_connection(("127.0.0.1", scraped.port)) for _ in range(MOST_PEERS)]
    wait_until(lambda: threading.active_count() >= before + MOST_PEERS, 60, "all to be let in")
    with socket.create_connection(("127.0.0.1", scraped.port), timeout=60) as one_more:
        assert one_more.recv(1) == b""
    for peer in silent:
        with peer:
            peer.settimeout(60)
            assert peer.recv(1) == b""  # let go
    wait_until(lambda: threading.active_count() <= before, 60, "room")
    assert scraped.get()[0] == 200


def test_a_peer_that_leaves_or_talks_rubbish_is_passed_over(
    scraped: Scraped, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    before = threading.active_count()
    for words in (b"", b"\x16\x03\x01", b"GET /metrics HTTP/1.1\r\n"):
        with socket.create_connection(("127.0.0.1", scraped.port)) as peer:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # leave with a reset
            peer.sendall(words)
            wait_until(lambda: threading.active_count() > before, 60, "the peer to be let in")
        wait_until(lambda: threading.active_count() <= before, 60, "the peer to be given up")
    with socket.create_connection(("127.0.0.1", scraped.port)) as peer, contextlib.suppress(ConnectionError):
        peer.sendall(b"x" * 70_000 + b"\r\n\r\n")
    assert scraped.get()[0] == 200
    assert "Traceback" not in capfd.readouterr().err + caplog.text


def test_the_port_is_free_again_at_the_end(fresh_store: FileStore) -> None:
    figures = Figures(fresh_store, "1", lambda: NOW)
    with answering("127.0.0.1", 0, figures) as port, pytest.raises(OSError, match="in use"):
        answering("127.0.0.1", port, figures).__enter__()
    with answering("127.0.0.1", port, figures) as again:
        assert again == port
