"""The SQL of leases, the hot path: taken, renewed, ended, held after a tap, and the visits that they are of."""

from gateway.store.sql.sites import POOL_COLUMNS

LEASE_COLUMNS = "id, number, pool_id, visitor_id, session_id, started_at, last_seen_at, expires_at, ended_at"

# Held after a tap; not for longer than a tap of now would hold, as the clock may have been set back.
_END = "CASE WHEN held_until > {end} AND held_until <= :held_until THEN held_until ELSE {end} END"
_SHORT = _END.format(end="CAST(:provisional AS BIGINT)")
_LONG = _END.format(end="CAST(:expires AS BIGINT)")
_KEPT = "NOT EXISTS (SELECT 1 FROM number WHERE e164 = lease.number AND paused_at IS NOT NULL)"

RUNNING = f"""
    SELECT {LEASE_COLUMNS} FROM lease
    WHERE pool_id = :pool AND visitor_id = :visitor AND ended_at IS NULL AND expires_at > :now AND {_KEPT}"""
RENEW_RUNNING = f"""
    UPDATE lease SET expires_at = CASE WHEN last_seen_at = started_at THEN {_SHORT} ELSE {_LONG} END
    WHERE pool_id = :pool AND visitor_id = :visitor AND ended_at IS NULL AND expires_at > :now AND {_KEPT}
    RETURNING {LEASE_COLUMNS}"""

RENEW_ON_BEAT = f"""
    UPDATE lease SET last_seen_at = :now, expires_at = {_LONG}
    WHERE id = :lease AND ended_at IS NULL AND expires_at > :now AND {_KEPT}
    RETURNING {LEASE_COLUMNS}"""

OPEN_LEASE = f"SELECT {LEASE_COLUMNS} FROM lease WHERE id = :lease AND ended_at IS NULL"
SHORTEN = f"""
    UPDATE lease SET expires_at = {_LONG}
    WHERE id = :lease AND ended_at IS NULL AND expires_at > :expires
    RETURNING {LEASE_COLUMNS}"""
# A tap is a sign of life, as a heartbeat is: it makes a provisional lease last.
HOLD_AFTER_TAP = f"""
    UPDATE lease SET last_seen_at = :now, held_until = :held_until,
        expires_at = CASE WHEN expires_at < :held_until THEN CAST(:held_until AS BIGINT) ELSE expires_at END
    WHERE id = :lease AND ended_at IS NULL AND expires_at > :now
    RETURNING {LEASE_COLUMNS}"""
INSERT_TAP = """
    INSERT INTO tap (id, site_id, visitor_id, leases, digits, number, tapped_at, pending, network)
    VALUES (:id, :site, :visitor, :leases, :digits, :number, :now, :pending, :network)"""
FORGET_TAPS = "DELETE FROM tap WHERE tapped_at < :before"

HOLD = "UPDATE number SET busy_until = :expires, free_at = :free WHERE e164 = :number RETURNING sms"

_NEXT = """
    SELECT e164 FROM number WHERE pool_id = :pool AND kind = 'pool' AND paused_at IS NULL AND {which}
    {order} LIMIT 1"""
_TAKE = """
    UPDATE number SET busy_until = :expires, free_at = :free, visitor_id = :visitor
    WHERE e164 = ({next} {{skip_locked}})
    RETURNING e164, sms"""

# `+ 0` keeps the planner from number_next and number_idle, by which it would read through everything that cools.
NEXT_SAME = _NEXT.format(which="visitor_id = :visitor AND busy_until + 0 <= :now AND free_at + 0 > :now", order="")
NEXT_IDLE = _NEXT.format(which="free_at <= :now", order="ORDER BY free_at, e164")
# The bound on free_at leaves out what an active lease holds, so that a pool with nothing to give answers at once.
NEXT_RECYCLED = _NEXT.format(which="free_at <= :recyclable AND busy_until <= :now", order="ORDER BY free_at, e164")
TAKE_SAME = _TAKE.format(next=NEXT_SAME)
TAKE_IDLE = _TAKE.format(next=NEXT_IDLE)
TAKE_RECYCLED = _TAKE.format(next=NEXT_RECYCLED)

# How crowded a pool is, counted no further than matters: a pool of a million must not take longer than one of a dozen.
_COUNT = """
    SELECT COUNT(*) AS found FROM (SELECT 1 AS one FROM number WHERE pool_id = :pool AND kind = 'pool'
                                   AND paused_at IS NULL{which} LIMIT :most) AS looked"""
COUNT_IDLE = _COUNT.format(which=" AND busy_until <= :now")
COUNT_NUMBERS = _COUNT.format(which="")
_LIVE = """
    (SELECT COUNT(*) FROM lease WHERE pool_id = :pool AND ended_at IS NULL AND expires_at > :now AND {network})"""
LIVE_LEASES = f"""
    SELECT {_LIVE.format(network="network IN (:today, :yesterday)")} AS live,
           {_LIVE.format(network="network_around IN (:around_today, :around_yesterday)")} AS around"""

# Two statements and no OR, which would cost the index. Only what has expired ends: ending "any" lease of the
# visitor let two tabs hold two numbers.
END_ON_NUMBER = """
    UPDATE lease SET ended_at = expires_at
    WHERE number = :number AND ended_at IS NULL AND expires_at <= :now"""
END_OF_VISITOR = """
    UPDATE lease SET ended_at = expires_at
    WHERE pool_id = :pool AND visitor_id = :visitor AND ended_at IS NULL AND expires_at <= :now"""
# The visitor's lease of a number that was taken out of the pool: it makes room for one of another.
END_ON_REMOVED = """
    UPDATE lease SET ended_at = :now
    WHERE pool_id = :pool AND visitor_id = :visitor AND ended_at IS NULL AND expires_at > :now
        AND EXISTS (SELECT 1 FROM number WHERE e164 = lease.number AND paused_at IS NOT NULL)"""

INSERT_LEASE = """
    INSERT INTO lease (id, number, pool_id, visitor_id, session_id, choice, started_at, last_seen_at, expires_at,
                       network, network_around)
    VALUES (:id, :number, :pool, :visitor, :session, :choice, :now, :now, :expires, :network, :network_around)"""
# What a page says of a visit after it began.
TAG_SESSION = "UPDATE session SET tags = :tags WHERE id = :session AND tags <> :tags"
INSERT_VISITOR = """
    INSERT INTO visitor (id, site_id, created_at) VALUES (:id, :site, :now) ON CONFLICT (id) DO NOTHING"""
INSERT_SESSION = """
    INSERT INTO session (id, visitor_id, started_at, landing_page_url, referring_url, parameters, landed_at, page_url,
                         tags, country, region, device_type)
    VALUES (:id, :visitor, :now, :landing_page_url, :referring_url, :parameters, :landed_at, :page_url, :tags,
            :country, :region, :device_type)"""

SHARED_NUMBER = """
    SELECT e164, sms FROM number WHERE pool_id = :pool AND kind = 'shared' AND paused_at IS NULL
    ORDER BY e164 LIMIT 1"""

POOL_OF_LEASE = f"""
    SELECT {POOL_COLUMNS} FROM pool JOIN lease ON lease.pool_id = pool.id WHERE lease.id = :lease"""
