"""`leaseline site`: websites that embed the script."""

import click

from gateway.cli.shell.groups import Group
from gateway.cli.shell.options import json_option, utc_now
from gateway.cli.shell.output import show, show_one
from gateway.cli.shell.store import open_config, open_store
from gateway.config import Config
from gateway.service.sites import add_site, site_named
from gateway.store import Site
from web.script import tag as tags
from web.script.tag import ScriptTag, Wish

LONGEST_HIDING = 3000  # milliseconds; a page that is empty for longer is left


LATE = {
    "misses": (
        "gateway.cli.log.misses",
        "List the paths of a site where no swap target was found in the last 24 hours.",
    ),
}


@click.group(cls=Group, table=LATE)
def site() -> None:
    """Manage the websites that embed the script."""


@site.command()
@click.argument("name")
@click.option("--origin", "origins", multiple=True, required=True, help="https://www.example.com; may be repeated.")
@json_option
def add(name: str, origins: tuple[str, ...], as_json: bool) -> None:
    """Add a site and print the script tag to paste into its pages."""
    config = open_config()
    made = add_site(open_store(config), name, origins, utc_now())
    printed = tags.tag(config.web, made.key)
    if as_json:
        show_one({**_row(made), "tag": printed.html}, as_json)
        return
    click.echo(f"Site {made.name} has the key {made.key}.")
    _print(config, made, printed)
    click.echo(f"\nMore ways to put it, and the words for a CSP: `leaseline site tag {made.name}`.")


@site.command("list")
@json_option
def list_sites(as_json: bool) -> None:
    """List the sites."""
    rows = [_row(one) for one in open_store(open_config()).sites.all()]
    show(rows, ("site", "key", "origins"), as_json, "No site yet: `leaseline site add NAME --origin https://..`.")


@site.command("tag")
@click.argument("name")
@click.option(
    "--pinned", is_flag=True, help="Add integrity, for this version only: print the tag again after each upgrade."
)
@click.option("--early", is_flag=True, help="Add an inline script, so that repeat views do not flicker in any browser.")
@click.option(
    "--hide",
    default=0,
    type=click.IntRange(0, LONGEST_HIDING),
    metavar="MS",
    help="Hide whatever is marked with data-leaseline until the swap, for this long at most.",
)
@json_option
def print_tag(name: str, pinned: bool, early: bool, hide: int, as_json: bool) -> None:
    """Print the script tag of a site, and what a Content-Security-Policy needs for it."""
    config = open_config()
    found = site_named(open_store(config), name)
    printed = tags.tag(config.web, found.key, Wish(pinned, early, hide))
    if as_json:
        row = {"site": found.name, "key": found.key, "tag": printed.html, "csp": printed.csp}
        show_one({**row, "remarks": printed.remarks}, as_json)
        return
    _print(config, found, printed)
    click.echo("\nIf the site sends a Content-Security-Policy, add to it:\n")
    for directive, words in printed.csp.items():
        click.echo(f"{directive} {' '.join(words)}")
    for remark in printed.remarks:
        click.echo(f"\n{remark}")


def _print(config: Config, one: Site, printed: ScriptTag) -> None:
    click.echo(f"Paste this into the pages of {one.name}, into <head>:\n\n{printed.html}")
    if not config.web.public_url:
        click.echo(
            f"\nWrite for {tags.PLACEHOLDER} the address that your web server passes on to "
            f"{config.web.host}:{config.web.port}, or set it as [web] public_url."
        )


def _row(one: Site) -> dict[str, object]:
    return {"site": one.name, "key": one.key, "origins": list(one.origins)}
