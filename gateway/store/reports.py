"""Read-only answers for the command line, pages and exports: the log of calls, and lists of what there is."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from gateway.core.calls.call import Outcome
from gateway.core.leasing.leases import Choice, Pool, phase_until
from gateway.core.leasing.standing import state_of
from gateway.core.numbers import Kind, callers
from gateway.store import rows
from gateway.store.engines.port import Engine, Row
from gateway.store.leasing.arrivals import arrivals
from gateway.store.listed import ListedLease, ListedNumber, ListedPool, RecordedVisit
from gateway.store.logged import LoggedCall, LoggedPage, LoggedVisit
from gateway.store.rows import from_ms, optional_from_ms, span, to_ms
from gateway.store.sql import reports as sql
from gateway.store.sql import views

LIMIT = 100  # rows
SAME_VISIT = timedelta(minutes=30)  # web analytics count two sessions so near to each other as one


class Reports:
    """Questions to the store that change nothing."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def calls(self, limit: int = LIMIT) -> list[LoggedCall]:
        """Return the newest calls."""
        return [_call(row) for row in self._engine.read(sql.CALLS, {"limit": limit})]

    def call(self, call_id: str) -> LoggedCall | None:
        """Return one call, with the pages that its visitor looked at."""
        for row in self._engine.read(sql.CALL_BY_ID, {"id": call_id}):
            return replace(_call(row), pages=self._pages(row["session_id"]))
        return None

    def leases(self, now: datetime, pool: str = "", number: str = "", limit: int = LIMIT) -> list[ListedLease]:
        """Return the newest leases, of a pool or a number where one is named."""
        found = self._engine.read(sql.LEASES, {"pool": pool, "number": number, "limit": limit})
        return [_lease(row, now) for row in found]

    def numbers(self, now: datetime, pool: str = "", limit: int = LIMIT) -> list[ListedNumber]:
        """Return numbers and where each stands."""
        return [_number(row, now) for row in self._engine.read(sql.NUMBERS, {"pool": pool, "limit": limit})]

    def retired(self, now: datetime, pool: str = "", limit: int = LIMIT) -> list[ListedNumber]:
        """Return the retired numbers, those with the most ghost calls first."""
        return [_number(row, now) for row in self._engine.read(sql.RETIRED_NUMBERS, {"pool": pool, "limit": limit})]

    def pools(self, now: datetime, pool: str = "") -> list[ListedPool]:
        """Return pools with how many of their numbers are active, cooling and free."""
        return [_pool(row) for row in self._engine.read(sql.POOL_COUNTS, {"now": to_ms(now), "pool": pool})]

    def arrivals(self, since: datetime, pool: Pool, now: datetime) -> Iterator[RecordedVisit]:
        """Yield when the visits of a pool came and went, of those that began at a moment or later."""
        return arrivals(self._engine, since, pool, now)

    def _pages(self, session: str | None) -> tuple[LoggedPage, ...]:
        found = self._engine.read(views.PAGES_OF_SESSION, {"session": session})
        return tuple(LoggedPage(row["url"], from_ms(row["viewed_at"])) for row in found)


def _call(row: Row) -> LoggedCall:
    outcome, caller, number = _outcome(row), row["customer_phone_number"], row["tracking_phone_number"]
    known = outcome if outcome and outcome.tells_of_people else None
    return LoggedCall(
        id=row["id"],
        start_time=from_ms(row["start_time"]),
        answer_time=optional_from_ms(row["answer_time"]),
        end_time=outcome.end_time if outcome else None,
        answered=known.answered if known else None,
        duration=outcome.duration if outcome else None,
        talk_time=known.talk_time if known else None,
        ring_time=known.ring_time if known else None,
        # An earlier version kept some placeholders of withheld numbers as if they were numbers.
        customer_phone_number=None if caller is None or callers.is_placeholder(caller) else caller,
        tracking_phone_number=number,
        tracking_label=row["label"] or None,
        destination=row["destination"],
        disposition=row["disposition"],
        first_call=row["prior_calls"] == 0 if callers.with_history(caller, (number,)) else None,
        attribution=rows.logged_attribution(row),
        attributed_late=bool(row["late"]),
        ghost=bool(row["ghost"]),
        visitor_id=row["visitor_id"],
        session_id=row["session_id"],
        campaign=row["number_campaign"] or None,
        visit=None if row["session_started_at"] is None else _visit(row),
    )


def _outcome(row: Row) -> Outcome | None:
    """Return how a call went, once its CDR has come."""
    if row["end_time"] is None:
        return None
    return Outcome(
        start_time=from_ms(row["start_time"]),
        answer_time=optional_from_ms(row["answer_time"]),
        end_time=from_ms(row["end_time"]),
        talk_time=span(row["talk_time"]),
        disposition=row["disposition"],
    )


def _visit(row: Row) -> LoggedVisit:
    return LoggedVisit(
        landing_page_url=row["landing_page_url"],
        referring_url=row["referring_url"],
        parameters=json.loads(row["parameters"]),
        tags=json.loads(row["tags"]),
        device_type=row["device_type"] or None,
        returning=span(row["session_started_at"] - row["visitor_created_at"]) > SAME_VISIT,
        origins=tuple(json.loads(row["origins"] or "[]")),
    )


def _lease(row: Row, now: datetime) -> ListedLease:
    lease = rows.lease(row)
    return ListedLease(
        lease=lease,
        pool=row["pool"],
        choice=Choice(row["choice"]),
        phase=phase_until(lease.end, lease.end + span(row["cooldown_ms"]), now),
        campaign=json.loads(row["parameters"]).get("utm_campaign"),
        landing_page_url=row["landing_page_url"],
        referring_url=row["referring_url"],
    )


def _number(row: Row, now: datetime) -> ListedNumber:
    kind, free_at, retired = Kind(row["kind"]), from_ms(row["free_at"]), row["retired_at"] is not None
    paused = row["paused_at"] is not None
    return ListedNumber(
        number=row["e164"],
        kind=kind,
        pool=row["pool"],
        state=state_of(kind, from_ms(row["busy_until"]), free_at, now, paused=paused, retired=retired),
        free_at=free_at if row["free_at"] else None,
        destination=row["destination"] or None,
        campaign=row["campaign"] or None,
        label=row["label"] or None,
        sms=bool(row["sms"]),
        retired_at=optional_from_ms(row["retired_at"]),
        releasable_at=optional_from_ms(row["releasable_at"]),
        ghost_calls=row["ghost_calls"] if retired else None,
        last_ghost_call=optional_from_ms(row["last_ghost_call"]),
    )


def _pool(row: Row) -> ListedPool:
    counts = {name: row[name] for name in ("numbers", "active", "cooling", "shared")}
    return ListedPool(rows.pool(row), row["site"], **counts)
