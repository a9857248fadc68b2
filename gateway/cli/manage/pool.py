"""`leaseline pool`: numbers that are leased per visitor in place of one swap target."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import click

from gateway.cli.manage.rows import pool_row
from gateway.cli.shell.errors import Fault, nothing_named
from gateway.cli.shell.groups import Group
from gateway.cli.shell.options import json_option, read_name, utc_now
from gateway.cli.shell.output import show, show_one
from gateway.cli.shell.store import check_destination, open_config, open_store, pool_named, the_site
from gateway.config import Config
from gateway.core import numbers
from gateway.core.leasing.leases import OVERFLOW_WAYS, Choice, Policy, Pool, overflow
from gateway.core.numbers import Format
from gateway.core.rules.conditions import ConditionError, parse
from gateway.store import Store, new_pool

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


def _seconds(value: timedelta) -> int:
    return int(value.total_seconds())


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
            "--lease", type=click.IntRange(60, 604_800), help=f"Seconds [default: {_seconds(DEFAULT.length)}]."
        ),
        click.option(
            "--cooldown", type=click.IntRange(0, 31_536_000), help=f"Seconds [default: {_seconds(DEFAULT.cooldown)}]."
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
@click.argument("name", callback=read_name)
@click.option("--site", help="The site; needed only if there are several.")
@click.option("--swap-target", required=True, help="The number printed on the site, which the script replaces.")
@_settings
def create(name: str, site: str | None, swap_target: str, as_json: bool, **settings: Any) -> None:
    """Make a pool."""
    config = open_config()
    store = open_store(config)
    owner = the_site(store, site)
    bare = new_pool(owner, name, "", "", Policy())
    made = _changed(config, store, bare, {**settings, "swap_target": swap_target})
    made = _with_vanity(store.sites.pools_of(owner), made)
    target = made.swap_target
    store.sites.add_pool(made, utc_now())
    if as_json:
        show_one(pool_row(store.reports.pools(utc_now(), name)[0]), as_json)
    else:
        click.echo(f"Pool {name} replaces {target}. Next: `leaseline number add --pool {name} NUMBER ..`")


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
    found = pool_named(store, name)
    changed = _changed(config, store, found, settings)
    if Choice.SOURCE_SHARED not in overflow(changed.policy):
        _check_without_rules(store, found)
    store.sites.change_pool(changed)
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


def _with_vanity(others: Iterable[Pool], made: Pool) -> Pool:
    """Return a pool with the letters of the others of its target, so that all serve a page that has only these."""
    alike = (pool.vanity for pool in others if pool.swap_target == made.swap_target)
    return replace(made, vanity=made.vanity or next(filter(None, alike), ""))


def _changed(config: Config, store: Store, pool: Pool, settings: dict[str, Any]) -> Pool:
    """Return a pool with the settings that are given. Raises Fault or NumberError on those that cannot be."""
    given = {name: value for name, value in settings.items() if value is not None}
    check_destination(config, given.get("destination", ""))
    target, country = pool.swap_target, given.get("country", pool.country).upper()
    if country and country not in numbers.COUNTRIES:
        raise Fault(f"{given['country']!r} is not a country: write its two letters, such as GB")
    if "swap_target" in given:
        target = numbers.parse(given["swap_target"], country or config.routing.country)
        _check_target(store, target)
    vanity = given.get("vanity", pool.vanity)
    return replace(
        pool,
        swap_target=target,
        destination=given.get("destination", pool.destination),
        vanity=numbers.read_vanity(vanity, target) if vanity else "",
        policy=_policy(pool.policy, given),
        country=country,
        format=Format(given.get("format", pool.format)),
        condition=_read_condition(given.get("condition", pool.condition)),
    )


def _read_condition(text: str) -> str:
    """Return a condition as it is printed. Raises Fault on what is none."""
    try:
        return str(parse(text)) if text else ""
    except ConditionError as error:
        raise Fault(f"--only-for cannot be used: {error}") from error


def _policy(policy: Policy, given: dict[str, Any]) -> Policy:
    ways = _read_overflow(given["overflow"]) if "overflow" in given else policy.overflow
    hard = given.get("hard", policy.hard)
    if "overflow" in given and hard and Choice.RECYCLED in ways:
        raise Fault(
            "a hard cooldown gives a number that still cools to nobody else: leave recycled out of --overflow, or "
            "write --soft as well"
        )
    return replace(
        policy,
        length=timedelta(seconds=given["lease"]) if "lease" in given else policy.length,
        cooldown=timedelta(seconds=given["cooldown"]) if "cooldown" in given else policy.cooldown,
        hard=hard,
        overflow=ways,
    )


def _read_overflow(text: str) -> tuple[Choice, ...]:
    """Return the ways that a list of words names. Raises Fault on what is none, named twice, or behind the last."""
    words = [word.strip() for word in text.split(",")]
    ways = words[:-1] if words[-1] == Choice.STATIC else words
    for place, word in enumerate(ways):
        if word not in OVERFLOW_WAYS:
            raise Fault(
                f"{word!r} in --overflow is none of {', '.join(OVERFLOW_WAYS)}: part them by commas, in the order in "
                "which they are tried. static, the page's own number, always comes last; it alone shows nothing else"
            )
        if word in ways[:place]:
            raise Fault(f"{word} stands twice in --overflow: leave out one")
    return tuple(Choice(word) for word in ways)


def _check_without_rules(store: Store, pool: Pool) -> None:
    """Raise Fault where a pool that is not to show them has overflow rules."""
    rule = next((rule for rule in store.rules.of_pool(pool) if rule.overflow), None)
    if rule:
        raise Fault(
            f"the overflow rule {rule.name} would never be reached: name source_shared in --overflow, or take the rule "
            f"away first (`leaseline rule remove {rule.name}`)"
        )


def _check_target(store: Store, target: str) -> None:
    if store.numbers.has(target):
        raise Fault(f"{target} is a number of ours: leased to one visitor, it would claim all who read it on the site")
