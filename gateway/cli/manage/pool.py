"""`leaseline pool`: numbers that are leased per visitor in place of one swap target."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import click

from gateway.cli.manage.rows import pool_row
from gateway.cli.shell.errors import nothing_named
from gateway.cli.shell.groups import Group
from gateway.cli.shell.options import json_option, utc_now
from gateway.cli.shell.output import show, show_one
from gateway.cli.shell.store import open_config, open_store
from gateway.core.leasing.leases import Policy
from gateway.core.numbers import Format
from gateway.core.times import seconds
from gateway.service.configured import Configured
from gateway.service.pools import PoolSettings, change_pool, create_pool
from gateway.service.sites import the_site

COLUMNS = (
    "pool", "site", "swap_target", "condition", "destination", "numbers", "active", "cooling", "free", "shared",
    "cooldown", "overflow",
)  # fmt: skip
DEFAULT = Policy()
OVERFLOW = (
    "What is tried where no number is free, in this order: recycled, the number that has cooled longest (later calls "
    "on it are contested); source_shared, that of an overflow rule (`rule add --overflow`); shared, the pool's shared "
    "one. What is left out is not shown; last always comes static, the page's own. "
    f"[default: {','.join(DEFAULT.overflow)}; with --hard all but recycled]"
)


LATE = {
    "simulate": (
        "gateway.cli.lab.simulate",
        "Compare pool policies on made-up traffic, in a database in memory; nothing of yours is touched.",
    ),
    "size": ("gateway.cli.lab.sizing", "Say how many numbers a pool needs, for the visits of its busiest hour."),
    "status": ("gateway.cli.manage.pool_status", "Say how busy each pool is, or one pool, and what to do about it."),
}


@click.group(cls=Group, table=LATE)
def pool() -> None:
    """Manage pools of numbers, which visitors lease."""


def _settings(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that `create` and `change` have in common; what is not given is None."""
    options = (
        click.option("--destination", help="Where its calls go: the name of a [destinations.NAME]."),
        click.option(
            "--lease", type=click.IntRange(60, 604_800), help=f"Seconds [default: {seconds(DEFAULT.length)}]."
        ),
        click.option(
            "--cooldown", type=click.IntRange(0, 31_536_000), help=f"Seconds [default: {seconds(DEFAULT.cooldown)}]."
        ),
        click.option(
            "--hard/--soft",
            default=None,
            help="Never give out a number that is still cooling, and show the overflow instead [default: soft].",
        ),
        click.option("--overflow", metavar="WORD,..", help=OVERFLOW),
        click.option(
            "--only-for",
            "condition",
            metavar="CONDITION",
            help="Serve only visitors for whom this holds, as in `rule add`; another pool of the same swap target "
            "serves the others.",
        ),
        click.option("--vanity", help="How the site writes the swap target with letters: 800FLOWERS."),
        click.option(
            "--country",
            metavar="CC",
            help="The country of its numbers that do not say theirs [default: that of [routing]].",
        ),
        click.option(
            "--format",
            type=click.Choice([form.value for form in Format]),
            help="How the page writes its numbers: as its own, or always as people of the country do, or always with + "
            "[default: page].",
        ),
        json_option,
    )
    for option in reversed(options):
        command = option(command)
    return command


@pool.command()
@click.argument("name")
@click.option("--site", help="The site; needed only if there are several.")
@click.option("--swap-target", required=True, help="The number printed on the site, which the script replaces.")
@_settings
def create(name: str, site: str | None, swap_target: str, as_json: bool, **settings: Any) -> None:
    """Make a pool."""
    config = open_config()
    store, configured = open_store(config), Configured.of(config)
    given = _given(swap_target=swap_target, **settings)
    made = create_pool(store, configured, the_site(store, site), name, given, utc_now())
    if as_json:
        show_one(pool_row(store.reports.pools(utc_now(), name)[0]), as_json)
    else:
        click.echo(f"Pool {name} replaces {made.swap_target}. Next: `leaseline number add --pool {name} NUMBER ..`")


@pool.command()
@click.argument("name")
@click.option("--swap-target", help="The number printed on the site, which the script replaces.")
@_settings
def change(name: str, as_json: bool, **settings: Any) -> None:
    """Change a pool; pages that show its numbers ask again within a minute.

    What is not given stays as it is. An empty --vanity, --country or --only-for takes it away.
    """
    config = open_config()
    store = open_store(config)
    change_pool(store, Configured.of(config), name, _given(**settings))
    show_one(pool_row(store.reports.pools(utc_now(), name)[0]), as_json)


@pool.command("list")
@json_option
def list_pools(as_json: bool) -> None:
    """List pools, and how many of their numbers are active, cooling and free."""
    empty = "No pool yet: `leaseline pool create NAME --swap-target NUMBER --destination NAME`."
    found = open_store(open_config(), read_only=True).reports.pools(utc_now())
    show([pool_row(one) for one in found], COLUMNS, as_json, empty)


@pool.command("show")
@click.argument("name")
@json_option
def show_pool(name: str, as_json: bool) -> None:
    """Show one pool."""
    found = open_store(open_config(), read_only=True).reports.pools(utc_now(), name)
    if not found:
        raise nothing_named("pool", name)
    show_one(pool_row(found[0]), as_json)
    if not found[0].numbers and not as_json:
        click.echo(f"The pool is empty, so every visitor sees {found[0].pool.swap_target}: `leaseline number add`.")


def _given(overflow: str | None, lease: int | None, cooldown: int | None, **more: Any) -> PoolSettings:
    """Return the settings that the options give."""
    return PoolSettings(
        overflow=None if overflow is None else [word.strip() for word in overflow.split(",")],
        lease=None if lease is None else timedelta(seconds=lease),
        cooldown=None if cooldown is None else timedelta(seconds=cooldown),
        **{**more, "format": more["format"] and Format(more["format"])},
    )
