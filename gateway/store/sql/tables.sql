-- The schema of today, to be read. migrations.py makes it, and a test holds the two together: change both.
-- BIGINT is epoch milliseconds, or milliseconds where the name ends in _ms; origins, parameters, tags, leases and
-- candidates are JSON; flags are 0 or 1; ids are made in Python.

-- Websites that embed the script --------------------------------------------------------------------------------------

CREATE TABLE site (
    id            TEXT PRIMARY KEY,
    name          TEXT NOT NULL UNIQUE,
    site_key      TEXT NOT NULL UNIQUE,       -- public, part of the script tag
    origins       TEXT NOT NULL,              -- that may use the script
    rules_version TEXT NOT NULL DEFAULT '',   -- changes with each rule of the site: until then none is read again
    created_at    BIGINT NOT NULL
);

-- Numbers that are leased on a site in place of one swap target.
CREATE TABLE pool (
    id                TEXT PRIMARY KEY,
    site_id           TEXT NOT NULL REFERENCES site(id),
    name              TEXT NOT NULL UNIQUE,
    swap_target       TEXT NOT NULL,
    condition         TEXT NOT NULL DEFAULT '',   -- for whom, where several replace one target; '': for all others
    destination       TEXT NOT NULL,              -- an entry of config.toml
    lease_ms          BIGINT NOT NULL,
    provisional_ms    BIGINT NOT NULL,            -- how long a lease has until its first heartbeat
    cooldown_ms       BIGINT NOT NULL,
    closed_browser_ms BIGINT NOT NULL,            -- how long a lease outlives its page
    held_after_tap_ms BIGINT NOT NULL DEFAULT 1800000,
    hard_cooldown     INTEGER NOT NULL,           -- 1: what cools is given to nobody but its own visitor
    overflow          TEXT NOT NULL DEFAULT 'recycled,source_shared,shared',  -- what is tried then, in order
    vanity            TEXT NOT NULL DEFAULT '',   -- how the site writes the target with letters
    country           TEXT NOT NULL DEFAULT '',   -- of numbers that do not say theirs; '': that of the configuration
    format            TEXT NOT NULL DEFAULT 'page',
    version           TEXT NOT NULL DEFAULT '',   -- changes with the pool: what was leased before is asked for again
    created_at        BIGINT NOT NULL
);
-- Pools that replace one target differ in whom they are for.
CREATE UNIQUE INDEX pool_target ON pool (site_id, swap_target, condition);

-- Numbers of ours, those that we gave up among them, as leases and calls name them.
CREATE TABLE number (
    e164          TEXT PRIMARY KEY,
    tail          TEXT NOT NULL,              -- the digits backwards: last digits alone find the number by range
    kind          TEXT NOT NULL,              -- pool, shared, source, static
    pool_id       TEXT REFERENCES pool(id),
    destination   TEXT NOT NULL,              -- '': its pool's
    campaign      TEXT NOT NULL,
    label         TEXT NOT NULL DEFAULT '',   -- what people call it: of a billboard, where it hangs
    sms           INTEGER NOT NULL DEFAULT 0,
    visitor_id    TEXT,                       -- who held it last
    busy_until    BIGINT NOT NULL,            -- when the latest lease on it ends
    free_at       BIGINT NOT NULL,            -- when its cooldown is over as well
    added_at      BIGINT NOT NULL,
    paused_at    BIGINT,                     -- since when it is leased to nobody: paused, retired or released
    retired_at    BIGINT,                     -- since when it is to be given up ..
    releasable_at BIGINT,                     -- .. until when it is held ..
    released_at   BIGINT                      -- .. and since when it is no number of ours
);
-- Holds the whole ORDER BY of the search for the next number: without it a lease sorts the pool.
CREATE INDEX number_next ON number (pool_id, kind, paused_at, free_at, e164);
-- Holds all that is read to tell how crowded a pool is.
CREATE INDEX number_idle ON number (pool_id, kind, paused_at, busy_until);
CREATE INDEX number_held ON number (pool_id, kind, visitor_id);
CREATE INDEX number_tail ON number (tail);

