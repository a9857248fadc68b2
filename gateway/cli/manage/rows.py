"""Pools in the field names that the owner reads, as `--json` prints them."""

from gateway.cli.shell.output import Row
from gateway.core.leasing.leases import Choice, overflow
from gateway.store import ListedPool


def pool_row(listed: ListedPool) -> Row:
    """Return a pool of the list."""
    pool, policy = listed.pool, listed.pool.policy
    return {
        "pool": pool.name,
        "site": listed.site,
        "swap_target": pool.swap_target,
        "condition": pool.condition or None,
        "vanity": pool.vanity or None,
        "country": pool.country or None,
        "format": pool.format,
        "destination": pool.destination,
        "lease_length": policy.length.total_seconds(),
        "cooldown": "hard" if policy.hard else "soft",
        "cooldown_seconds": policy.cooldown.total_seconds(),
        "overflow": ",".join([*overflow(policy), Choice.STATIC]),
        "numbers": listed.numbers,
        "active": listed.active,
        "cooling": listed.cooling,
        "free": listed.free,
        "shared": listed.shared,
    }
