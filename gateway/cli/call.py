"""`leaseline call`: the call log."""

import click

from gateway.cli.common import Fault, json_option, limit_option, open_reports, show, show_one

COLUMNS = (
    "start_time", "customer_phone_number", "tracking_phone_number", "state", "contested", "likelihood", "ghost",
    "source", "medium", "campaign", "keywords", "returning", "device_type", "answered", "talk_time", "destination",
    "id",
)  # fmt: skip


@click.group()
def call() -> None:
    """Read the call log."""


@call.command("list")
@limit_option
@json_option
def list_calls(limit: int, as_json: bool) -> None:
    """List the newest calls."""
    empty = "No calls yet. `leaseline doctor` says whether the switch can ask us, and whether we can read its CDRs."
    show(open_reports().calls(limit), COLUMNS, as_json, empty)


@call.command("show")
@click.argument("call_id", metavar="ID")
@json_option
def show_call(call_id: str, as_json: bool) -> None:
    """Show one call: whose it was, how sure that is, and who else it could have been."""
    found = open_reports().call(call_id)
    if found is None:
        raise Fault(f"there is no call {call_id!r}: `leaseline call list` lists them")
    show_one(found, as_json)
