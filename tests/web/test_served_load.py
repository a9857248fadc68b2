"""`leaseline web` as it runs, beside a crowd of peers who never end what they began."""

import json
import urllib.request
from pathlib import Path

import pytest

from tests.bench.peers import TooFewFilesError, half_open
from tests.house import house
from tests.missing import skip_without

DESTINATIONS = """
[destinations.main]
hops = [{ ring = ["PJSIP/sales"] }]
"""
ORIGIN = "http://127.0.0.1:8000"
PEERS, ASKED = 1500, 5


@pytest.mark.parametrize("path", ["/swap.js", "/v1/lease"])
def test_half_open_connections_keep_nobody_else_waiting(tmp_path: Path, path: str) -> None:
    with house(tmp_path, DESTINATIONS, origins=[ORIGIN]) as served:
        body = json.dumps({"site": served.store.sites.all()[0].key, "found": ["(212) 555-0100"]}).encode()
        wanted = urllib.request.Request(f"{served.web_url}{path}", body if "v1" in path else None, {"Origin": ORIGIN})
        try:
            with served.running("web"), half_open(served.web_port, PEERS):
                statuses = [_status(wanted) for _ in range(ASKED)]
        except TooFewFilesError as reason:
            skip_without(str(reason))
        assert statuses == [200] * ASKED


def _status(wanted: urllib.request.Request) -> int:
    with urllib.request.urlopen(wanted, timeout=60) as answer:
        return int(answer.status)
