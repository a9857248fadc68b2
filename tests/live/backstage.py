"""What the demo's page tells and does beyond a shop's: who holds which number, the log, and calls to make."""

import socket
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from gateway.core import numbers
from tests.asked import asked_calls, asked_leases
from tests.house import SWAP_TARGET
from tests.live.caller import Caller, Declined
from tests.live.stage import Stage

Row = dict[str, Any]
MOST_CALLS = 12
MOST_ROWS = 10_000
FIRST_PHONE, PHONES = 5550199, 80  # counted down from there: numbers that belong to nobody, and none of the shop's
PATIENCE = 0.5  # seconds
CALL_FIELDS = (
    "id", "start_time", "end_time", "answered", "talk_time", "customer_phone_number", "tracking_phone_number", "state",
    "contested", "likelihood", "attribution_reason", "campaign", "source", "medium", "channel", "keywords",
    "landing_page_url", "referring_url", "device_type", "returning",
)  # fmt: skip
LEASE_FIELDS = ("lease_id", "number", "state", "choice", "campaign", "landing_page_url", "referring_url")


class Backstage:
    """The view behind the demo's page."""

    def __init__(self, stage: Stage, caller: Caller) -> None:
        self._stage = stage
        self._caller = caller

    def state(self, number: str) -> Row:
        """Return all that the page shows; `number` is the one that stands on it."""
        line = {"call": self._call_under_way(), "waiting": self._caller.waiting}
        rows = self._rows()  # after the line: a call that is over by then has its row
        leases = _leases(rows, datetime.now(UTC))
        return {
            "own": {"number": SWAP_TARGET, "display": _display(SWAP_TARGET)},
            "lease": next((lease for lease in leases if lease["number"] == number), None),
            "leases": leases,
            "calls": self._calls(_places(rows)),
            **line,
            "fault": self._caller.fault,
            "web": _answers(self._stage.house.web_url),
            "switch": self._caller.switch_runs,
        }

    def call(self, number: str) -> None:
        """Have somebody call a number: the visitor who was shown it last. Raises Declined."""
        if number == SWAP_TARGET:
            raise Declined(
                f"{_display(number)} is the number printed on the page: all see it, so a call to it says nothing of "
                "a visit. Arrive as a visitor first, then call the number that you are shown."
            )
        lease = next((one for one in _leases(self._rows(), datetime.now(UTC)) if one["number"] == number), None)
        if lease is None:
            raise Declined("Nobody has been shown this number yet. Arrive as a visitor first.")
        self._caller.call(number, lease["phone"])

    def _call_under_way(self) -> Row | None:
        progress = self._caller.progress  # once: the call may end while we look
        return {**asdict(progress), "display": _display(progress.number)} if progress else None

    def _rows(self) -> list[Row]:
        return asked_leases(self._stage.house.store, datetime.now(UTC), limit=MOST_ROWS)

    def _calls(self, places: dict[str, int]) -> list[Row]:
        return [_call(row, places) for row in asked_calls(self._stage.house.store, MOST_CALLS)]


def _places(rows: list[Row]) -> dict[str, int]:
    """Return the visitors' places in the order in which they came."""
    return {visitor: place for place, visitor in enumerate(dict.fromkeys(row["visitor_id"] for row in reversed(rows)))}


def _leases(rows: list[Row], now: datetime) -> list[Row]:
    """Return the newest lease of each number, the newest first."""
    places = _places(rows)
    newest: dict[str, Row] = {}
    for row in rows:
        newest.setdefault(row["number"], row)
    return [_lease(row, places[row["visitor_id"]], now) for row in newest.values()]


def _lease(row: Row, place: int, now: datetime) -> Row:
    end = datetime.fromisoformat(row["ended_at"] or row["expires_at"])
    return {
        **{name: row[name] for name in LEASE_FIELDS},
        "display": _display(row["number"]),
        "visitor": place + 1,
        "phone": f"+1212{FIRST_PHONE - place % PHONES}",
        "seconds": int((end - now).total_seconds()),  # less than none: since the end
    }


def _call(row: Row, places: dict[str, int]) -> Row:
    place = places.get(row["visitor_id"])
    return {
        **{name: row[name] for name in CALL_FIELDS},
        "caller_display": _display(row["customer_phone_number"]),
        "number_display": _display(row["tracking_phone_number"]),
        "visitor": None if place is None else place + 1,
    }


def _display(number: str | None) -> str:
    return "" if number is None else numbers.take_apart(number).written


def _answers(url: str) -> bool:
    """Return whether the lease API takes connections."""
    address = urlsplit(url)
    try:
        with socket.create_connection((address.hostname, address.port), PATIENCE):
            return True
    except OSError:
        return False
