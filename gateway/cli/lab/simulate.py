"""`leaseline pool simulate`: what policies make of made-up traffic, and whether our likelihoods are honest."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

import click
from rich.progress import Progress

from gateway.cli.lab import plot
from gateway.cli.lab.arrivals import read_arrivals
from gateway.cli.lab.sizing import SHARE, time_option
from gateway.cli.shell.errors import Fault
from gateway.cli.shell.options import json_option
from gateway.cli.shell.output import show
from gateway.lab.arrivals import LAWS, Arrival
from gateway.lab.games import CONTENDERS, Game, Traces
from gateway.lab.reliability import Claim, brier, tenths
from gateway.lab.simulation import Tally
from gateway.lab.sizing import MOST_NUMBERS, smallest

COLUMNS = ("visits_an_hour", "numbers", "policy", "visitors_with_own", "calls_right", "claims_right", "likelihood")
NEEDED_COLUMNS = ("visits_an_hour", "policy", "numbers_needed", "times_ours")
RELIABILITY_COLUMNS = ("law", "likelihood", "calls", "claimed", "right", "brier")
Played = Sequence[tuple[Game, Tally]]


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
@click.option(
    "--calls",
    type=SHARE,
    default=0.5,
    show_default=True,
    help="Share of the visitors who call, among those who stay the usual time.",
)
@click.option("--law", type=click.Choice(list(LAWS)), default="model", show_default=True, help="When they call.")
@click.option(
    "--arrivals",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file of `lease export`: its visits in place of made-up ones; only their calls are made up.",
)
@click.option(
    "--reliability", is_flag=True, help="Print how honest the likelihoods are, by every law, for our policy only."
)
@click.option(
    "--needed", type=SHARE, help="Print how many numbers each policy needs to serve this share of visitors: 0.99."
)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed brings the same table.")
@click.option(
    "--plot",
    "picture",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Draw the table into this file as well (.png, .svg or .pdf; needs leaseline[plot]).",
)
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
    picture: Path | None,
    as_json: bool,
) -> None:
    """Compare pool policies on made-up traffic, in a database in memory; nothing of yours is touched.

    Each policy sees the same visits and calls, and drives the product's own ledger and attribution. Calls are looked up
    7 days back for every policy. `calls_right` is the share of all calls that named the right visitor, `claims_right`
    that of the calls that named one, and `likelihood` how sure these were.

    Three visitors in ten leave within 10 seconds and never call, one in ten is cut off without a goodbye; who stays
    longer is more likely to call. For two who see the number there is one who does not, and takes one only where it is
    leased on load. A pool begins with numbers that nobody was ever shown: within its first 7 days a hard cooldown gives
    none of them out twice. Calls that come after the last visit are left out.

    The law of the calls that come after the page was left is the one that attribution believes in (`model`), or one
    with its median and another shape: `exponential`, `lognormal`, or (`days`) a tenth of all calls 1 to 5 days later.
    For these, let the visits last for days (--visits 12000 at 100 an hour): they are left out of any shorter time.
    """
    if picture:
        _can_draw(picture, needed)
    recorded = tuple(read_arrivals(arrivals)) if arrivals else ()
    visits_an_hour = [_an_hour(recorded)] if recorded else visits_an_hour
    traces = Traces(time_on_site, visits, calls, recorded, seed)
    if needed:
        rows = [row for hourly in visits_an_hour for row in _needed(traces, hourly, law, needed)]
        show(rows, NEEDED_COLUMNS, as_json, "")
        return
    contenders, laws = (CONTENDERS[:1], list(LAWS)) if reliability else (CONTENDERS, [law])
    games = [Game(traces, *one) for one in product(visits_an_hour, numbers, laws, contenders)]
    played = list(_played(games, quiet=as_json))
    if reliability:
        rows = [row for name in laws for row in _tenths(name, played)]
        show(rows, RELIABILITY_COLUMNS, as_json, "No call was claimed.")
    else:
        rows = [_row(game, tally) for game, tally in played]
        show(rows, COLUMNS, as_json, "")
    if picture:
        (plot.reliability if reliability else plot.policies)(rows, picture)


def _can_draw(picture: Path, needed: float | None) -> None:
    """Refuse before the work what could not be drawn after it."""
    if needed:
        raise Fault("--plot draws the table of policies and --reliability; leave it out with --needed")
    plot.check(picture)


def _an_hour(arrivals: Sequence[Arrival]) -> int:
    hours = (arrivals[-1].arrives - arrivals[0].arrives) / timedelta(hours=1)
    return round(len(arrivals) / hours) if hours else len(arrivals)


def _played(games: Sequence[Game], *, quiet: bool) -> Iterator[tuple[Game, Tally]]:
    with ProcessPoolExecutor() as workers:
        tallies = workers.map(Game.play, games)  # forks, so before the progress has a thread
        with Progress(transient=True, disable=quiet) as progress:
            yield from zip(games, progress.track(tallies, total=len(games), description="Simulating .."), strict=True)


def _needed(traces: Traces, hourly: int, law: str, share: float) -> Iterator[dict[str, Any]]:
    """Yield the numbers that each policy needs until that share of visitors has one of their own."""
    ours = 0
    for contender in CONTENDERS:

        def enough(numbers: int) -> bool:
            tally = Game(traces, hourly, numbers, law, contender).play()  # noqa: B023  called within this turn
            return tally.own >= share * tally.visits

        found = smallest(enough) or 0  # a number for each visit is always enough
        ours = ours or found
        name, ratio = contender.name, round(found / ours, 1)
        yield {"visits_an_hour": hourly, "policy": name, "numbers_needed": found, "times_ours": ratio}


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


def _tenths(law: str, played: Played) -> Iterator[dict[str, Any]]:
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
