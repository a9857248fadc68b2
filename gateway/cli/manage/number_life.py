"""`leaseline number pause`, `resume`, `retire`, `release`, `ghosts`: the life of a number after it was added."""

from datetime import timedelta

import click

from gateway.cli.manage.number import report
from gateway.cli.manage.words import step_refused
from gateway.cli.shell.options import json_option, limit_option, utc_now
from gateway.cli.shell.output import as_row, show
from gateway.cli.shell.store import open_config, open_store
from gateway.core.numbers.lifecycle import HOLD, Step
from gateway.service.numbers import take_step

DONE = {Step.PAUSE: "paused", Step.RESUME: "resumed", Step.RETIRE: "retired", Step.RELEASE: "released"}
COLUMNS = ("number", "kind", "pool", "retired_at", "releasable_at", "ghost_calls", "last_ghost_call")
texts_argument = click.argument("texts", nargs=-1, required=True, metavar="NUMBER...")


@click.command()
@texts_argument
@json_option
def pause(texts: tuple[str, ...], as_json: bool) -> None:
    """Stop leasing numbers or ranges.

    Calls to them are routed and attributed as before, as somebody may have noted one down; pages that show one get
    another within a minute. `number resume` puts one back.
    """
    _take(Step.PAUSE, texts, as_json)


@click.command()
@texts_argument
@json_option
def resume(texts: tuple[str, ...], as_json: bool) -> None:
    """Put paused or retired numbers back into use, as they were."""
    _take(Step.RESUME, texts, as_json)


@click.command()
@texts_argument
@click.option(
    "--for",
    "days",
    type=click.IntRange(0, 3650),
    default=HOLD.days,
    show_default=True,
    help="How many days to hold them.",
)
@json_option
def retire(texts: tuple[str, ...], days: int, as_json: bool) -> None:
    """Give numbers up: hold them for some time, in which calls still ring.

    They are leased to nobody. Who dials one yet makes a ghost call: it rings as before, and `number ghosts` counts it.
    Once the time is over, `number release` lets one go. Retired again, a number gets another time, from the same day.
    Remove the rule that shows a number before.
    """
    _take(Step.RETIRE, texts, as_json, hold=timedelta(days=days))


@click.command()
@texts_argument
@click.option("--force", is_flag=True, help="Release them before their holding time is over.")
@json_option
def release(texts: tuple[str, ...], force: bool, as_json: bool) -> None:
    """Let retired numbers go. Their leases and calls stay in the log.

    Not while a lease of one runs, or a call to it. Calls that the trunk still sends go to the default destination, and
    nobody is claimed. Release a number here before the carrier gives it to somebody else.
    """
    _take(Step.RELEASE, texts, as_json, force=force)


@click.command()
@click.option("--pool", default="", help="Only this pool.")
@limit_option
@json_option
def ghosts(pool: str, limit: int, as_json: bool) -> None:
    """List retired numbers, and how many calls each has had since."""
    found = open_store(open_config(), read_only=True).reports.retired(utc_now(), pool, limit)
    show([as_row(one) for one in found], COLUMNS, as_json, "No number is retired.")


def _take(step: Step, texts: tuple[str, ...], as_json: bool, *, hold: timedelta = HOLD, force: bool = False) -> None:
    config = open_config()
    taken = take_step(open_store(config), config.routing.country, step, texts, utc_now(), hold=hold, force=force)
    report(DONE[step], taken.count, [(e164, step_refused(why)) for e164, why in taken.refused], as_json)
