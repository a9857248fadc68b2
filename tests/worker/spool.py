"""A folder of FreeSWITCH's CDRs, as the tests of this room fill it."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gateway.core.calls.routing import Routes
from gateway.worker.cdr.sweep import Sweeper
from tests.asked import asked_calls
from tests.stores import FileStore

ROUTES = Routes({}, "", "US", {})
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
RECORDED = Path(__file__).parents[1] / "freeswitch" / "data"
POWERLESS = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all", "--"]
SWEEP = """
import sys
from datetime import UTC, datetime
from pathlib import Path

from gateway.worker.cdr.sweep import Sweeper
from tests.stores import FileStore
from tests.worker.spool import ROUTES
store = FileStore(Path(sys.argv[1]))
sweeper = Sweeper(store, ROUTES, Path(sys.argv[2]))
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

    def __init__(self, store: FileStore, folder: Path) -> None:
        self.store, self.folder = store, folder
        self.sweeper = Sweeper(store, ROUTES, folder)

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
        return sorted(asked_calls(self.store, 10_000), key=lambda call: str(call["id"]))

    @property
    def calls(self) -> list[str]:
        return [call["id"] for call in self.rows]

    @property
    def files(self) -> list[str]:
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file())
