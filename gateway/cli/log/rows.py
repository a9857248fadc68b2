"""Calls and leases in the field names that the owner reads, as `--json` prints them."""

from gateway.cli.shell.output import Row, as_json_value, as_row
from gateway.core.leasing.leases import Phase
from gateway.service.calls import TracedCall
from gateway.store import ListedLease

SOURCE_FIELDS = ("source", "medium", "keywords", "channel")
VISIT_FIELDS = (
    *SOURCE_FIELDS, "landing_page_url", "landing_variant", "referring_url", "device_type", "returning", "tags",
)  # fmt: skip
NESTED = ("attribution", "visit", "pages")


def call_row(traced: TracedCall) -> Row:
    """Return a call of the log."""
    row = as_row(traced.call)
    own = {name: row[name] for name in row if name not in NESTED}
    return {**own, **as_row(traced.call.attribution), **_visit(traced), "campaign": traced.campaign}


def call_with_pages(traced: TracedCall) -> Row:
    """Return a call of the log, with the pages that its visitor looked at."""
    return {**call_row(traced), "pages": as_json_value(traced.call.pages)}


def _visit(traced: TracedCall) -> Row:
    """Return what is known of the visit that made the call; what is not known is None."""
    visit, came = traced.call.visit, traced.came
    if visit is None or came is None:
        return dict.fromkeys(VISIT_FIELDS)
    return {
        **{name: getattr(came, name) or None for name in SOURCE_FIELDS},
        **{name: getattr(visit, name) for name in VISIT_FIELDS if name not in SOURCE_FIELDS},
        **visit.parameters,
    }


def lease_row(listed: ListedLease) -> Row:
    """Return a lease of the list."""
    lease = listed.lease
    times = ("started_at", "last_seen_at", "expires_at", "ended_at")
    return {
        "lease_id": lease.id,
        "number": lease.number,
        "pool": listed.pool,
        "state": "expired" if listed.phase is Phase.FREE else listed.phase,
        "choice": listed.choice,
        "visitor_id": lease.visitor,
        **{name: as_json_value(getattr(lease, name)) for name in times},
        "campaign": listed.campaign,
        "landing_page_url": listed.landing_page_url,
        "referring_url": listed.referring_url,
    }
