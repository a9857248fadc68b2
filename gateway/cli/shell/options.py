"""Options that many commands have, and texts that a person types."""

from datetime import UTC, datetime
from pathlib import Path

import click

from gateway.cli.shell.errors import Fault


def _set_path(ctx: click.Context, _parameter: click.Parameter, value: Path) -> None:
    ctx.obj = value


config_option = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("/etc/leaseline/config.toml"),
    envvar="LEASELINE_CONFIG",
    show_default=True,
    show_envvar=True,
    expose_value=False,
    callback=_set_path,
    help="The configuration file.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
limit_option = click.option(
    "--limit", default=100, show_default=True, type=click.IntRange(1, 1_000_000), help="Most rows."
)


def utc_now() -> datetime:
    """Return the time, which everything below the command line is told."""
    return datetime.now(UTC)


def config_path() -> Path:
    """Return the configuration file that the command line names."""
    path: Path = click.get_current_context().find_root().obj
    return path


def read_moment(text: str) -> datetime:
    """Return the moment of an ISO 8601 text; without an offset it is UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Fault(f"{text!r} is not a time: write 2026-11-22T14:30 or 2026-11-22T14:30+01:00") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
