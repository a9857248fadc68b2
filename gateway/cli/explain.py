"""`leaseline explain`: what would happen to a call, and why."""

import click

from gateway.cli.common import json_option, open_config, open_ledger, read_moment, show_one, utc_now
from gateway.config import Config
from gateway.core.calls import InboundCall
from gateway.core.routing import Decision, decide


@click.command()
@click.argument("number")
@click.option("--caller", default="", help="The caller's number; none: withheld.")
@click.option("--at", "moment", default=None, help="When the call begins (ISO 8601); default: now.")
@click.option("--trunk", default="", help="The trunk that delivers the call, for its country.")
@json_option
def explain(number: str, caller: str, moment: str | None, trunk: str, as_json: bool) -> None:
    """Say what would happen to a call to NUMBER, and why. Changes nothing."""
    config = open_config()
    at = read_moment(moment) if moment else utc_now()
    ledger = open_ledger(config, read_only=True)
    decision = decide(ledger, config.routes(), InboundCall("explain", number, trunk, caller, at))
    if as_json:
        show_one(_row(decision), as_json)
    else:
        for line in _words(decision, config):
            click.echo(line)


def _row(decision: Decision) -> dict[str, object]:
    call = decision.call
    return {
        "tracking_phone_number": call.tracking_phone_number,
        "customer_phone_number": call.customer_phone_number,
        "state": call.attribution.state.value,
        "lease_id": call.attribution.lease or None,
        "likelihood": call.attribution.likelihood,
        "contested": call.attribution.contested,
        "attribution_reason": call.attribution.reason,
        "destination": call.destination or None,
        "hops": [{"ring": list(hop.targets), "seconds": hop.ring} for hop in decision.plan.hops],
    }


def _words(decision: Decision, config: Config) -> list[str]:
    call = decision.call
    attribution = call.attribution
    lines = [
        f"{call.tracking_phone_number}, called by {call.customer_phone_number or 'a withheld number'} "
        f"at {call.start_time:%Y-%m-%d %H:%M:%S} UTC",
        f"  state        {attribution.state.value}{', contested' if attribution.contested else ''}",
        f"  why          {attribution.reason}",
    ]
    for place, candidate in enumerate(attribution.candidates, start=1):
        lines.append(
            f"  candidate {place}  lease {candidate.lease.id} ({candidate.state.value}), visitor "
            f"{candidate.lease.visitor}, weight {candidate.weight:.3f}"
        )
    if attribution.likelihood is not None:
        lines.append(f"  likelihood   {attribution.likelihood:.2f} that it is lease {attribution.lease}")
    return [*lines, *_ringing(decision, config)]


def _ringing(decision: Decision, config: Config) -> list[str]:
    plan = decision.plan
    lines = [f"  destination  {plan.destination or 'none'}"]
    lines += [f"  rings        {' and '.join(hop.targets)} for {hop.ring} s" for hop in plan.hops]
    return [*lines, f"  then         the dialplan's fallback, {config.pbx.fallback}"]
