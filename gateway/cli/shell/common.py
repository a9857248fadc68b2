"""What every command needs: the configuration, the store, one line per error, tables or JSON."""

import contextlib
import csv
import json
import logging
import resource
import socket
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from pydantic_settings import SettingsError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.config import DEFAULT_PATH, Config, ConfigError, load
from gateway.core.numbers import NumberError
from gateway.store import Busy, Refused, Site, Store, StoreError, open_sqlite

FAULTS = (ConfigError, NumberError, Refused, StoreError)
LONGEST_NAME = 60  # characters
MOST_FILES = 8192  # open connections; the usual limit of 1024 would be used up by a scanner
WIDE = 320  # columns, where the output is no terminal: a log or a pipe must not cut a number in two
Row = dict[str, Any]


class Fault(click.ClickException):
    """An error of the user's or the machine's, told in one line; exit code 2."""

    exit_code = 2

    def show(self, file: Any = None) -> None:  # noqa: ARG002  click names the argument
        """Print the line."""
        click.echo(f"leaseline: {self.format_message()}", err=True)


class FaultyGroup(click.Group):
    """A group whose known errors end in one line instead of a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except FAULTS as error:
            raise Fault(str(error)) from error
        except PermissionError as error:
            raise Fault(f"{error.filename}: permission denied. Run as the user leaseline, or as root") from error
        except UnicodeError as error:
            raise Fault(f"that is not UTF-8 text: {error}") from error
        except BrokenPipeError:
            raise  # click ends quietly when nobody reads on
        except (OSError, OverflowError, csv.Error, SettingsError) as error:
            raise Fault(str(error)) from error


def _set_path(ctx: click.Context, _parameter: click.Parameter, value: Path) -> None:
    ctx.obj = value


config_option = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    default=DEFAULT_PATH,
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


def open_config() -> Config:
    """Return the configuration."""
    return load(config_path())


def read_name(_ctx: click.Context, _parameter: click.Parameter, value: str) -> str:
    """Return a name for a site or a pool, which a person will have to type again."""
    if not value.strip() or not value.isprintable() or len(value) > LONGEST_NAME:
        raise Fault(f"{value[:LONGEST_NAME]!r} is not a name: up to {LONGEST_NAME} printable characters")
    return value


def check_writable(config: Config) -> None:
    """Raise StoreError now rather than at the first call; a lock that is merely held goes away by itself.

    Nothing stays open: SQLite in a process that was forked off, as granian's is, would take our locks for its own.
    """
    with contextlib.closing(open_store(config)) as store, contextlib.suppress(Busy):
        store.check_writable()


def open_store(config: Config, *, read_only: bool = False) -> Store:
    """Return the store, which has to exist and be up to date: commands that only look must not make one."""
    path = config.database.path
    if not path.exists():
        raise Fault(f"there is no database {path}: run `leaseline init`, or name yours in [database] path")
    store = open_sqlite(path, read_only=read_only)
    command = click.get_current_context(silent=True)
    if command:
        command.call_on_close(store.close)
    if store.pending:
        raise Fault(f"{path} is older than this version: run `leaseline init`, which brings it up to date")
    return store


def the_site(store: Store, name: str | None) -> Site:
    """Return the named site, or the only one there is."""
    sites = store.sites.all()
    if name is None and len(sites) == 1:
        return sites[0]
    found = next((site for site in sites if site.name == name), None)
    if found is None:
        names = ", ".join(site.name for site in sites) or "none yet: `leaseline site add` makes one"
        raise Fault(f"which site? --site names one of: {names}")
    return found


def show(rows: Sequence[Row], columns: Sequence[str], as_json: bool, empty: str) -> None:
    """Print rows as JSON, whole, or as a table of some columns."""
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
    elif rows:
        _print_table(rows, columns)
    else:
        click.echo(empty)


def show_one(row: Row, as_json: bool) -> None:
    """Print one thing, a field a line."""
    if as_json:
        click.echo(json.dumps(row, indent=2, ensure_ascii=False))
        return
    width = max(map(len, row))
    for name, value in row.items():
        click.echo(f"{name:{width}}  {_plain(value)}")


def _print_table(rows: Sequence[Row], columns: Sequence[str]) -> None:
    console = Console() if Console().is_terminal else Console(width=WIDE)
    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*(Text(_plain(row.get(column))) for column in columns))
    console.print(table)


def _plain(value: object) -> str:
    """Return a value as a person reads it; control characters of a stranger's text never reach the terminal."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, (list, dict)) else str(value)
    return "".join(character if character.isprintable() else "?" for character in text)


def start_logging() -> None:
    """Log to standard error, where systemd's journal takes it up."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")


def check_listener(section: str, host: str, port: int) -> None:
    """Raise Fault when an address cannot be listened on; asked before a server starts, which says it less well."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        raise Fault(
            f"cannot listen on {host} port {port}: {error.strerror}. Stop what uses it, or set another [{section}] port"
        ) from error


def check_switch(config: Config, switch: str) -> None:
    """Raise Fault when the configuration is another switch's: its dial strings would ring nobody on this one."""
    if config.switch != switch:
        raise Fault(
            f"this is for {switch}, and the configuration is for {config.switch}: run `leaseline {config.controller}`, "
            f'or set switch = "{switch}"'
        )


def raise_file_limit() -> None:
    """Have room for many open connections at once."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(MOST_FILES, hard)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def read_moment(text: str) -> datetime:
    """Return the moment of an ISO 8601 text; without an offset it is UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Fault(f"{text!r} is not a time: write 2026-11-22T14:30 or 2026-11-22T14:30+01:00") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
