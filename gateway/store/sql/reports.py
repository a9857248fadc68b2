"""The SQL of reports: pools, numbers, leases and calls, as the owner sees them."""

from gateway.store.sql.sites import POOL_COLUMNS

POOL_COUNTS = f"""
    SELECT {POOL_COLUMNS}, site.name AS site,
           SUM(CASE WHEN number.kind = 'pool' THEN 1 ELSE 0 END) AS numbers,
           SUM(CASE WHEN number.kind = 'pool' AND number.busy_until > :now THEN 1 ELSE 0 END) AS active,
           SUM(CASE WHEN number.kind = 'pool' AND number.busy_until <= :now AND number.free_at > :now
               THEN 1 ELSE 0 END) AS cooling,
           SUM(CASE WHEN number.kind = 'shared' THEN 1 ELSE 0 END) AS shared
    FROM pool JOIN site ON site.id = pool.site_id
    LEFT JOIN number ON number.pool_id = pool.id AND number.paused_at IS NULL
    WHERE (:pool = '' OR pool.name = :pool)
    GROUP BY pool.id, site.id
    ORDER BY pool.name"""
_GHOST_CALLS = """
    FROM call WHERE tracking_phone_number = number.e164 AND ghost = 1 AND start_time >= number.retired_at"""
_NUMBERS = f"""
    SELECT number.e164, number.kind, number.destination, number.campaign, number.busy_until, number.free_at,
           number.label, number.sms, number.paused_at, number.retired_at, number.releasable_at, pool.name AS pool,
           (SELECT COUNT(*) {_GHOST_CALLS}) AS ghost_calls, (SELECT MAX(start_time) {_GHOST_CALLS}) AS last_ghost_call
    FROM number LEFT JOIN pool ON pool.id = number.pool_id
    WHERE number.released_at IS NULL AND (:pool = '' OR pool.name = :pool)"""
NUMBERS = f"{_NUMBERS} ORDER BY number.e164 LIMIT :limit"
RETIRED_NUMBERS = f"{_NUMBERS} AND number.retired_at IS NOT NULL ORDER BY ghost_calls DESC, number.e164 LIMIT :limit"

LEASES = """
    SELECT lease.id, lease.number, lease.pool_id, lease.visitor_id, lease.session_id, lease.choice, lease.started_at,
           lease.last_seen_at, lease.expires_at, lease.ended_at, pool.name AS pool, pool.cooldown_ms,
           session.landing_page_url, session.referring_url, session.parameters
    FROM lease JOIN pool ON pool.id = lease.pool_id JOIN session ON session.id = lease.session_id
    WHERE (:pool = '' OR pool.name = :pool) AND (:number = '' OR lease.number = :number)
    ORDER BY lease.started_at DESC, lease.id LIMIT :limit"""
LEASES_AFTER = """
    SELECT id, started_at, last_seen_at, expires_at, ended_at, held_until FROM lease
    WHERE pool_id = :pool AND started_at >= :started_at AND (started_at > :started_at OR id > :id)
    ORDER BY started_at, id LIMIT :limit"""
_CALLS = """
    SELECT call.id, call.customer_phone_number, call.tracking_phone_number, call.destination, call.start_time,
           call.answer_time, call.end_time, call.talk_time, call.disposition, call.state, call.contested,
           call.lease_id, call.likelihood, call.attribution_reason, call.candidates, call.late,
           call.ghost, lease.visitor_id, lease.session_id, session.landing_page_url, session.referring_url,
           session.parameters, session.tags, session.device_type, session.started_at AS session_started_at,
           visitor.created_at AS visitor_created_at, site.origins, number.campaign AS number_campaign, number.label,
           (SELECT COUNT(*) FROM call AS earlier WHERE earlier.customer_phone_number = call.customer_phone_number
            AND earlier.start_time < call.start_time) AS prior_calls
    FROM call LEFT JOIN lease ON lease.id = call.lease_id
    LEFT JOIN session ON session.id = lease.session_id
    LEFT JOIN visitor ON visitor.id = lease.visitor_id
    LEFT JOIN site ON site.id = visitor.site_id
    LEFT JOIN number ON number.e164 = call.tracking_phone_number"""
CALLS = f"{_CALLS} ORDER BY call.start_time DESC, call.id LIMIT :limit"
CALL_BY_ID = f"{_CALLS} WHERE call.id = :id"
