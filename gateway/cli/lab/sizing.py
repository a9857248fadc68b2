"""`leaseline pool size`: how many numbers a pool needs."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import click

from gateway.cli.shell.errors import Fault
from gateway.cli.shell.options import json_option
from gateway.cli.shell.output import show
from gateway.core.leasing.leases import Policy
from gateway.core.times import seconds
from gateway.lab import sizing
from gateway.lab.sizing import DAY_HOURS, LAW, Advice, Traffic

COLUMNS = ("advice", "numbers", "visitors_with_own", "calls_right")
DEFAULT = Policy()
Command = Callable[..., None]
SHARE = click.FloatRange(0, 1, min_open=True, max_open=True)


def _seconds(_ctx: click.Context, _parameter: click.Parameter, value: int) -> timedelta:
    return timedelta(seconds=value)


def duration_option(name: str, most: int, default: timedelta, text: str) -> Callable[[Command], Command]:
    """Return an option of so many seconds at the most."""
    return click.option(
        name, type=click.IntRange(0, most), default=seconds(default), show_default=True, callback=_seconds, help=text
    )


time_option = duration_option(
    "--time-on-site", 86_400, timedelta(minutes=5), "Seconds that a visitor stays on the site."
)


@click.command()
@click.argument("visits", type=click.FloatRange(0, 1_000_000, min_open=True), metavar="VISITS_AN_HOUR")
@time_option
@click.option("--visits-a-day", type=click.FloatRange(0), help=f"[default: {DAY_HOURS} times VISITS_AN_HOUR]")
@duration_option("--cooldown", 31_536_000, DEFAULT.cooldown, "Seconds.")
@click.option("--hard", is_flag=True, help="Never give out a number that is still cooling.")
@click.option(
    "--own", type=SHARE, default=0.99, show_default=True, help="Wanted share of visitors with their own number."
)
@click.option("--right", type=SHARE, default=0.9, show_default=True, help="Wanted share of calls attributed right.")
@json_option
def size(
    visits: float,
    time_on_site: timedelta,
    visits_a_day: float | None,
    cooldown: timedelta,
    hard: bool,
    own: float,
    right: float,
    as_json: bool,
) -> None:
    """Say how many numbers a pool needs, for the visits of its busiest hour.

    Beside each number, whether of a tracker's rule of thumb or of our own model, stands what it is good for by the
    model: Poisson arrivals, the closed-browser delay, and callers who call late with a long tail. `pool simulate` tries
    it out.
    """
    traffic, policy = Traffic(visits, time_on_site), replace(DEFAULT, cooldown=cooldown, hard=hard)
    rules = sizing.rules_of_thumb(traffic, policy.closed_browser_delay, visits_a_day or DAY_HOURS * visits)
    rows = [_good_for(one, traffic, policy) for one in [*rules, *_by_model(traffic, policy, own, right)]]
    show(rows, COLUMNS, as_json, "")


def _by_model(traffic: Traffic, policy: Policy, own: float, right: float) -> Iterator[Advice]:
    wanted = (
        (
            f"model: {own:.1%} of visitors with a number of their own",
            lambda it: sizing.served(it, traffic, policy) >= own,
        ),
        (f"model: {right:.1%} of calls right", lambda it: sizing.attributed(it, traffic, policy, LAW) >= right),
    )
    for name, good in wanted:
        found = sizing.smallest(good)
        if found is None:
            raise Fault(
                f"{name.removeprefix('model: ')}: {sizing.MOST_NUMBERS:,} numbers are not enough; want a smaller share"
            )
        yield Advice(name, found)


def _good_for(advice: Advice, traffic: Traffic, policy: Policy) -> dict[str, Any]:
    return {
        "advice": advice.advice,
        "numbers": advice.numbers,
        "visitors_with_own": round(sizing.served(advice.numbers, traffic, policy), 3),
        "calls_right": round(sizing.attributed(advice.numbers, traffic, policy, LAW), 3),
    }
