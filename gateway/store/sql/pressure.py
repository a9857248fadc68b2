"""The SQL of what pools showed, and of their new leases, for SQLite and PostgreSQL. Rules as in statements.py."""

COUNT_SHOWN = """
    INSERT INTO shown (pool_id, began_at, choice, without_visitor, views)
    VALUES (:pool, :began, :choice, :without_visitor, 1)
    ON CONFLICT (pool_id, began_at, choice, without_visitor) DO UPDATE SET views = shown.views + 1"""
FORGET_SHOWN = "DELETE FROM shown WHERE began_at < :before"
SHOWN_SINCE = """
    SELECT choice, without_visitor, CAST(SUM(views) AS BIGINT) AS views FROM shown
    WHERE pool_id = :pool AND began_at >= :since GROUP BY choice, without_visitor"""

# rested: how long the number had been nobody's when it was leased again. Back with its own visitor it is never early.
LEASES_SINCE = """
    SELECT choice, COUNT(*) AS leases,
           CAST(SUM(CASE WHEN choice <> 'same' AND rested < :length THEN 1 ELSE 0 END) AS BIGINT) AS early,
           CAST(SUM(CASE WHEN until < :now THEN until ELSE :now END - started_at) AS BIGINT) AS lease_time
    FROM (SELECT lease.choice, lease.started_at, COALESCE(lease.ended_at, lease.expires_at) AS until,
                 lease.started_at - (SELECT COALESCE(prior.ended_at, prior.expires_at) FROM lease AS prior
                                     WHERE prior.number = lease.number AND prior.started_at < lease.started_at
                                     ORDER BY prior.started_at DESC LIMIT 1) AS rested
          FROM lease WHERE lease.pool_id = :pool AND lease.started_at >= :since) AS fresh
    GROUP BY choice"""
PAUSED = """
    SELECT COUNT(*) AS paused, COUNT(retired_at) AS retired FROM number
    WHERE pool_id = :pool AND kind = 'pool' AND paused_at IS NOT NULL AND released_at IS NULL"""
