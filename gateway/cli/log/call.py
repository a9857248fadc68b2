"""`leaseline call`: the call log, and whose call each was."""

import sys
from time import sleep

import click

from gateway.cli.log.evidence import in_short, show_attribution
from gateway.cli.log.rows import call_row, call_with_pages
from gateway.cli.shell.errors import Fault, nothing_named
from gateway.cli.shell.options import json_option, limit_option, read_moment, utc_now
from gateway.cli.shell.output import Row, as_json_value, as_row, show, show_one
from gateway.cli.shell.store import open_config, open_store
from gateway.service import calls
from gateway.service.calls import ExplainedCall
from gateway.store import Change, LoggedAttribution, Told

COLUMNS = (
    "start_time", "customer_phone_number", "tracking_phone_number", "state", "contested", "likelihood", "ghost",
    "source", "medium", "campaign", "keywords", "landing_variant", "returning", "device_type",
    "answered", "disposition", "talk_time", "destination", "id",
)  # fmt: skip


CHANGES = ("id", "start_time", "was", "is")
FIELDS = ("id", "start_time", "customer_phone_number", "tracking_phone_number")  # beside the attribution's
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
    found = calls.calls(open_store(open_config(), read_only=True), limit)
    show([call_row(one) for one in found], COLUMNS, as_json, empty)


@call.command("show")
@click.argument("call_id", metavar="ID")
@json_option
def show_call(call_id: str, as_json: bool) -> None:
    """Show one call: whose it was, how sure that is, and who else it could have been."""
    found = calls.call(open_store(open_config(), read_only=True), call_id)
    if found is None:
        raise nothing_named("call", call_id)
    show_one(call_with_pages(found), as_json)


@call.command("explain")
@click.argument("call_id", metavar="ID")
@json_option
def explain_call(call_id: str, as_json: bool) -> None:
    """Say whose call it was and why: every candidate, with its evidence and weight.

    If the weights in config.toml have changed since, or a tap arrived late, says what it would be today.
    """
    config = open_config()
    found = calls.explain(open_store(config, read_only=True), config.attribution.weights, call_id)
    if found is None:
        raise nothing_named("call", call_id)
    if as_json:
        show_one(_explained_row(found), as_json)
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
    store, weights = open_store(config, read_only=dry_run), config.attribution.weights
    chosen = calls.choose(store, weights, call_ids, read_moment(moment) if moment else None)
    if chosen.unknown:
        raise nothing_named("call", *chosen.unknown)
    changes: list[Change] = []
    with click.progressbar(
        length=chosen.total, label="Attributing", file=sys.stderr, hidden=chosen.total < MANY
    ) as bar:
        for batch in chosen.batches:
            changes += (
                calls.compare(store, weights, batch) if dry_run
                else calls.reattribute(store, weights, batch, utc_now())
            )  # fmt: skip
            bar.update(len(batch))
            sleep(0 if dry_run else GIVE_WAY)
    if changes or as_json:
        show([_change(one) for one in changes], CHANGES, as_json, "")
    click.echo(f"{len(changes)} of {chosen.total} call(s) {'would change' if dry_run else 'changed'}", err=as_json)


def _change(change: Change) -> Row:
    return {
        "id": change.call_id,
        "start_time": as_json_value(change.start_time),
        "was": in_short(change.before),
        "is": in_short(change.now),
        "attribution_reason": change.now.attribution_reason,
    }


def _explained_row(found: ExplainedCall) -> Row:
    """Return a call's attribution with all that is known of it; `today` is None where it would be the same."""
    call = found.call
    return {
        **{name: as_json_value(getattr(call, name)) for name in FIELDS},
        **as_row(call.attribution),
        "told": as_json_value(found.told),
        "today": as_json_value(found.today),
        "before": [{"until": as_json_value(one.until), **as_row(one.attribution)} for one in found.before],
    }


def _explain(found: ExplainedCall) -> None:
    call, told = found.call, found.told
    caller = call.customer_phone_number or "a withheld number"
    click.echo(f"{call.tracking_phone_number}, called by {caller} at {as_json_value(call.start_time)}")
    show_attribution(call.attribution)
    if told and not _is_as_logged(told, call.attribution):
        click.echo(f"  told         {told.state}, lease {told.lease_id or 'none'}: what the CDR carries")
    for one in found.before:
        click.echo(f"  before       {in_short(one.attribution)}, until {as_json_value(one.until)}")
    if found.today:
        click.echo("By the weights and the log of today it would be (`leaseline call reattribute` makes it so):")
        show_attribution(found.today)


def _is_as_logged(told: Told, logged: LoggedAttribution) -> bool:
    return (told.state, told.lease_id) == (logged.state.value, logged.lease_id)
