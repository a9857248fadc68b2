"""What a store answers, in the field names that the owner reads: as the commands print it with --json."""

from datetime import datetime

from gateway.cli.log.rows import call_row, call_with_pages, lease_row
from gateway.cli.manage.rows import pool_row
from gateway.cli.shell.output import Row, as_row
from gateway.service import calls
from gateway.store import Store


def asked_calls(store: Store, limit: int = calls.LIMIT) -> list[Row]:
    """Return the newest calls."""
    return [call_row(one) for one in calls.calls(store, limit)]


def asked_call(store: Store, call_id: str) -> Row | None:
    """Return one call, with its pages."""
    found = calls.call(store, call_id)
    return call_with_pages(found) if found else None


def asked_leases(store: Store, now: datetime, number: str = "", limit: int = calls.LIMIT) -> list[Row]:
    """Return the newest leases, of a number where one is named."""
    return [lease_row(one) for one in store.reports.leases(now, number=number, limit=limit)]


def asked_numbers(store: Store, now: datetime) -> list[Row]:
    """Return the numbers."""
    return [as_row(one) for one in store.reports.numbers(now)]


def asked_retired(store: Store, now: datetime) -> list[Row]:
    """Return the retired numbers."""
    return [as_row(one) for one in store.reports.retired(now)]


def asked_pools(store: Store, now: datetime) -> list[Row]:
    """Return the pools."""
    return [pool_row(one) for one in store.reports.pools(now)]
