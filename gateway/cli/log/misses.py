"""`leaseline site misses`: on which pages no swap target was found."""

import click

from gateway.cli.shell.options import json_option, limit_option, utc_now
from gateway.cli.shell.output import Row, show
from gateway.cli.shell.store import open_config, open_store, site_named
from gateway.core.visits.misses import MissedPath

COLUMNS = ("path", "views", "misses", "share", "began", "had_target")


@click.command()
@click.argument("name")
@limit_option
@json_option
def misses(name: str, limit: int, as_json: bool) -> None:
    """List the paths of a site where no swap target was found in the last 24 hours.

    A path that never had a target, such as a blog's, has had_target "no".
    """
    store, now = open_store(open_config(), read_only=True), utc_now()
    found = site_named(store, name)
    rows = [_row(path) for path in store.views.missed_paths(found.id, now, limit)]
    views = sum(site.views for site in store.views.sites(now) if site.id == found.id)
    show(rows, COLUMNS, as_json, f"A swap target was found on all of {views} page view(s) of the last 24 h.")


def _row(path: MissedPath) -> Row:
    return {
        "path": path.path,
        "views": path.views,
        "misses": path.misses,
        "share": round(path.share, 4),
        "began": path.began.isoformat(timespec="milliseconds") if path.began else None,
        "had_target": path.had_target,
    }
