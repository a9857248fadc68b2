"""`leaseline pool simulate`: what policies make of made-up traffic, and whether our likelihoods are honest."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

import click
from rich.progress import Progress

from gateway.cli.arrivals import read_arrivals
from gateway.cli.common import json_option, show
from gateway.cli.sizing import DEFAULT, SHARE, time_option
from gateway.core.reliability import Claim, brier, tenths
from gateway.core.simulation import (
    Arrival,
    Contender,
    Crowd,
    Tally,
    Visit,
    When,
    by_exponential,
    by_law,
    by_lognormal,
    make_visits,
    play,
    some_days_later,
    visits_of,
)
from gateway.core.sizing import LAW, MOST_NUMBERS, Traffic, smallest
from gateway.store.simulated import START, SimulatedLedger

COLUMNS = ("visits_an_hour", "numbers", "policy", "visitors_with_own", "calls_right", "claims_right", "likelihood")
NEEDED_COLUMNS = ("visits_an_hour", "policy", "numbers_needed", "times_ours")
RELIABILITY_COLUMNS = ("law", "likelihood", "calls", "claimed", "right", "brier")
OURS = "leaseline"
Make = Callable[[int, str], list[Visit]]
"""Makes the visits of so many an hour, who call by a law."""
LAWS: dict[str, When] = {
    "model": by_law(LAW),
    "exponential": by_exponential(timedelta(minutes=8)),
    "lognormal": by_lognormal(timedelta(minutes=5), 1.2),
    "days": some_days_later(LAW, 0.1),
}


@dataclass(frozen=True, slots=True)
class Game:
    """A pool, the traffic that it gets, and who plays it."""

    visits_an_hour: int
    numbers: int
    law: str
    contender: Contender


def _contenders() -> list[Contender]:
    none = replace(DEFAULT, cooldown=timedelta())
    return [
        Contender(OURS, DEFAULT),
        Contender("by lot, no cooldown", none, by_lot=True),
        Contender("hard cooldown of 7 days", replace(DEFAULT, hard=True)),
        Contender("20 minutes, no heartbeats", none, fixed=True),
        Contender("leased on load, not on view", DEFAULT, on_load=True),
        Contender("no provisional lease", replace(DEFAULT, provisional=DEFAULT.length)),
    ]


def _whole_numbers(_ctx: click.Context, _parameter: click.Parameter, value: str) -> list[int]:
    try:
        found = [int(text) for text in value.split(",")]
    except ValueError:
        found = []
    if not found or min(found) < 1 or max(found) > MOST_NUMBERS:
        raise click.BadParameter("write whole numbers with commas between them: 5,10,20")
    return found


@click.command()
@click.option(
    "--visits-an-hour", default="100", show_default=True, callback=_whole_numbers, help="One or more: 20,100,500."
)
@click.option(
    "--numbers", default="5,10,20,50,100", show_default=True, callback=_whole_numbers, help="Sizes of the pool."
)
@time_option
@click.option(
    "--visits", type=click.IntRange(1, 1_000_000), default=600, show_default=True, help="Visits to each pool."
)
@click.option("--calls", type=SHARE, default=0.5, show_default=True, help="Share of the visitors who stay that calls.")
@click.option("--law", type=click.Choice(list(LAWS)), default="model", show_default=True, help="When they call.")
@click.option(
    "--arrivals",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file of `lease export`: its visits in place of made-up ones; only their calls are made up.",
)
@click.option(
    "--reliability", is_flag=True, help="Print how honest the likelihoods are, by every law, for our policy only."
)
@click.option("--needed", type=SHARE, help="Print how many numbers each policy needs for this share of visitors: 0.99.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed brings the same table.")
@json_option
def simulate(
    visits_an_hour: list[int],
    numbers: list[int],
    time_on_site: timedelta,
    visits: int,
    calls: float,
    law: str,
    arrivals: Path | None,
    reliability: bool,
    needed: float | None,
    seed: int,
    as_json: bool,
) -> None:
    """Compare pool policies on made-up traffic, in a database in memory; nothing of yours is touched.

    Each policy sees the same visits and calls, and drives the product's own ledger and attribution. Calls are looked up
    7 days back for every policy. `calls_right` is the share of all calls that named the right visitor, `claims_right`
    that of the calls that named one, and `likelihood` how sure these were.

    Three visitors in ten leave within 10 seconds and never call, one in ten is cut off without a goodbye. For two who
    see the number there is one who does not, and takes one only where it is leased on load. A pool begins with numbers
    that nobody was ever shown: within its first 7 days a hard cooldown gives none of them out twice.
    """
    recorded = read_arrivals(arrivals) if arrivals else []
    visits_an_hour = [_an_hour(recorded)] if recorded else visits_an_hour

    def make(hourly: int, law: str) -> list[Visit]:
        draw = random.Random(seed).random  # noqa: S311  no secret: made-up visits, the same to all
        if recorded:
            return visits_of(recorded, calls, LAWS[law], draw)
        return make_visits(Traffic(hourly, time_on_site), Crowd(visits, calls), LAWS[law], draw)

    if needed:
        rows = [row for hourly in visits_an_hour for row in _needed(hourly, law, make(hourly, law), needed, seed)]
        show(rows, NEEDED_COLUMNS, as_json, "")
        return
    contenders, laws = ([Contender(OURS, DEFAULT)], list(LAWS)) if reliability else (_contenders(), [law])
    games = [Game(*one) for one in product(visits_an_hour, numbers, laws, contenders)]
    played = list(_played(games, make, seed, quiet=as_json))
    if reliability:
        rows = [row for name in laws for row in _tenths(name, played)]
        show(rows, RELIABILITY_COLUMNS, as_json, "No call was claimed.")
    else:
        show([_row(game, tally) for game, tally in played], COLUMNS, as_json, "")


def _an_hour(arrivals: Sequence[Arrival]) -> int:
    hours = (arrivals[-1].arrives - arrivals[0].arrives) / timedelta(hours=1)
    return round(len(arrivals) / hours) if hours else len(arrivals)


def _played(games: Sequence[Game], make: Make, seed: int, *, quiet: bool) -> Iterator[tuple[Game, Tally]]:
    with Progress(transient=True, disable=quiet) as progress:
        for game in progress.track(games, description="Simulating .."):
            yield game, _play(game, make(game.visits_an_hour, game.law), seed + 1)


def _needed(hourly: int, law: str, visits: Sequence[Visit], share: float, seed: int) -> Iterator[dict[str, Any]]:
    """Yield the numbers that each policy needs until that share of visitors has one of their own."""
    seeing = sum(visit.sees for visit in visits)
    ours = 0
    for contender in _contenders():

        def enough(numbers: int, contender: Contender = contender) -> bool:
            return _play(Game(hourly, numbers, law, contender), visits, seed + 1).own >= share * seeing

        found = smallest(enough) or 0  # a number for each visit is always enough
        ours = ours or found
        name, ratio = contender.name, round(found / ours, 1)
        yield {"visits_an_hour": hourly, "policy": name, "numbers_needed": found, "times_ours": ratio}


def _play(game: Game, visits: Sequence[Visit], seed: int) -> Tally:
    ledger = SimulatedLedger(game.numbers, game.contender.policy)
    try:
        draw = random.Random(seed).random  # noqa: S311  as above
        return play(ledger, ledger.pool, visits, START, game.contender, draw)
    finally:
        ledger.store.close()


def _row(game: Game, tally: Tally) -> dict[str, Any]:
    return {
        "visits_an_hour": game.visits_an_hour,
        "numbers": game.numbers,
        "policy": game.contender.name,
        "visits": tally.visits,
        "calls": tally.calls,
        "visitors_with_own": _share(tally.own, tally.visits),
        "calls_right": _share(tally.right, tally.calls),
        "claims_right": _share(tally.right, len(tally.claims)),
        "likelihood": _share(sum(likelihood for likelihood, _ in tally.claims), len(tally.claims)),
    }


def _tenths(law: str, played: Sequence[tuple[Game, Tally]]) -> Iterator[dict[str, Any]]:
    claims: list[Claim] = [claim for game, tally in played if game.law == law for claim in tally.claims]
    for one in tenths(claims):
        tenth = min(int(one.claimed * 10), 9)
        yield {
            "law": law,
            "likelihood": f"{tenth / 10:.1f} to {(tenth + 1) / 10:.1f}",
            "calls": one.calls,
            "claimed": round(one.claimed, 3),
            "right": round(one.right, 3),
            "brier": round(brier(claims), 4),
        }


def _share(part: float, whole: int) -> float | None:
    return round(part / whole, 3) if whole else None
