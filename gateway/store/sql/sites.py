"""The SQL of sites and their pools."""

POOL_COLUMNS = """
    pool.id, pool.site_id, pool.name, pool.swap_target, pool.destination, pool.lease_ms, pool.provisional_ms,
    pool.cooldown_ms, pool.closed_browser_ms, pool.hard_cooldown, pool.held_after_tap_ms, pool.overflow, pool.vanity,
    pool.version, pool.country, pool.format, pool.condition"""
SITE_BY_KEY = "SELECT id, name, site_key, origins, rules_version FROM site WHERE site_key = :key"
SITES = "SELECT id, name, site_key, origins, rules_version FROM site ORDER BY name"
# In the order in which pools of one target are tried: that without a condition last.
POOLS_OF_SITE = f"SELECT {POOL_COLUMNS} FROM pool WHERE site_id = :site ORDER BY condition = '', created_at, name"
POOL_VERSIONS = "SELECT id, version FROM pool WHERE site_id = :site ORDER BY name"
POOL_BY_NAME = f"SELECT {POOL_COLUMNS} FROM pool WHERE name = :name"

CHANGE_POOL = """
    UPDATE pool SET swap_target = :swap_target, destination = :destination, lease_ms = :lease_ms,
        cooldown_ms = :cooldown_ms, hard_cooldown = :hard_cooldown, overflow = :overflow, vanity = :vanity,
        version = :version, country = :country, format = :format, condition = :condition
    WHERE id = :id"""

SWAP_TARGETS = "SELECT name, swap_target FROM pool"