-- Sessions that meet a condition are shown one fixed number.
CREATE TABLE rule (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    pool_id    TEXT NOT NULL REFERENCES pool(id),
    priority   BIGINT NOT NULL,               -- its place among its pool's, from 1
    overflow   INTEGER NOT NULL DEFAULT 0,    -- 1: tried only where the pool has no number to lease
    condition  TEXT NOT NULL,
    number     TEXT NOT NULL UNIQUE REFERENCES number(e164),  -- in two rules it would stand for two sources
    created_at BIGINT NOT NULL
);
CREATE INDEX rule_order ON rule (pool_id, priority);

-- Visitors and what they hold -----------------------------------------------------------------------------------------

CREATE TABLE visitor (
    id         TEXT PRIMARY KEY,
    site_id    TEXT NOT NULL REFERENCES site(id),
    created_at BIGINT NOT NULL
);

-- One visit. Its texts come from a stranger's browser.
CREATE TABLE session (
    id               TEXT PRIMARY KEY,
    visitor_id       TEXT NOT NULL REFERENCES visitor(id),
    started_at       BIGINT NOT NULL,
    landed_at        BIGINT,                    -- when the visitor came to the site at first, where that was earlier
    landing_page_url TEXT NOT NULL,
    referring_url    TEXT NOT NULL,
    parameters       TEXT NOT NULL,             -- of the campaign: utm_*, click ids
    page_url         TEXT NOT NULL DEFAULT '',
    tags             TEXT NOT NULL DEFAULT '{}',  -- what the page says of the visit in words of its own
    country          TEXT NOT NULL DEFAULT '',
    region           TEXT NOT NULL DEFAULT '',
    device_type      TEXT NOT NULL DEFAULT ''
);

-- The pages that a visitor with a lease looked at.
CREATE TABLE page (
    session_id TEXT NOT NULL REFERENCES session(id),
    url        TEXT NOT NULL,
    viewed_at  BIGINT NOT NULL
);
CREATE INDEX page_session ON page (session_id, viewed_at);

-- One visitor's hold on one number. Until ended_at is set it ends at expires_at.
CREATE TABLE lease (
    id             TEXT PRIMARY KEY,
    number         TEXT NOT NULL REFERENCES number(e164),
    pool_id        TEXT NOT NULL REFERENCES pool(id),
    visitor_id     TEXT NOT NULL REFERENCES visitor(id),
    session_id     TEXT NOT NULL REFERENCES session(id),
    choice         TEXT NOT NULL,              -- how the visitor came by the number
    started_at     BIGINT NOT NULL,
    last_seen_at   BIGINT NOT NULL,            -- the last heartbeat or tap
    expires_at     BIGINT NOT NULL,
    held_until     BIGINT NOT NULL DEFAULT 0,  -- a tap on the link of the number holds the lease at least so long
    ended_at       BIGINT,
    network        TEXT,                       -- keyed hashes of a day, of the visitor's network ..
    network_around TEXT                        -- .. and of the wider one around it. Never an address.
);
-- The database itself keeps the promise that two visitors never hold one number.
CREATE UNIQUE INDEX lease_open_number ON lease (number) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX lease_open_visitor ON lease (pool_id, visitor_id) WHERE ended_at IS NULL;
CREATE INDEX lease_history ON lease (number, started_at);
CREATE INDEX lease_pool ON lease (pool_id, started_at);
CREATE INDEX lease_network ON lease (network, pool_id, expires_at)
    WHERE ended_at IS NULL AND network IS NOT NULL;
CREATE INDEX lease_network_around ON lease (network_around, pool_id, expires_at)
    WHERE ended_at IS NULL AND network_around IS NOT NULL;

-- Taps on tel: links, kept for a month as evidence.
CREATE TABLE tap (
    id         TEXT PRIMARY KEY,
    site_id    TEXT NOT NULL REFERENCES site(id),
    visitor_id TEXT NOT NULL,              -- '' in a foreign frame
    leases     TEXT NOT NULL,
    digits     TEXT NOT NULL,              -- as the link has them
    number     TEXT,                       -- what they dial, where that can be read
    tapped_at  BIGINT NOT NULL,
    pending    INTEGER NOT NULL,           -- 1: of no lease that was known then
    network    TEXT
);
CREATE INDEX tap_visitor ON tap (number, visitor_id, tapped_at);
CREATE INDEX tap_time ON tap (tapped_at);

-- Calls ---------------------------------------------------------------------------------------------------------------

