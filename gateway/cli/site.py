"""`leaseline site`: websites that embed the script."""

import re

import click

from gateway.cli.common import Fault, json_option, open_administration, open_config, read_name, show, show_one, utc_now

ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?|https?://\[[0-9a-f:]+\](:\d{1,5})?", re.ASCII)


@click.group()
def site() -> None:
    """Websites that embed the script."""


@site.command()
@click.argument("name", callback=read_name)
@click.option("--origin", "origins", multiple=True, required=True, help="https://www.example.com; may be repeated.")
@json_option
def add(name: str, origins: tuple[str, ...], as_json: bool) -> None:
    """Add a site and print the script tag to paste into its pages."""
    for origin in origins:
        if not ORIGIN.fullmatch(origin):
            raise Fault(f"{origin!r} is not an origin: write https://www.example.com, in small letters, without a path")
    config = open_config()
    made = open_administration(config).add_site(name, origins, utc_now())
    if as_json:
        show_one({"site": made.name, "key": made.key, "origins": list(made.origins)}, as_json)
        return
    click.echo(f"Site {made.name} has the key {made.key}. Paste this into its pages, before </head>,")
    click.echo(f"with the public address that your web server passes on to {config.web.host}:{config.web.port}:")
    click.echo(f'  <script async src="https://leaseline.example.com/swap.js" data-site="{made.key}"></script>')


@site.command("list")
@json_option
def list_sites(as_json: bool) -> None:
    """List the sites."""
    sites = open_administration(open_config()).sites()
    rows = [{"site": one.name, "key": one.key, "origins": list(one.origins)} for one in sites]
    show(rows, ("site", "key", "origins"), as_json, "No site yet: `leaseline site add NAME --origin https://..`.")
