"""`leaseline pool`: numbers that are leased per visitor in place of one swap target."""

from datetime import timedelta

import click

from gateway.cli.common import (
    Fault,
    json_option,
    open_administration,
    open_config,
    open_reports,
    read_name,
    show,
    show_one,
    the_site,
    utc_now,
)
from gateway.config import Config
from gateway.core import numbers
from gateway.core.leases import Policy
from gateway.store.admin import new_pool

COLUMNS = ("pool", "site", "swap_target", "destination", "numbers", "active", "cooling", "free", "shared", "cooldown")
DEFAULT = Policy()


def _seconds(value: timedelta) -> int:
    return int(value.total_seconds())


@click.group()
def pool() -> None:
    """Pools of numbers, leased per visitor."""


@pool.command()
@click.argument("name", callback=read_name)
@click.option("--site", help="The site; not needed while there is only one.")
@click.option("--swap-target", required=True, help="The number printed on the site, which the script replaces.")
@click.option("--destination", default="", help="Where its calls go: the name of a [destinations.NAME].")
@click.option(
    "--lease", default=_seconds(DEFAULT.length), show_default=True, type=click.IntRange(60, 604_800), help="Seconds."
)
@click.option(
    "--cooldown",
    default=_seconds(DEFAULT.cooldown),
    show_default=True,
    type=click.IntRange(0, 31_536_000),
    help="Seconds.",
)
@click.option("--hard", is_flag=True, help="Never give out a number that is still cooling; show the overflow instead.")
@json_option
def create(
    name: str,
    site: str | None,
    swap_target: str,
    destination: str,
    lease: int,
    cooldown: int,
    hard: bool,
    as_json: bool,
) -> None:
    """Make a pool."""
    config = open_config()
    _check_destination(config, destination)
    administration = open_administration(config)
    policy = Policy(length=timedelta(seconds=lease), cooldown=timedelta(seconds=cooldown), hard=hard)
    target = numbers.parse(swap_target, config.routing.country)
    if administration.has_number(target):
        raise Fault(f"{target} is a number of ours: leased to one visitor, it would claim all who read it on the site")
    made = new_pool(the_site(administration, site), name, target, destination, policy)
    administration.add_pool(made, utc_now())
    if as_json:
        show_one(open_reports().pools(utc_now(), name)[0], as_json)
    else:
        click.echo(f"Pool {name} replaces {target}. Next: `leaseline number add --pool {name} NUMBER ..`")


@pool.command("list")
@json_option
def list_pools(as_json: bool) -> None:
    """List pools, and how many of their numbers are active, cooling and free."""
    empty = "No pool yet: `leaseline pool create NAME --swap-target NUMBER --destination NAME`."
    show(open_reports().pools(utc_now()), COLUMNS, as_json, empty)


@pool.command("show")
@click.argument("name")
@json_option
def show_pool(name: str, as_json: bool) -> None:
    """Show one pool."""
    found = open_reports().pools(utc_now(), name)
    if not found:
        raise Fault(f"there is no pool {name!r}: `leaseline pool list` lists them")
    show_one(found[0], as_json)
    if not found[0]["numbers"] and not as_json:
        click.echo(f"The pool is empty, so every visitor sees {found[0]['swap_target']}: `leaseline number add`.")


def _check_destination(config: Config, destination: str) -> None:
    if destination and destination not in config.destinations:
        known = ", ".join(config.destinations) or "none yet"
        raise Fault(f"there is no [destinations.{destination}] in the configuration. Known: {known}")
