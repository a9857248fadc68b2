"""The tables, as one list of migrations for every engine.

Portable SQL only: TEXT, BIGINT (epoch milliseconds, and milliseconds for durations), JSON as TEXT, 0/1 for
booleans, ids made in Python. A migration that has shipped is never edited; a change is a new entry at the end.
"""

MIGRATIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "0001_first_call",
        (
            """CREATE TABLE site (
                id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, site_key TEXT NOT NULL UNIQUE,
                origins TEXT NOT NULL, created_at BIGINT NOT NULL)""",
            """CREATE TABLE pool (
                id TEXT PRIMARY KEY, site_id TEXT NOT NULL REFERENCES site(id), name TEXT NOT NULL UNIQUE,
                swap_target TEXT NOT NULL, destination TEXT NOT NULL, lease_ms BIGINT NOT NULL,
                provisional_ms BIGINT NOT NULL, cooldown_ms BIGINT NOT NULL, closed_browser_ms BIGINT NOT NULL,
                hard_cooldown INTEGER NOT NULL, created_at BIGINT NOT NULL)""",
            "CREATE UNIQUE INDEX pool_target ON pool (site_id, swap_target)",
            # busy_until: when the latest lease on the number ends; free_at: when its cooldown is over as well.
            # tail: the digits backwards, so that a trunk that sends the last digits only finds the number by range.
            """CREATE TABLE number (
                e164 TEXT PRIMARY KEY, tail TEXT NOT NULL, kind TEXT NOT NULL, pool_id TEXT REFERENCES pool(id),
                destination TEXT NOT NULL, campaign TEXT NOT NULL, busy_until BIGINT NOT NULL,
                free_at BIGINT NOT NULL, visitor_id TEXT, added_at BIGINT NOT NULL)""",
            # Holds the whole ORDER BY of the search for the next number: without it a lease sorts the pool.
            "CREATE INDEX number_next ON number (pool_id, kind, free_at, e164)",
            "CREATE INDEX number_held ON number (pool_id, kind, visitor_id)",
            "CREATE INDEX number_tail ON number (tail)",
            """CREATE TABLE visitor (
                id TEXT PRIMARY KEY, site_id TEXT NOT NULL REFERENCES site(id), created_at BIGINT NOT NULL)""",
            """CREATE TABLE session (
                id TEXT PRIMARY KEY, visitor_id TEXT NOT NULL REFERENCES visitor(id), started_at BIGINT NOT NULL,
                landing_page_url TEXT NOT NULL, referring_url TEXT NOT NULL, parameters TEXT NOT NULL)""",
            """CREATE TABLE lease (
                id TEXT PRIMARY KEY, number TEXT NOT NULL REFERENCES number(e164),
                pool_id TEXT NOT NULL REFERENCES pool(id), visitor_id TEXT NOT NULL REFERENCES visitor(id),
                session_id TEXT NOT NULL REFERENCES session(id), choice TEXT NOT NULL, started_at BIGINT NOT NULL,
                last_seen_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, ended_at BIGINT)""",
            # The database itself keeps the promise that two visitors never hold one number.
            "CREATE UNIQUE INDEX lease_open_number ON lease (number) WHERE ended_at IS NULL",
            "CREATE UNIQUE INDEX lease_open_visitor ON lease (pool_id, visitor_id) WHERE ended_at IS NULL",
            "CREATE INDEX lease_history ON lease (number, started_at)",
            """CREATE TABLE call (
                id TEXT PRIMARY KEY, customer_phone_number TEXT, tracking_phone_number TEXT NOT NULL,
                destination TEXT NOT NULL, start_time BIGINT NOT NULL, answer_time BIGINT, end_time BIGINT,
                talk_time BIGINT, disposition TEXT, state TEXT NOT NULL, contested INTEGER NOT NULL, lease_id TEXT,
                likelihood DOUBLE PRECISION, attribution_reason TEXT NOT NULL, candidates TEXT NOT NULL,
                late INTEGER NOT NULL)""",
            "CREATE INDEX call_time ON call (start_time)",
            "CREATE INDEX call_caller ON call (customer_phone_number, start_time)",
            """CREATE TABLE cdr (
                call_id TEXT NOT NULL, sequence BIGINT NOT NULL, dialled TEXT NOT NULL, trunk TEXT NOT NULL,
                caller TEXT NOT NULL, tag TEXT NOT NULL, lease TEXT NOT NULL, start_time BIGINT NOT NULL,
                answer_time BIGINT,
                end_time BIGINT NOT NULL, talk_time BIGINT NOT NULL, disposition TEXT NOT NULL,
                PRIMARY KEY (call_id, sequence))""",
            """CREATE TABLE cdr_position (
                path TEXT PRIMARY KEY, inode BIGINT NOT NULL, head TEXT NOT NULL, position BIGINT NOT NULL)""",
        ),
    ),
    (
        "0002_lease_api",
        (
            "ALTER TABLE pool ADD COLUMN vanity TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE pool ADD COLUMN version TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE pool ADD COLUMN held_after_tap_ms BIGINT NOT NULL DEFAULT 1800000",
            "ALTER TABLE number ADD COLUMN sms INTEGER NOT NULL DEFAULT 0",
            # Out of its pool: leased to nobody any more, and routed and attributed as before.
            "ALTER TABLE number ADD COLUMN removed_at BIGINT",
            "DROP INDEX number_next",
            "CREATE INDEX number_next ON number (pool_id, kind, removed_at, free_at, e164)",
            # Holds all that is read to tell how crowded a pool is.
            "CREATE INDEX number_idle ON number (pool_id, kind, removed_at, busy_until)",
            # held_until: a tap on the link of the number holds the lease at least so long.
            "ALTER TABLE lease ADD COLUMN held_until BIGINT NOT NULL DEFAULT 0",
            # Keyed hashes of a day, of the visitor's network and of the wider one around it. Never an address.
            "ALTER TABLE lease ADD COLUMN network TEXT",
            "ALTER TABLE lease ADD COLUMN network_around TEXT",
            """CREATE INDEX lease_network ON lease (network, pool_id, expires_at)
                WHERE ended_at IS NULL AND network IS NOT NULL""",
            """CREATE INDEX lease_network_around ON lease (network_around, pool_id, expires_at)
                WHERE ended_at IS NULL AND network_around IS NOT NULL""",
            "ALTER TABLE session ADD COLUMN landed_at BIGINT",
            "ALTER TABLE session ADD COLUMN page_url TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE session ADD COLUMN tags TEXT NOT NULL DEFAULT '{}'",
            "ALTER TABLE session ADD COLUMN country TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE session ADD COLUMN region TEXT NOT NULL DEFAULT ''",
            """CREATE TABLE tap (
                id TEXT PRIMARY KEY, site_id TEXT NOT NULL REFERENCES site(id), visitor_id TEXT NOT NULL,
                leases TEXT NOT NULL, digits TEXT NOT NULL, number TEXT, tapped_at BIGINT NOT NULL,
                pending INTEGER NOT NULL, network TEXT)""",
            "CREATE INDEX tap_number ON tap (number, tapped_at)",
            "CREATE INDEX tap_time ON tap (tapped_at)",
        ),
    ),
    (
        "0003_views",
        (
            # Page views by hour; `misses` are those on which no swap target was found.
            """CREATE TABLE page_view (
                site_id TEXT NOT NULL REFERENCES site(id), path TEXT NOT NULL, hour BIGINT NOT NULL,
                views BIGINT NOT NULL, misses BIGINT NOT NULL, first_miss_at BIGINT,
                PRIMARY KEY (site_id, path, hour))""",
            "CREATE INDEX page_view_hour ON page_view (hour, site_id)",
        ),
    ),
    (
        "0004_visit",
        (
            "ALTER TABLE session ADD COLUMN device_type TEXT NOT NULL DEFAULT ''",
            # The pages that a visitor with a lease looked at.
            """CREATE TABLE page (
                session_id TEXT NOT NULL REFERENCES session(id), url TEXT NOT NULL, viewed_at BIGINT NOT NULL)""",
            "CREATE INDEX page_session ON page (session_id, viewed_at)",
        ),
    ),
    (
        "0005_evidence",
        (
            # Whether a candidate tapped the number, and who else called on a lease: one look for each candidate.
            "DROP INDEX tap_number",
            "CREATE INDEX tap_visitor ON tap (number, visitor_id, tapped_at)",
            "CREATE INDEX call_lease ON call (lease_id, start_time, customer_phone_number)",
            # What a call's attribution was before it was computed again, the last time it held.
            """CREATE TABLE attribution_audit (
                call_id TEXT NOT NULL REFERENCES call(id), changed_at BIGINT NOT NULL, state TEXT NOT NULL,
                contested INTEGER NOT NULL, lease_id TEXT, likelihood DOUBLE PRECISION,
                attribution_reason TEXT NOT NULL, candidates TEXT NOT NULL)""",
            "CREATE INDEX attribution_audit_call ON attribution_audit (call_id, changed_at)",
        ),
    ),
    (
        "0006_rules",
        (
            # A number in two rules would stand for two sources. priority: the rule's place among its pool's, from 1.
            """CREATE TABLE rule (
                id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, pool_id TEXT NOT NULL REFERENCES pool(id),
                priority BIGINT NOT NULL, condition TEXT NOT NULL, number TEXT NOT NULL UNIQUE REFERENCES number(e164),
                created_at BIGINT NOT NULL)""",
            "CREATE INDEX rule_order ON rule (pool_id, priority)",
            # Changes with each rule of the site: until then they need not be read again.
            "ALTER TABLE site ADD COLUMN rules_version TEXT NOT NULL DEFAULT ''",
        ),
    ),
    (
        "0007_lifecycle",
        (
            # Beside removed_at, since when a number is leased to nobody: since when it is to be given up, until when it
            # is held, and since when it is no number of ours.
            "ALTER TABLE number ADD COLUMN retired_at BIGINT",
            "ALTER TABLE number ADD COLUMN releasable_at BIGINT",
            "ALTER TABLE number ADD COLUMN released_at BIGINT",
            # A call to a number that was retired before; kept, as the number may come back.
            "ALTER TABLE call ADD COLUMN ghost INTEGER NOT NULL DEFAULT 0",
            "CREATE INDEX call_number ON call (tracking_phone_number, start_time)",
            # Page views by what was shown in place of a pool's swap target, ten minutes a row; without_visitor: who
            # looked must not, or could not, be told from others, so that no number could be theirs.
            """CREATE TABLE shown (
                pool_id TEXT NOT NULL REFERENCES pool(id), began_at BIGINT NOT NULL, choice TEXT NOT NULL,
                without_visitor INTEGER NOT NULL, views BIGINT NOT NULL,
                PRIMARY KEY (pool_id, began_at, choice, without_visitor))""",
            "CREATE INDEX shown_time ON shown (began_at)",
            "CREATE INDEX lease_pool ON lease (pool_id, started_at)",
        ),
    ),
    (
        "0008_overflow",
        (
            # 1: tried only where the pool has no number to lease.
            "ALTER TABLE rule ADD COLUMN overflow INTEGER NOT NULL DEFAULT 0",
            # The ways that are tried then, in their order, parted by commas.
            "ALTER TABLE pool ADD COLUMN overflow TEXT NOT NULL DEFAULT 'recycled,source_shared,shared'",
        ),
    ),
    (
        "0009_format",
        (
            # country: of numbers that do not say theirs; '': that of the configuration.
            "ALTER TABLE pool ADD COLUMN country TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE pool ADD COLUMN format TEXT NOT NULL DEFAULT 'page'",
        ),
    ),
    (
        "0010_surely_used",
        (
            # With what tells whether a call was surely the lease's: a robot's thousands are not looked up one by one.
            "DROP INDEX call_lease",
            "CREATE INDEX call_lease ON call (lease_id, start_time, customer_phone_number, contested, likelihood)",
        ),
    ),
    (
        "0011_pools_apart",
        (
            # For whom the pool is, where several replace one swap target; '': for all others.
            "ALTER TABLE pool ADD COLUMN condition TEXT NOT NULL DEFAULT ''",
            "DROP INDEX pool_target",
            "CREATE UNIQUE INDEX pool_target ON pool (site_id, swap_target, condition)",
        ),
    ),
    (
        "0012_label",
        (
            # What people call the number: of a billboard, where it hangs.
            "ALTER TABLE number ADD COLUMN label TEXT NOT NULL DEFAULT ''",
        ),
    ),
    (
        "0013_open_calls",
        (
            # The few calls whose end is not known, among all that there ever were.
            "CREATE INDEX call_open ON call (start_time) WHERE end_time IS NULL AND disposition IS NULL",
        ),
    ),
    (
        "0014_paused_as_told",
        (
            # Since when a number is leased to nobody: paused, retired or released.
            "ALTER TABLE number RENAME COLUMN removed_at TO paused_at",
            # 1: the attribution is what the destination was told, which the history of leases does not bear out.
            "ALTER TABLE call ADD COLUMN as_told INTEGER NOT NULL DEFAULT 0",
            "UPDATE call SET as_told = 1 WHERE attribution_reason = 'As the destination was told when the call came.'",
        ),
    ),
)
