"""From rows to the core's values and back: aware UTC outside, epoch milliseconds inside."""

import json
from datetime import datetime, timedelta

from gateway.core.calls.attribution import Attribution, Candidate
from gateway.core.calls.call import CallEnd, InboundCall
from gateway.core.leasing.leases import Choice, Lease, Policy, Pool
from gateway.core.numbers import Format, Kind, OwnNumber
from gateway.core.times import EPOCH
from gateway.core.visits.visit import Visit
from gateway.store.engines.port import Row

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


def attribution(value: Attribution) -> Row:
    """Return the columns of an attribution."""
    return {
        "state": value.state.value,
        "contested": int(value.contested),
        "lease": value.lease or None,
        "likelihood": value.likelihood,
        "reason": value.reason,
        "candidates": json.dumps(candidates(value)),
        "as_told": int(value.as_told),
    }


def candidates(value: Attribution) -> list[Row]:
    """Return who could have made a call, with the evidence; ages in seconds."""
    return [_candidate(candidate) for candidate in value.candidates]


def _candidate(value: Candidate) -> Row:
    return {
        "lease_id": value.lease.id,
        "visitor_id": value.lease.visitor,
        "state": value.state.value,
        "heartbeat_age": round(value.heartbeat_age.total_seconds(), 3),
        "tap_age": None if value.tap_age is None else round(value.tap_age.total_seconds(), 3),
        "used_by": value.used_by,
        "seen_before": value.seen_before,
        "weight": float(f"{value.weight:.4g}"),  # a visitor of last week weighs little, and not nothing
        "share": round(value.share, 4),
    }


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
