"""`leaseline pool status`: how pools stand, how hard they are pressed, and what to do."""

from datetime import datetime

import click

from gateway.cli.manage.words import warning
from gateway.cli.shell.errors import nothing_named
from gateway.cli.shell.options import json_option, utc_now
from gateway.cli.shell.output import Row, show
from gateway.cli.shell.store import open_config, open_store
from gateway.core.leasing import pressure
from gateway.core.leasing.leases import Choice
from gateway.core.leasing.pressure import Window
from gateway.core.times import seconds
from gateway.store import ListedPool, Store

LEASED = (Choice.IDLE, Choice.SAME, Choice.RECYCLED)
COUNTS = ("numbers", "active", "cooling", "free")
COLUMNS = (
    "pool", *COUNTS, "paused", "retired", "sessions_hour", "overflow_hour", "recycled_early_hour",
    "sessions_day", "overflow_day", "recycled_early_day",
)  # fmt: skip


@click.command()
@click.argument("name", default="")
@json_option
def status(name: str, as_json: bool) -> None:
    """Say how busy each pool is, or one pool, and what to do about it.

    sessions: visits that got a number of their own; overflow: the share of the page views that showed none, which
    could have; recycled early: the share of the leases whose number another visitor had left only just before. Both of
    the last hour and day, counted from full ten minutes on.
    """
    store, now = open_store(open_config(), read_only=True), utc_now()
    rows = [_row(store, listed, now) for listed in store.reports.pools(now, name)]
    if name and not rows:
        raise nothing_named("pool", name)
    empty = "No pool yet: `leaseline pool create NAME --swap-target NUMBER --destination NAME`."
    show(rows if as_json else [_flat(row) for row in rows], COLUMNS, as_json, empty)
    for row in [] if as_json else rows:
        for line in row["warnings"]:
            click.echo(f"{row['pool']}: {line}")


def _row(store: Store, listed: ListedPool, now: datetime) -> Row:
    pool = listed.pool
    windows = store.pressure.windows(pool, now)
    paused, retired = store.pressure.paused(pool)
    warned = pressure.warnings(pool.policy, listed.numbers, windows)
    return {
        "pool": pool.name,
        **{name: getattr(listed, name) for name in COUNTS},
        "paused": paused,
        "retired": retired,
        **{window.name: _window(window) for window in windows},
        "warnings": [warning(one, pool.name, pool.policy) for one in warned],
    }


def _window(window: Window) -> Row:
    return {
        "seconds": seconds(window.length),
        "sessions": window.sessions,
        "leases": {choice.value: window.leases.get(choice, 0) for choice in LEASED},
        "recycled_early_share": round(window.early_share, 4),
        "views": {choice.value: window.views.get(choice, 0) for choice in Choice},
        "views_without_visitor": window.views_without_visitor,
        "overflow_share": round(window.overflow_share, 4),
    }


def _flat(row: Row) -> Row:
    """Return a row of the table, in which every time has columns of its own."""
    columns = {}
    for name in pressure.WINDOWS:
        columns[f"sessions_{name}"] = row[name]["sessions"]
        columns[f"overflow_{name}"] = f"{row[name]['overflow_share']:.1%}"
        columns[f"recycled_early_{name}"] = f"{row[name]['recycled_early_share']:.1%}"
    return {**row, **columns}
