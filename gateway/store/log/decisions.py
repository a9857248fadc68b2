"""What a decision is made from: the number, who could have it in mind, and what speaks for each. Bounded reads."""

from datetime import datetime

from gateway.core import numbers
from gateway.core.calls.attribution import MOST_CANDIDATES, TAP_LATE, Facts, Weights
from gateway.core.leasing.leases import Lease
from gateway.core.numbers import Dialled, Kind, OwnNumber
from gateway.store import rows
from gateway.store.leasing.limits import Run
from gateway.store.rows import from_ms, to_ms
from gateway.store.sql import decisions as sql


def facts(run: Run, dialled: Dialled, caller: str | None, at: datetime, weights: Weights) -> Facts:
    """Return all that is known for a call to `dialled` at a moment; of later calls nothing."""
    return facts_of(run, own_number(run, dialled), caller, at, weights)


def facts_of(run: Run, number: OwnNumber | None, caller: str | None, at: datetime, weights: Weights) -> Facts:
    """Return all that is known for a call to a number of ours, or (None) to none, at a moment."""
    earlier = _earlier(run, number, caller, at, weights) if caller and number else ()
    if number is None or number.kind is not Kind.POOL:
        return Facts(number, (), earlier)
    values = {
        "number": number.e164,
        "caller": caller,
        "at": to_ms(at),
        "over": to_ms(at - number.cooldown),
        "tap_from": to_ms(at - weights.tap_window),
        "tap_until": to_ms(at + TAP_LATE),
        "sure": weights.repeat_from,
        "limit": MOST_CANDIDATES,
    }
    found = run(sql.LEASES_ON_NUMBER, values)
    return Facts(
        number,
        tuple(rows.lease(row) for row in found),
        earlier,
        taps={row["id"]: from_ms(row["tapped_at"]) for row in found if row["tapped_at"] is not None},
        used={row["id"]: row["used_by"] for row in found if row["used_by"]},
    )


def own_number(run: Run, dialled: Dialled) -> OwnNumber | None:
    """Return the number of ours that was dialled."""
    for form in dialled.forms:
        found = run(sql.NUMBER_BY_E164, {"e164": form})
        if found:
            return rows.own_number(found[0])
    return _by_tail(run, dialled.digits)


def was_leased(run: Run, number: str) -> bool:
    """Return whether any visitor ever had a number, whatever the clock said then."""
    return bool(run(sql.ANY_LEASE, {"number": number}))


def may_be_ours(run: Run, digits: str) -> bool:
    """Return whether dialled digits may mean a number of ours, or a page's own, which may come in by the same trunk."""
    low = digits[-numbers.MIN_PARTIAL :][::-1]
    found = run(sql.NUMBERS_BY_TAIL, {"low": low, "high": f"{low}:"})
    return any(numbers.may_be(digits, row["e164"]) for row in [*found, *run(sql.OWN_OF_PAGES, {})])


def _by_tail(run: Run, digits: str) -> OwnNumber | None:
    """Return the number that ends in the digits, when there is exactly one: a guess is no attribution."""
    tail = numbers.tail(digits)
    if tail is None:
        return None
    low = tail[::-1]
    found = run(sql.NUMBER_BY_TAIL, {"low": low, "high": f"{low}:"})  # ':' follows '9'
    return rows.own_number(found[0]) if len(found) == 1 else None


def _earlier(run: Run, number: OwnNumber, caller: str, at: datetime, weights: Weights) -> tuple[Lease, ...]:
    values = {
        "number": number.e164,
        "caller": caller,
        "at": to_ms(at),
        "sure": weights.repeat_from,
        "limit": MOST_CANDIDATES,
    }
    return tuple(rows.lease(row) for row in run(sql.EARLIER_LEASES, values))
