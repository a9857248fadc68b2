"""`leaseline web` as it runs: what a peer on the network can and cannot do to it."""

import contextlib
import json
import socket
import urllib.request
from pathlib import Path

from tests.house import house

DESTINATIONS = """
[destinations.main]
hops = [{ ring = ["PJSIP/sales"] }]
"""
ORIGIN = "http://127.0.0.1:8000"
HEADERS = {"Origin": ORIGIN, "User-Agent": "Mozilla/5.0"}
HALF_SENT = b"POST /v1/lease HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"


def test_the_process_that_serves_holds_its_own_locks_on_the_database(tmp_path: Path) -> None:
    """Forked off from one that had it open, it would take that one's locks for its own: commits were lost."""
    with house(tmp_path, DESTINATIONS, origins=[ORIGIN]) as served, served.running("web") as process:
        served.store.close()
        key = served.store.sites.all()[0].key
        body = json.dumps({"site": key, "found": ["2125550100"]}).encode()
        with urllib.request.urlopen(urllib.request.Request(f"{served.web_url}/v1/lease", body, HEADERS)) as answer:
            assert answer.status == 200
        served.store.close()
        file = served.store.path.stat().st_ino
        holders = [line.split()[4] for line in Path("/proc/locks").read_text().splitlines() if f":{file} " in line]
        assert holders
        assert str(process.pid) not in holders


def test_half_sent_bodies_keep_nobody_else_waiting(tmp_path: Path) -> None:
    with house(tmp_path, DESTINATIONS, origins=[ORIGIN]) as served, contextlib.ExitStack() as peers:
        key = served.store.sites.all()[0].key
        with served.running("web"):
            for _ in range(40):
                peer = peers.enter_context(socket.create_connection(("127.0.0.1", served.web_port)))
                peer.sendall(HALF_SENT)
            body = json.dumps({"site": key, "found": ["2125550100"]}).encode()
            lease = urllib.request.Request(f"{served.web_url}/v1/lease", body, HEADERS)
            for wanted in (f"{served.web_url}/healthz", lease):
                with urllib.request.urlopen(wanted, timeout=60) as answer:
                    assert answer.status == 200
            peers.close()  # else the server's end waits for the bodies
