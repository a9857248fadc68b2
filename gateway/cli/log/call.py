"""`leaseline call`: the call log, and whose call each was."""

import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from time import sleep

import click

from gateway.cli.log.evidence import attribution_of, in_short, show_attribution
from gateway.cli.shell.errors import Fault, nothing_named
from gateway.cli.shell.options import json_option, limit_option, read_moment, utc_now
from gateway.cli.shell.output import Row, show, show_one
from gateway.cli.shell.store import open_config, open_store
from gateway.service.referrers import referrers
from gateway.store import Change, PastCalls, Store
from gateway.store.rows import from_ms

COLUMNS = (
    "start_time", "customer_phone_number", "tracking_phone_number", "state", "contested", "likelihood", "ghost",
    "source", "medium", "campaign", "keywords", "landing_variant", "returning", "device_type",
    "answered", "disposition", "talk_time", "destination", "id",
)  # fmt: skip


CHANGES = ("id", "start_time", "was", "is")
FIELDS = (
    "id", "start_time", "customer_phone_number", "tracking_phone_number", "state", "contested", "lease_id",
    "likelihood", "attribution_reason", "candidates",
)  # fmt: skip
GIVE_WAY = 0.05  # seconds between transactions, in which visitors come to their leases (seen without: 1 in 10 did not)
MANY = 200  # calls, from which on one wants to see that something happens


@click.group()
def call() -> None:
    """Read the call log, and say whose call each was."""


@call.command("list")
@limit_option
@json_option
def list_calls(limit: int, as_json: bool) -> None:
    """List the newest calls."""
    empty = "No calls yet. `leaseline doctor` says whether the switch can ask us, and whether we can read its CDRs."
    show(open_store(open_config(), read_only=True).reports.calls(referrers(), limit), COLUMNS, as_json, empty)


@call.command("show")
@click.argument("call_id", metavar="ID")
@json_option
def show_call(call_id: str, as_json: bool) -> None:
    """Show one call: whose it was, how sure that is, and who else it could have been."""
    show_one(_the_call(open_store(open_config(), read_only=True), call_id), as_json)


@call.command("explain")
@click.argument("call_id", metavar="ID")
@json_option
def explain_call(call_id: str, as_json: bool) -> None:
    """Say whose call it was and why: every candidate, with its evidence and weight.

    If the weights in config.toml have changed since, or a tap arrived late, says what it would be today.
    """
    config = open_config()
    store = open_store(config, read_only=True)
    found = _explained(_the_call(store, call_id), store.past_calls(config.attribution.weights))
    if as_json:
        show_one(found, as_json)
    else:
        _explain(found)


@call.command()
@click.argument("call_ids", nargs=-1, metavar="[ID]...")
@click.option("--since", "moment", default=None, help="All calls that began at this time or later (ISO 8601).")
@click.option(
    "--dry-run", is_flag=True, help="Only say what would change, given what the log says of earlier calls now."
)
@json_option
def reattribute(call_ids: tuple[str, ...], moment: str | None, dry_run: bool, as_json: bool) -> None:
    """Attribute past calls again, after a change of [attribution] in config.toml.

    Leases, taps and earlier calls count as they were when a call began. A call changes if its state, its lease or the
    contested flag differs, or if its likelihood moves by 0.005 or more. The old answer is kept: see `call explain`.

    Some calls stay as they are: calls known from the CDR alone, as their evidence is gone; calls to numbers that were
    not ours or have changed their kind; calls to source and static numbers. Where a call went never changes, and
    neither does what its destination was told.
    """
    if bool(call_ids) == bool(moment):
        raise Fault("which calls? Name their IDs, or all from a moment on: --since 2026-11-01")
    config = open_config()
    past = open_store(config, read_only=dry_run).past_calls(config.attribution.weights)
    batches, total = _batches(past, call_ids, read_moment(moment) if moment else None)
    changes: list[Change] = []
    with click.progressbar(length=total, label="Attributing", file=sys.stderr, hidden=total < MANY) as bar:
        for batch in batches:
            changes += past.look(batch) if dry_run else past.attribute(batch, utc_now())
            bar.update(len(batch))
            sleep(0 if dry_run else GIVE_WAY)
    if changes or as_json:
        show([_change(one) for one in changes], CHANGES, as_json, "")
    click.echo(f"{len(changes)} of {total} call(s) {'would change' if dry_run else 'changed'}", err=as_json)


def _the_call(store: Store, call_id: str) -> Row:
    found = store.reports.call(call_id, referrers())
    if found is None:
        raise nothing_named("call", call_id)
    return found


def _batches(past: PastCalls, call_ids: Sequence[str], since: datetime | None) -> tuple[Iterable[list[str]], int]:
    """Return the calls in batches, and how many they are. Raises Fault where there is no such call."""
    if since:
        return past.since(since), past.count(since)
    batches = past.named(call_ids)
    gone = sorted({*call_ids}.difference(*batches))
    if gone:
        raise nothing_named("call", *gone)
    return batches, len({*call_ids})


def _change(change: Change) -> Row:
    before, now = attribution_of(change.before), attribution_of(change.now)
    return {
        "id": change.call_id,
        "start_time": change.start_time.isoformat(timespec="milliseconds"),
        "was": in_short(before),
        "is": in_short(now),
        "attribution_reason": now["attribution_reason"],
    }


def _explained(found: Row, past: PastCalls) -> Row:
    """Return a call's attribution with all that is known of it; `today` is None where it would be the same."""
    state, lease = past.told(found["id"])
    today = past.today(found["id"])
    return {
        **{name: found[name] for name in FIELDS},
        "told": {"state": state, "lease_id": lease or None} if state else None,
        "today": attribution_of(today) if today else None,
        "before": [
            {"until": from_ms(row["changed_at"]).isoformat(timespec="milliseconds"), **attribution_of(row)}
            for row in past.before(found["id"])
        ],
    }


def _explain(found: Row) -> None:
    caller = found["customer_phone_number"] or "a withheld number"
    click.echo(f"{found['tracking_phone_number']}, called by {caller} at {found['start_time']}")
    show_attribution(found)
    told = found["told"]
    if told and (told["state"], told["lease_id"]) != (found["state"], found["lease_id"]):
        click.echo(f"  told         {told['state']}, lease {told['lease_id'] or 'none'}: what the CDR carries")
    for row in found["before"]:
        click.echo(f"  before       {in_short(row)}, until {row['until']}")
    if found["today"]:
        click.echo("By the weights and the log of today it would be (`leaseline call reattribute` makes it so):")
        show_attribution(found["today"])
