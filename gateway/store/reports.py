"""Read-only answers for CLI, pages and exports, in the field names that the owner sees; times as ISO 8601 UTC."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

from gateway.core.calls.call import MACHINE
from gateway.core.leasing import leases
from gateway.core.leasing.leases import Choice, Policy, Pool
from gateway.core.numbers import callers
from gateway.core.visits.referrers import Referrers
from gateway.core.visits.sources import traffic_source
from gateway.core.visits.visit import VARIANT
from gateway.store.engines.port import Engine, Row
from gateway.store.leasing.arrivals import arrivals
from gateway.store.rows import from_ms, overflow, span_ms, to_ms
from gateway.store.sql import reports as sql
from gateway.store.sql import views

LIMIT = 100  # rows
SAME_VISIT = timedelta(minutes=30)  # web analytics count two sessions so near to each other as one
VISIT_FIELDS = (
    "source", "medium", "keywords", "channel", "landing_page_url", "landing_variant", "referring_url", "device_type",
    "returning", "tags",
)  # fmt: skip


class Reports:
    """Questions to the store that change nothing."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def calls(self, referrers: Referrers, limit: int = LIMIT) -> list[Row]:
        """Return the newest calls, with where their visitors came from by a list of referrers."""
        return [_call(row, referrers) for row in self._engine.read(sql.CALLS, {"limit": limit})]

    def call(self, call_id: str, referrers: Referrers) -> Row | None:
        """Return one call, with the pages that its visitor looked at."""
        for row in self._engine.read(sql.CALL_BY_ID, {"id": call_id}):
            return {**_call(row, referrers), "pages": self._pages(row["session_id"])}
        return None

    def leases(self, now: datetime, pool: str = "", number: str = "", limit: int = LIMIT) -> list[Row]:
        """Return the newest leases, of a pool or a number where one is named."""
        found = self._engine.read(sql.LEASES, {"pool": pool, "number": number, "limit": limit})
        return [_lease(row, to_ms(now)) for row in found]

    def numbers(self, now: datetime, pool: str = "", limit: int = LIMIT) -> list[Row]:
        """Return numbers and where each stands."""
        found = self._engine.read(sql.NUMBERS, {"pool": pool, "limit": limit})
        return [_number(row, to_ms(now)) for row in found]

    def retired(self, now: datetime, pool: str = "", limit: int = LIMIT) -> list[Row]:
        """Return the retired numbers, those with the most ghost calls first."""
        found = self._engine.read(sql.RETIRED_NUMBERS, {"pool": pool, "limit": limit})
        return [_number(row, to_ms(now)) for row in found]

    def pools(self, now: datetime, pool: str = "") -> list[Row]:
        """Return pools with how many of their numbers are active, cooling and free."""
        return [_pool(row) for row in self._engine.read(sql.POOL_COUNTS, {"now": to_ms(now), "pool": pool})]

    def arrivals(self, since: datetime, pool: Pool, now: datetime) -> Iterator[Row]:
        """Yield when the visits of a pool came and went, of those that began at a moment or later."""
        return arrivals(self._engine, since, pool, now)

    def _pages(self, session: str | None) -> list[Row]:
        found = self._engine.read(views.PAGES_OF_SESSION, {"session": session})
        return [{"url": row["url"], "at": _iso(row["viewed_at"])} for row in found]


def _call(row: Row, referrers: Referrers) -> Row:
    end, answer, caller = row["end_time"], row["answer_time"], row["customer_phone_number"]
    # Whether a person took the call from the machine later on, the switch does not tell.
    told = end is not None and row["disposition"] != MACHINE
    return {
        "id": row["id"],
        "start_time": _iso(row["start_time"]),
        "answer_time": _iso(answer),
        "end_time": _iso(end),
        "answered": answer is not None if told else None,
        "duration": None if end is None else _seconds(end - row["start_time"]),
        "talk_time": _seconds(row["talk_time"]) if told else None,
        "ring_time": _seconds((answer or end) - row["start_time"]) if told else None,
        # An earlier version kept some placeholders of withheld numbers as if they were numbers.
        "customer_phone_number": None if caller is None or callers.is_placeholder(caller) else caller,
        "tracking_phone_number": row["tracking_phone_number"],
        "tracking_label": row["label"] or None,
        "destination": row["destination"],
        "disposition": row["disposition"],
        "first_call": row["prior_calls"] == 0
        if callers.with_history(caller, (row["tracking_phone_number"],))
        else None,
        "state": row["state"],
        "contested": bool(row["contested"]),
        "likelihood": row["likelihood"],
        "attribution_reason": row["attribution_reason"],
        "attributed_late": bool(row["late"]),
        "ghost": bool(row["ghost"]),
        "lease_id": row["lease_id"],
        "visitor_id": row["visitor_id"],
        "session_id": row["session_id"],
        "candidates": json.loads(row["candidates"]),
        **_visit(row, referrers),
    }