CREATE TABLE call (
    id                    TEXT PRIMARY KEY,    -- the switch's own
    customer_phone_number TEXT,                -- NULL: withheld
    tracking_phone_number TEXT NOT NULL,
    destination           TEXT NOT NULL,       -- '': the dialplan's fallback, or nobody
    start_time            BIGINT NOT NULL,
    answer_time           BIGINT,
    end_time              BIGINT,              -- NULL until the CDR came
    talk_time             BIGINT,              -- in milliseconds
    disposition           TEXT,
    state                 TEXT NOT NULL,       -- the attribution, down to `candidates`
    contested             INTEGER NOT NULL,
    lease_id              TEXT,
    likelihood            DOUBLE PRECISION,
    attribution_reason    TEXT NOT NULL,
    candidates            TEXT NOT NULL,
    late                  INTEGER NOT NULL,    -- 1: settled from its CDR, never decided
    ghost                 INTEGER NOT NULL DEFAULT 0, -- 1: to a number that was retired before; it may come back
    as_told               INTEGER NOT NULL DEFAULT 0  -- 1: what the destination was told, which the leases do not bear out
);
CREATE INDEX call_time ON call (start_time);
CREATE INDEX call_caller ON call (customer_phone_number, start_time);
CREATE INDEX call_number ON call (tracking_phone_number, start_time);
-- With what tells whether a call was surely the lease's: a robot's thousands are not looked up one by one.
CREATE INDEX call_lease ON call (lease_id, start_time, customer_phone_number, contested, likelihood);
-- The few calls whose end is not known, among all that there ever were.
CREATE INDEX call_open ON call (start_time) WHERE end_time IS NULL AND disposition IS NULL;

-- What a call's attribution was before it was computed again, the last time it held.
CREATE TABLE attribution_audit (
    call_id            TEXT NOT NULL REFERENCES call(id),
    changed_at         BIGINT NOT NULL,
    state              TEXT NOT NULL,
    contested          INTEGER NOT NULL,
    lease_id           TEXT,
    likelihood         DOUBLE PRECISION,
    attribution_reason TEXT NOT NULL,
    candidates         TEXT NOT NULL
);
CREATE INDEX attribution_audit_call ON attribution_audit (call_id, changed_at);

-- The switch's own call records, of which a call may have several.
CREATE TABLE cdr (
    call_id     TEXT NOT NULL,
    sequence    BIGINT NOT NULL,
    dialled     TEXT NOT NULL,
    trunk       TEXT NOT NULL,
    caller      TEXT NOT NULL,
    tag         TEXT NOT NULL,      -- the state that the call carried
    lease       TEXT NOT NULL,
    start_time  BIGINT NOT NULL,
    answer_time BIGINT,
    end_time    BIGINT NOT NULL,
    talk_time   BIGINT NOT NULL,    -- in milliseconds
    disposition TEXT NOT NULL,
    PRIMARY KEY (call_id, sequence)
);

-- How far a CDR file was read.
CREATE TABLE cdr_position (
    path     TEXT PRIMARY KEY,
    inode    BIGINT NOT NULL,
    head     TEXT NOT NULL,         -- its first line, which tells a new file that got an old inode
    position BIGINT NOT NULL
);

-- Counts --------------------------------------------------------------------------------------------------------------

-- Page views by hour; misses: those on which no swap target was found.
CREATE TABLE page_view (
    site_id       TEXT NOT NULL REFERENCES site(id),
    path          TEXT NOT NULL,
    hour          BIGINT NOT NULL,
    views         BIGINT NOT NULL,
    misses        BIGINT NOT NULL,
    first_miss_at BIGINT,
    PRIMARY KEY (site_id, path, hour)
);
CREATE INDEX page_view_hour ON page_view (hour, site_id);

-- Page views by what was shown in place of a pool's swap target, ten minutes a row.
CREATE TABLE shown (
    pool_id         TEXT NOT NULL REFERENCES pool(id),
    began_at        BIGINT NOT NULL,
    choice          TEXT NOT NULL,
    without_visitor INTEGER NOT NULL,  -- 1: the visitor may not, or cannot, be told from others
    views           BIGINT NOT NULL,
    PRIMARY KEY (pool_id, began_at, choice, without_visitor)
);
CREATE INDEX shown_time ON shown (began_at);
