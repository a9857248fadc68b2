"""`leaseline rule`: one fixed number for everybody who comes in a certain way."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import click

from gateway.cli.manage.words import why_not
from gateway.cli.shell.options import json_option, utc_now
from gateway.cli.shell.output import Row, show, show_one
from gateway.cli.shell.store import open_config, open_store
from gateway.core.leasing.leases import Choice, Pool
from gateway.core.rules.book import Fields, fields
from gateway.core.rules.unreachable import fields_of
from gateway.core.visits.devices import device_type
from gateway.core.visits.visit import read_visit
from gateway.service.configured import Configured
from gateway.service.referrers import referrers
from gateway.service.rules import RuleText, add_rule, move_rule, remove_rule
from gateway.service.sites import site_of_page, the_site
from gateway.service.visitors import Served, Tried, try_out
from gateway.store import Store
from web.lease.defence.robots import is_robot

COLUMNS = ("priority", "name", "pool", "overflow", "number", "campaign", "destination", "condition")
before_option = click.option("--before", default="", metavar="RULE", help="Try it before this one [default: last].")


@click.group()
def rule() -> None:
    """Manage rules: one fixed number for all visitors of one kind.

    The rules of a pool are tried in their order, and the first that holds shows its number in place of the pool's.
    Nobody else sees that number, so a call to it is attributed for certain, without telling visitors apart. Overflow
    rules are tried after all others, and only for whom the pool has no number left.
    """


@rule.command()
@click.argument("condition")
@click.option("--pool", "pool_name", required=True, help="The pool whose swap target it replaces.")
@click.option("--number", required=True, help="Its number: a new one, or one of kind source that no rule has.")
@click.option("--name", required=True, help="Its name; the campaign of a number that has none.")
@click.option("--overflow", is_flag=True, help="Try it only where the pool has no number left: the source stays known.")
@before_option
@click.option("--destination", default="", help="Where calls to a new number go, if not to the pool's destination.")
@click.option("--sms", is_flag=True, help="The new number can receive texts, so sms: links may name it.")
@json_option
def add(condition: str, pool_name: str, number: str, name: str, before: str, as_json: bool, **more: Any) -> None:
    """Add a rule that shows its number where CONDITION holds.

    \b
    source = google and medium = cpc and not campaign contains brand
    landing_path starts with /boats or param.gclid exists
    referrer_domain matches "(^|\\.)example\\.com$"

    Fields: source, medium, campaign, referrer_domain, landing_path, param.NAME, device (mobile, tablet, desktop),
    country. Comparisons (=, contains, starts with, matches, exists) ignore case; `not` binds before `and`, `and` before
    `or`. What holds a space, ( ) or = stands in double quotes.
    """  # noqa: D301  the first \b is click's word for: leave the lines as they are
    config = open_config()
    store = open_store(config)
    text = RuleText(name, pool_name, condition, number, **more)
    made = add_rule(store, Configured.of(config), text, utc_now(), before)
    if "country" in fields_of(made.condition) and not config.web.geo_database:
        click.echo("leaseline: warning: until [web] geo_database names a file, no visitor has a country", err=True)
    show_one(_found(store, name), as_json)


@rule.command("list")
@click.option("--site", help="Only this site's.")
@json_option
def list_rules(site: str | None, as_json: bool) -> None:
    """List rules by pool, in the order in which they are tried."""
    config = open_config()
    store = open_store(config, read_only=True)
    found = store.rules.listed(the_site(store, site) if site else None)
    show(found, COLUMNS, as_json, "No rules: `leaseline rule add --pool NAME --number NUMBER --name NAME CONDITION`.")


@rule.command()
@click.argument("name", metavar="RULE")
@before_option
@json_option
def move(name: str, before: str, as_json: bool) -> None:
    """Try a rule before another one of its pool, or last.

    It is refused where a rule would then never be reached.
    """
    store = open_store(open_config())
    move_rule(store, name, before)
    show_one(_found(store, name), as_json)


@rule.command()
@click.argument("name", metavar="RULE")
@json_option
def remove(name: str, as_json: bool) -> None:
    """Remove a rule.

    Pages that show its number get another within the pool's lease length. Calls to the number are routed and attributed
    as before, as somebody may have noted it down; another rule may take it.
    """
    removed = remove_rule(open_store(open_config()), name)
    if as_json:
        show_one({"removed": removed.name, "number": removed.number}, as_json)
    else:
        click.echo(f"Removed {removed.name}. {removed.number} is still routed and attributed.")


@rule.command("test")
@click.argument("url")
@click.option("--referrer", default="", metavar="URL", help="The page that the visitor comes from.")
@click.option("--user-agent", default="", help="The browser's User-Agent, which tells the device.")
@click.option(
    "--country", default="", metavar="CC", help="The visitor's country, as [web] geo_database would tell it: US."
)
@click.option("--site", "name", help="The site; needed only where the URL does not tell it.")
@json_option
def test_rules(url: str, referrer: str, user_agent: str, country: str, name: str | None, as_json: bool) -> None:
    """Say which rule or pool would serve a visitor who lands on URL, and why. Changes nothing."""
    store = open_store(open_config(), read_only=True)
    site = site_of_page(store, url, name)
    visit = replace(read_visit(url, referrer), country=country, device_type=device_type(user_agent))
    session = fields(visit, site.origins, referrers())
    robot = bool(user_agent) and is_robot(user_agent)
    listed = store.sites.pools_of(site)
    served = [] if robot else try_out(store, site, visit)
    targets = [_untouched(pool) for pool in listed] if robot else [_row(one, session) for one in served]
    left = sorted({pool.swap_target for pool in listed} - {target["swap_target"] for target in targets})
    if as_json:
        show_one({"site": site.name, "session": session, "robot": robot, "targets": targets, "unserved": left}, as_json)
        return
    show_one(session, as_json)
    for line in [line for target in targets for line in _words(target)]:
        click.echo(line)
    for target in left:
        click.echo(f"{target}: no pool of it is for this visitor, so the site's own number stays")
    if not listed:
        click.echo("The site has no pool yet: `leaseline pool create` makes one.")


def _found(store: Store, name: str) -> Row:
    return next(row for row in store.rules.listed() if name in (row["name"], row["number"]))


def _row(served: Served, session: Fields) -> Row:
    """Return what serves one swap target, what in overflow, and the rules that were tried on the way to it."""
    rule, late = served.rule, served.overflow_rule
    return {
        **_target(served.pool, "rule" if rule else "pool", served.overflow),
        "rule": rule.name if rule else None,
        "number": rule.number if rule else None,
        "overflow_rule": late.name if late else None,
        "overflow_number": late.number if late else None,
        "tried": [_tried(one, session) for one in served.tried],
    }


def _untouched(pool: Pool) -> Row:
    """Return what a robot is served: nothing, and no rule is tried."""
    nothing = dict.fromkeys(("rule", "number", "overflow_rule", "overflow_number"))
    return {**_target(pool, "nothing", ()), **nothing, "tried": []}


def _target(pool: Pool, shows: str, ways: Sequence[Choice]) -> Row:
    return {
        "swap_target": pool.swap_target,
        "pool": pool.name,
        "pool_condition": pool.condition or None,
        "shows": shows,
        "overflow": ",".join([*ways, Choice.STATIC]),
    }


def _tried(one: Tried, session: Fields) -> Row:
    told = {"rule": one.rule.name, "overflow": one.rule.overflow, "condition": str(one.rule.condition)}
    return {**told, "holds": not one.failing, "why": why_not(one.failing, session) or "it holds"}


def _words(target: Row) -> list[str]:
    only_for = f", for {target['pool_condition']}" if target["pool_condition"] else ""
    lines = [f"{target['swap_target']} (pool {target['pool']}{only_for}):"]
    lines += [
        f"  {'overflow rule' if one['overflow'] else 'rule'} {one['rule']}: {one['why']}" for one in target["tried"]
    ]
    last = {
        "rule": f"  shows {target['number']}, unless the visitor holds a number of the pool already",
        "pool": f"  leases a number of the pool {target['pool']}; {_without(target)}",
        "nothing": "  shows the site's own number: a robot gets no other",
    }
    return [*lines, last[target["shows"]]]


def _without(target: Row) -> str:
    """Return what is shown in place of a number of the pool, in the order in which it is tried."""
    source_shared = f"source_shared ({target['overflow_number'] or 'no rule holds'})"
    told = {Choice.SOURCE_SHARED: source_shared, Choice.STATIC: "the site's own"}
    return "without one left: " + ", ".join(told.get(way, way) for way in target["overflow"].split(","))
