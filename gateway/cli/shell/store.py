"""The store's door: the configuration and the store."""

import contextlib

import click

from gateway.cli.shell.errors import Fault
from gateway.cli.shell.options import config_path
from gateway.config import Config, load
from gateway.service.sites import site_named as site_named
from gateway.store import Busy, Store, open_sqlite


def open_config() -> Config:
    """Return the configuration."""
    return load(config_path())


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
