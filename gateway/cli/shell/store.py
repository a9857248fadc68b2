"""The store's door: the configuration, the store, and what a person names in it."""

import contextlib

import click

from gateway.cli.shell.errors import Fault, nothing_named
from gateway.cli.shell.options import config_path
from gateway.config import Config, load
from gateway.core.leasing.leases import Pool
from gateway.store import Busy, Site, Store, open_sqlite


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


def site_named(store: Store, name: str) -> Site:
    """Return a site. Raises Fault where there is none of that name."""
    found = next((site for site in store.sites.all() if site.name == name), None)
    if found is None:
        raise nothing_named("site", name)
    return found


def pool_named(store: Store, name: str) -> Pool:
    """Return a pool. Raises Fault where there is none of that name."""
    pool = store.sites.pool_by_name(name)
    if pool is None:
        raise nothing_named("pool", name)
    return pool


def check_destination(config: Config, name: str) -> None:
    """Raise Fault where a destination is named that the configuration does not have."""
    if name and name not in config.destinations:
        known = ", ".join(config.destinations) or "none yet"
        raise Fault(f"there is no [destinations.{name}] in the configuration. Known: {known}")
