"""`leaseline explain`: what would happen to a call, and why."""

import click

from gateway.cli.log.evidence import show_attribution
from gateway.cli.shell.options import json_option, read_moment, utc_now
from gateway.cli.shell.output import Row, as_row, show_one
from gateway.cli.shell.store import open_config, open_store
from gateway.config import Config
from gateway.core.calls.attribution import State
from gateway.core.calls.call import InboundCall
from gateway.core.calls.routing import Decision, Hop, Plan
from gateway.service.calls import decide
from gateway.store import LoggedAttribution


@click.command()
@click.argument("number")
@click.option("--caller", default="", help="The caller's number; leave it out for a withheld one.")
@click.option("--at", "moment", default=None, help="When the call begins (ISO 8601); default: now.")
@click.option("--trunk", default="", help="The trunk that delivers the call; it decides on the country.")
@json_option
def explain(number: str, caller: str, moment: str | None, trunk: str, as_json: bool) -> None:
    """Say what would happen to a call to NUMBER, and why. Changes nothing."""
    config = open_config()
    at = read_moment(moment) if moment else utc_now()
    store = open_store(config, read_only=True)
    decision = decide(store, config.routes(), InboundCall("explain", number, trunk, caller, at))
    attribution = LoggedAttribution.of(decision.call.attribution)
    if as_json:
        show_one(_row(decision, attribution), as_json)
        return
    click.echo(_calling(decision))
    show_attribution(attribution)
    for line in _ringing(decision, config):
        click.echo(line)


def _row(decision: Decision, attribution: LoggedAttribution) -> Row:
    call = decision.call
    return {
        "tracking_phone_number": call.tracking_phone_number,
        "customer_phone_number": call.customer_phone_number,
        **as_row(attribution),
        "refused": decision.plan.refuse,
        "destination": None if decision.plan.refuse else call.destination or None,
        "hops": [{"ring": list(hop.targets), "seconds": hop.ring} for hop in _rung(decision.plan)],
    }


def _rung(plan: Plan) -> tuple[Hop, ...]:
    return () if plan.refuse else plan.hops


def _calling(decision: Decision) -> str:
    call = decision.call
    return (
        f"{call.tracking_phone_number}, called by {call.customer_phone_number or 'a withheld number'} "
        f"at {call.start_time:%Y-%m-%d %H:%M:%S} UTC"
    )


def _ringing(decision: Decision, config: Config) -> list[str]:
    plan = decision.plan
    if plan.refuse:
        key = 'unknown = "refuse"' if plan.state == State.UNKNOWN.value else "refuse_unleased"
        return [f"  refused      before it is answered, and nothing rings: [routing] {key}"]
    lines = [f"  destination  {plan.destination or 'none'}"]
    lines += [f"  rings        {' and '.join(hop.targets)} for {hop.ring} s" for hop in plan.hops]
    return [*lines, f"  then         the dialplan's fallback, {config.pbx.fallback}"]
