"""Swap targets that are missed, and metrics, as the operator meets them: real processes, real files."""

import http.client
import json
import socket
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.cli.refusals import refusal
from tests.house import House
from tests.live.ports import free_tcp_port
from tests.live.processes import wait_until


def see(house: House, path: str, found: int = 0, missed: int = 0) -> None:
    (site,) = house.store.sites.all()
    for miss in [False] * found + [True] * missed:
        house.store.views.count(site.id, path, missed=miss, now=datetime.now(UTC))


def doctor(house: House) -> dict[str, tuple[str, str]]:
    """Return what `leaseline doctor` found, by check."""
    findings: list[dict[str, Any]] = json.loads(house.run("doctor", "--json").stdout)
    return {finding["check"]: (finding["result"], finding["detail"]) for finding in findings}


@pytest.fixture
def metrics_port(house: House) -> int:
    port = free_tcp_port()
    house.config.write_text(f"{house.config.read_text()}\n[metrics]\nenabled = true\nport = {port}\n")
    return port


# leaseline site misses


def test_misses_are_listed_by_path_with_the_time_they_began(house: House) -> None:
    see(house, "/contact", found=1, missed=3)
    see(house, "/blog", missed=9)
    see(house, "/fine", found=7)
    contact, blog = house.ask("site", "misses", "shop")
    began = contact.pop("began")
    assert contact == {"path": "/contact", "views": 4, "misses": 3, "share": 0.75, "had_target": True}
    assert datetime.fromisoformat(began) <= datetime.now(UTC)
    assert (blog["path"], blog["misses"], blog["had_target"]) == ("/blog", 9, False)
    table = house.run("site", "misses", "shop", "--limit", "1").stdout
    assert "/contact" in table
    assert "/blog" not in table


def test_without_misses_the_views_are_counted(house: House) -> None:
    see(house, "/", found=2)
    assert house.run("site", "misses", "shop").stdout == (
        "A swap target was found on all of 2 page view(s) of the last 24 h.\n"
    )


def test_an_unknown_site_is_one_clear_line(house: House) -> None:
    assert "there is no site 'shoe': `leaseline site list`" in refusal(house, "site", "misses", "shoe")


# leaseline doctor


def test_doctor_says_where_swap_targets_are_missed(house: House) -> None:
    assert doctor(house)["swap targets"] == ("ok", "no page view in the last 24 h")
    see(house, "/", found=58, missed=2)
    assert doctor(house)["swap targets"] == ("ok", "shop: no swap target on 2 of 60 page views of the last 24 h (3.3%)")
    see(house, "/contact", found=1, missed=8)
    result, detail = doctor(house)["swap targets"]
    assert result == "warn"
    assert "/contact 8 of 9 since 20" in detail
    assert "`leaseline doctor --site http://127.0.0.1:8000/contact`" in detail


def test_doctor_says_whether_metrics_answer(house: House, metrics_port: int) -> None:
    result, detail = doctor(house)["metrics listener"]
    assert (result, "run `leaseline worker`" in detail) == ("fail", True)
    with house.running("worker"):
        wait_until(lambda: "metrics on" in (house.home / "worker.log").read_text(), 60, "the listener")
        assert doctor(house)["metrics listener"] == ("ok", f"answers on 127.0.0.1 port {metrics_port}")


def test_doctor_asks_nothing_of_metrics_that_are_not_enabled(house: House) -> None:
    assert "metrics listener" not in doctor(house)


# leaseline worker, leaseline serve


def test_the_worker_warns_and_answers_scrapes(house: House, metrics_port: int) -> None:
    see(house, "/contact", missed=60)
    log = house.home / "worker.log"
    with house.running("worker") as process:
        wait_until(lambda: "no swap target" in log.read_text(), 60, "the warning")
        peer = http.client.HTTPConnection("127.0.0.1", metrics_port, timeout=60)
        peer.request("GET", "/metrics")
        text = peer.getresponse().read().decode()
        peer.close()
        process.terminate()
        assert process.wait(60) == 0
    assert 'leaseline_miss_alert{site="shop"} 1.0' in text
    assert "WARNING gateway.worker.watch: site shop: no swap target (+12125550100) on 60 of 60" in log.read_text()


def test_a_metrics_port_that_is_taken_keeps_no_cdr_waiting(house: House, metrics_port: int) -> None:
    with socket.create_server(("127.0.0.1", metrics_port)), house.running("worker") as process:
        log = house.home / "worker.log"
        wait_until(lambda: "Set another [metrics] port" in log.read_text(), 60, "the warning")
        house.cdrs.write_text("no CDR,\n")
        wait_until(lambda: "a CDR line was passed over" in log.read_text(), 60, "the file to be taken")
        process.terminate()
        assert process.wait(60) == 0


def test_serve_refuses_a_metrics_port_that_is_taken(house: House, metrics_port: int) -> None:
    text = house.config.read_text()
    for section in ("[agi]\n", "[web]\n"):
        text = text.replace(section, f"{section}enabled = false\n")
    house.config.write_text(text)
    with socket.create_server(("127.0.0.1", metrics_port)):
        assert "set another [metrics] port" in refusal(house, "serve")


def test_the_worker_outlives_a_database_that_is_gone(house: House, metrics_port: int) -> None:
    away = house.home / "away.db"
    with house.running("worker") as process:
        wait_until(lambda: "metrics on" in (house.home / "worker.log").read_text(), 60, "the listener")
        house.store.close()
        house.store.path.rename(away)
        peer = http.client.HTTPConnection("127.0.0.1", metrics_port, timeout=60)
        peer.request("GET", "/metrics")
        answer = peer.getresponse()
        assert (answer.status, answer.read()) == (503, b"")
        peer.close()
        away.rename(house.store.path)
        assert doctor(house)["metrics listener"][0] == "ok"
        assert process.poll() is None
