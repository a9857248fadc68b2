"""The SQL of what a decision on a call reads."""

from gateway.store.sql.leases import LEASE_COLUMNS

_OWN_NUMBER = """
    SELECT number.e164, number.kind, number.destination, number.campaign, pool.destination AS pool_destination,
           pool.lease_ms, pool.cooldown_ms, rule.name AS rule
    FROM number LEFT JOIN pool ON pool.id = number.pool_id LEFT JOIN rule ON rule.number = number.e164
    WHERE number.released_at IS NULL AND"""
NUMBER_BY_E164 = f"{_OWN_NUMBER} number.e164 = :e164"
NUMBER_BY_TAIL = f"{_OWN_NUMBER} number.tail >= :low AND number.tail < :high LIMIT 2"
# What could still be in a caller's mind, and one older. Leases on one number never overlap, so the newest that is over
# bounds the rest. It is looked for among the newest only, as a busy number has thousands that still cool, each of which
# stands on a page of its own. The evidence comes with each: one look into an index for a tap, a few for the calls of
# others, of which more would tell no more.
LEASES_ON_NUMBER = f"""
    SELECT {LEASE_COLUMNS},
           (SELECT MAX(tap.tapped_at) FROM tap
            WHERE tap.number = :number AND tap.visitor_id = lease.visitor_id
                AND tap.tapped_at BETWEEN :tap_from AND :tap_until) AS tapped_at,
           (SELECT COUNT(*) FROM (SELECT customer_phone_number, contested, likelihood FROM call
                                  WHERE call.lease_id = lease.id AND call.start_time < :at
                                  ORDER BY call.start_time DESC LIMIT :limit) AS latest
            WHERE latest.customer_phone_number <> :caller
                AND (latest.contested = 0 OR latest.likelihood >= :sure)) AS used_by
    FROM lease WHERE number = :number AND started_at <= :at
        AND started_at >= COALESCE((SELECT MAX(started_at) FROM (SELECT started_at, expires_at FROM lease
                                                                 WHERE number = :number AND started_at <= :at
                                                                 ORDER BY started_at DESC LIMIT :limit) AS newest
                                    WHERE expires_at <= :over), 0)
    ORDER BY started_at DESC LIMIT :limit"""
ANY_LEASE = "SELECT id FROM lease WHERE number = :number LIMIT 1"
# Of the caller's last calls only: a robot's are without end. Of the number's own site: a visitor is one site's.
EARLIER_LEASES = """
    SELECT lease.id, lease.number, lease.pool_id, lease.visitor_id, lease.session_id, lease.started_at,
           lease.last_seen_at, lease.expires_at, lease.ended_at
    FROM (SELECT id, lease_id, contested, likelihood, start_time FROM call
          WHERE customer_phone_number = :caller AND start_time < :at
          ORDER BY start_time DESC LIMIT :limit) AS earlier
    JOIN lease ON lease.id = earlier.lease_id JOIN pool ON pool.id = lease.pool_id
    WHERE (earlier.contested = 0 OR earlier.likelihood >= :sure)
        AND pool.site_id = (SELECT own.site_id FROM number JOIN pool AS own ON own.id = number.pool_id
                            WHERE number.e164 = :number)
    ORDER BY earlier.start_time DESC, earlier.id"""

# `low` has the last digits backwards, as the column has them all.
NUMBERS_BY_TAIL = "SELECT e164 FROM number WHERE released_at IS NULL AND tail >= :low AND tail < :high"
OWN_OF_PAGES = "SELECT DISTINCT swap_target AS e164 FROM pool"
