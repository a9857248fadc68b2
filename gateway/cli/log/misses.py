"""`leaseline site misses`: on which pages no swap target was found."""

import click

from gateway.cli.shell.common import Fault, Row, json_option, limit_option, open_config, open_store, show, utc_now
from gateway.core.visits.misses import MissedPath

COLUMNS = ("path", "views", "misses", "share", "began", "had_target")


@click.command()
@click.argument("name")
@limit_option
@json_option
def misses(name: str, limit: int, as_json: bool) -> None:
    """List the paths of a site on which no swap target was found, of the last 24 hours.

    A path that never had a target, such as a blog's, has had_target "no".
    """
    store, now = open_store(open_config(), read_only=True), utc_now()
    found = next((site for site in store.sites.all() if site.name == name), None)
    if found is None:
        raise Fault(f"there is no site {name!r}: `leaseline site list` shows those there are")
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
