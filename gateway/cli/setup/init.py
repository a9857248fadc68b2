"""`leaseline init`: a configuration file, the secret, the database."""

import contextlib
import os
import secrets
import sys
from pathlib import Path

import click

from gateway.cli.shell.errors import Fault
from gateway.cli.shell.options import config_path
from gateway.cli.shell.store import open_config
from gateway.store import open_sqlite

EXAMPLES = (
    Path(__file__).parents[3] / "config.example.toml",
    Path(sys.prefix) / "share" / "leaseline" / "config.example.toml",
)


@click.command()
def init() -> None:
    """Make whatever is missing: the configuration file, the web secret, the database.

    Run it again after an upgrade: it brings the database up to date, and changes no file that exists.
    """
    path = config_path()
    _make("configuration", path, _example(), mode=0o644)
    config = open_config()
    _make("secret", config.web.secret_file, f"{secrets.token_urlsafe(32)}\n", mode=0o600)
    existed = config.database.path.exists()
    with contextlib.closing(open_sqlite(config.database.path)) as store:
        store.migrate()
    click.echo(f"database       {config.database.path}  {'up to date' if existed else 'made'}")


def _make(what: str, path: Path, text: str, mode: int) -> None:
    """Write a file where there is none; never over one that is there."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        click.echo(f"{what:14} {path}  is there already")
        return
    except OSError as error:
        raise Fault(f"cannot write {path}: {error.strerror}. Run as a user who may, or name another path") from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    click.echo(f"{what:14} {path}  made")


def _example() -> str:
    for path in EXAMPLES:
        if path.exists():
            return path.read_text(encoding="utf-8")
    return ""