def _visit(row: Row, referrers: Referrers) -> Row:
    """Return what is known of the visit that made the call; what is not known is None."""
    number_campaign = row["number_campaign"] or None
    if row["session_started_at"] is None:
        return {**dict.fromkeys(VISIT_FIELDS), "campaign": number_campaign}
    parameters, origins = json.loads(row["parameters"]), json.loads(row["origins"] or "[]")
    tags = json.loads(row["tags"])
    came = traffic_source(row["landing_page_url"], row["referring_url"], parameters, referrers, origins)
    return {
        "source": came.source,
        "medium": came.medium,
        "campaign": came.campaign or number_campaign,
        "keywords": came.keywords or None,
        "channel": came.channel.value,
        "landing_page_url": row["landing_page_url"],
        "landing_variant": tags.get(VARIANT) or None,
        "referring_url": row["referring_url"],
        "device_type": row["device_type"] or None,
        "returning": row["session_started_at"] - row["visitor_created_at"] > span_ms(SAME_VISIT),
        "tags": tags,
        **parameters,
    }


def _lease(row: Row, now: int) -> Row:
    ended = row["ended_at"] or row["expires_at"]
    state = "active" if now < ended else "cooling" if now < ended + row["cooldown_ms"] else "expired"
    times = ("started_at", "last_seen_at", "expires_at", "ended_at")
    parameters = json.loads(row["parameters"])
    return {
        "lease_id": row["lease_id"],
        "number": row["number"],
        "pool": row["pool"],
        "state": state,
        "choice": row["choice"],
        "visitor_id": row["visitor_id"],
        **{name: _iso(row[name]) for name in times},
        "campaign": parameters.get("utm_campaign"),
        "landing_page_url": row["landing_page_url"],
        "referring_url": row["referring_url"],
    }


def _number(row: Row, now: int) -> Row:
    retired = row["retired_at"] is not None
    state = "active" if now < row["busy_until"] else "cooling" if now < row["free_at"] else "free"
    if row["paused_at"] is not None:
        state = "retired" if retired else "paused"
    return {
        "number": row["e164"],
        "kind": row["kind"],
        "pool": row["pool"],
        "state": state if row["kind"] == "pool" or row["paused_at"] is not None else None,
        "free_at": _iso(row["free_at"]) if row["free_at"] else None,
        "destination": row["destination"] or None,
        "campaign": row["campaign"] or None,
        "label": row["label"] or None,
        "sms": bool(row["sms"]),
        "retired_at": _iso(row["retired_at"]),
        "releasable_at": _iso(row["releasable_at"]),
        "ghost_calls": row["ghost_calls"] if retired else None,
        "last_ghost_call": _iso(row["last_ghost_call"]),
    }


def _pool(row: Row) -> Row:
    free = row["numbers"] - row["active"] - row["cooling"]
    policy = Policy(hard=bool(row["hard_cooldown"]), overflow=overflow(row["overflow"]))
    return {
        "pool": row["name"],
        "site": row["site"],
        "swap_target": row["swap_target"],
        "condition": row["condition"] or None,
        "vanity": row["vanity"] or None,
        "country": row["country"] or None,
        "format": row["format"],
        "destination": row["destination"],
        "lease_length": _seconds(row["lease_ms"]),
        "cooldown": "hard" if row["hard_cooldown"] else "soft",
        "cooldown_seconds": _seconds(row["cooldown_ms"]),
        "overflow": ",".join([*leases.overflow(policy), Choice.STATIC]),
        "numbers": row["numbers"],
        "active": row["active"],
        "cooling": row["cooling"],
        "free": free,
        "shared": row["shared"],
    }


def _iso(value: int | None) -> str | None:
    return None if value is None else from_ms(value).isoformat(timespec="milliseconds")


def _seconds(milliseconds: int) -> float:
    return milliseconds / 1000
