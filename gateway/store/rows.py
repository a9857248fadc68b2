"""From rows to the core's values and back: aware UTC outside, epoch milliseconds inside."""

import json
from dataclasses import asdict
from datetime import datetime, timedelta

from gateway.core.calls.attribution import State
from gateway.core.calls.call import CallEnd, InboundCall
from gateway.core.leasing.leases import Choice, Lease, Policy, Pool
from gateway.core.numbers import Format, Kind, OwnNumber
from gateway.core.times import EPOCH
from gateway.core.visits.visit import Visit
from gateway.store.engines.port import Row
from gateway.store.logged import LoggedAttribution, LoggedCandidate

_MILLISECOND = timedelta(milliseconds=1)


def to_ms(moment: datetime) -> int:
    """Return epoch milliseconds."""
    return (moment - EPOCH) // _MILLISECOND


def from_ms(value: int) -> datetime:
    """Return the moment of epoch milliseconds."""
    return EPOCH + value * _MILLISECOND


def optional_ms(moment: datetime | None) -> int | None:
    """Return epoch milliseconds, or None for no moment."""
    return None if moment is None else to_ms(moment)


def optional_from_ms(value: int | None) -> datetime | None:
    """Return the moment of epoch milliseconds, or None for none."""
    return None if value is None else from_ms(value)


def span(milliseconds: int) -> timedelta:
    """Return a duration."""
    return milliseconds * _MILLISECOND


def span_ms(duration: timedelta) -> int:
    """Return a duration in milliseconds."""
    return duration // _MILLISECOND


def pool(row: Row) -> Pool:
    """Return the pool of a row."""
    policy = Policy(
        length=span(row["lease_ms"]),
        provisional=span(row["provisional_ms"]),
        cooldown=span(row["cooldown_ms"]),
        closed_browser_delay=span(row["closed_browser_ms"]),
        hard=bool(row["hard_cooldown"]),
        held_after_tap=span(row["held_after_tap_ms"]),
        overflow=overflow(row["overflow"]),
    )
    return Pool(
        id=row["id"],
        site=row["site_id"],
        name=row["name"],
        swap_target=row["swap_target"],
        destination=row["destination"],
        policy=policy,
        vanity=row["vanity"],
        version=row["version"],
        country=row["country"],
        format=Format(row["format"]),
        condition=row["condition"],
    )


def overflow(words: str) -> tuple[Choice, ...]:
    """Return the ways that words name, which are parted by commas; none, where there is no word."""
    return tuple(Choice(word) for word in words.split(",") if word)


def visit(value: Visit) -> Row:
    """Return the columns of a session that say how its visitor arrived."""
    return {
        "landing_page_url": value.landing_page_url,
        "referring_url": value.referring_url,
        "parameters": json.dumps(value.parameters),
        "landed_at": optional_ms(value.landed_at),
        "page_url": value.page_url,
        "tags": json.dumps(value.tags),
        "country": value.country,
        "region": value.region,
        "device_type": value.device_type,
    }


def lease(row: Row) -> Lease:
    """Return the lease of a row."""
    return Lease(
        id=row["id"],
        number=row["number"],
        pool=row["pool_id"],
        visitor=row["visitor_id"],
        session=row["session_id"],
        started_at=from_ms(row["started_at"]),
        last_seen_at=from_ms(row["last_seen_at"]),
        expires_at=from_ms(row["expires_at"]),
        ended_at=optional_from_ms(row["ended_at"]),
    )


def own_number(row: Row) -> OwnNumber:
    """Return a number of ours; its own destination goes before its pool's."""
    return OwnNumber(
        e164=row["e164"],
        kind=Kind(row["kind"]),
        destination=row["destination"] or row["pool_destination"] or "",
        campaign=row["campaign"],
        lease_length=span(row["lease_ms"] or 0),
        cooldown=span(row["cooldown_ms"] or 0),
        rule=row["rule"] or "",
    )


def attribution(value: LoggedAttribution) -> Row:
    """Return the columns of an attribution."""
    return {
        "state": value.state.value,
        "contested": int(value.contested),
        "lease": value.lease_id,
        "likelihood": value.likelihood,
        "reason": value.attribution_reason,
        "candidates": json.dumps([_candidate(one) for one in value.candidates]),
    }


def _candidate(value: LoggedCandidate) -> Row:
    """Return who could have made a call, with the evidence; ages in seconds."""
    return {**asdict(value), **{name: _seconds(getattr(value, name)) for name in ("heartbeat_age", "tap_age")}}


def _seconds(age: timedelta | None) -> float | None:
    return None if age is None else age.total_seconds()


def logged_attribution(row: Row) -> LoggedAttribution:
    """Return the attribution of a row."""
    return LoggedAttribution(
        state=State(row["state"]),
        lease_id=row["lease_id"],
        likelihood=row["likelihood"],
        contested=bool(row["contested"]),
        attribution_reason=row["attribution_reason"],
        candidates=tuple(_logged_candidate(one) for one in json.loads(row["candidates"])),
    )


def _logged_candidate(one: Row) -> LoggedCandidate:
    heartbeat_age, tap_age = one.get("heartbeat_age"), one.get("tap_age")
    return LoggedCandidate(
        lease_id=one["lease_id"],
        visitor_id=one["visitor_id"],
        state=State(one["state"]),
        heartbeat_age=None if heartbeat_age is None else timedelta(seconds=heartbeat_age),
        tap_age=None if tap_age is None else timedelta(seconds=tap_age),
        used_by=one.get("used_by"),
        seen_before=one.get("seen_before"),
        weight=one.get("weight"),
        share=one.get("share"),
    )


def call_end(value: CallEnd) -> Row:
    """Return the columns of a CDR."""
    return {
        "id": value.call.id,
        "sequence": value.sequence,
        "dialled": value.call.dialled,
        "trunk": value.call.trunk,
        "caller": value.call.caller,
        "tag": value.tag,
        "lease": value.lease,
        "start": to_ms(value.call.at),
        "answer": optional_ms(value.answer_time),
        "end": to_ms(value.end_time),
        "talk": span_ms(value.talk_time),
        "disposition": value.disposition,
    }


def from_cdr(row: Row) -> CallEnd:
    """Return the CDR of a row."""
    return CallEnd(
        call=InboundCall(row["call_id"], row["dialled"], row["trunk"], row["caller"], from_ms(row["start_time"])),
        sequence=row["sequence"],
        tag=row["tag"],
        lease=row["lease"],
        answer_time=optional_from_ms(row["answer_time"]),
        end_time=from_ms(row["end_time"]),
        talk_time=span(row["talk_time"]),
        disposition=row["disposition"],
    )
