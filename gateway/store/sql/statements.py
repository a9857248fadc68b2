"""Every SQL statement of the product, by name, valid in SQLite and PostgreSQL.

Parameters by name, epoch milliseconds, `{skip_locked}` where PostgreSQL passes over a row that another lease is
taking (empty in SQLite, whose writers come one at a time). `= (SELECT ..)` and not `IN`: the subquery runs once.
"""

# -- leases: the hot path --------------------------------------------------------------------------------------
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

# For a simulation of trackers that choose by lot: whoever was drawn is next.
RESTING = """
    SELECT e164 FROM number WHERE pool_id = :pool AND kind = 'pool' AND paused_at IS NULL AND busy_until <= :now
    ORDER BY e164"""
PUT_FIRST = "UPDATE number SET free_at = 0 WHERE e164 = :e164"

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

# -- pools and sites -------------------------------------------------------------------------------------------
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
POOL_OF_LEASE = f"""
    SELECT {POOL_COLUMNS} FROM pool JOIN lease ON lease.pool_id = pool.id WHERE lease.id = :lease"""

CHANGE_POOL = """
    UPDATE pool SET swap_target = :swap_target, destination = :destination, lease_ms = :lease_ms,
        cooldown_ms = :cooldown_ms, hard_cooldown = :hard_cooldown, overflow = :overflow, vanity = :vanity,
        version = :version, country = :country, format = :format, condition = :condition
    WHERE id = :id"""

# A number that was paused, retired or released is put back, as what it is added as.
INSERT_NUMBER = """
    INSERT INTO number (e164, tail, kind, pool_id, destination, campaign, label, sms, busy_until, free_at, added_at)
    VALUES (:e164, :tail, :kind, :pool, :destination, :campaign, :label, :sms, 0, 0, :now)
    ON CONFLICT (e164) DO UPDATE SET paused_at = NULL, retired_at = NULL, releasable_at = NULL, released_at = NULL,
        kind = :kind, pool_id = :pool, destination = :destination, campaign = :campaign, label = :label,
        sms = :sms
    WHERE number.paused_at IS NOT NULL
    RETURNING e164"""

# -- calls: what a decision reads ------------------------------------------------------------------------------
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

# -- calls: what is written ------------------------------------------------------------------------------------
_NEW_CALL = """
    INSERT INTO call (id, customer_phone_number, tracking_phone_number, destination, start_time, state, contested,
                      lease_id, likelihood, attribution_reason, candidates, as_told, late, ghost)
    VALUES (:id, :caller, :number, :destination, :start, :state, :contested, :lease, :likelihood, :reason,
            :candidates, :as_told, :late, (SELECT COUNT(*) FROM number WHERE e164 = :number AND retired_at <= :start
                                 AND released_at IS NULL))
    ON CONFLICT (id) DO """
RECORD_SETTLED = f"{_NEW_CALL} NOTHING"
# What the switch was told at the INVITE goes before what was settled from the CDR, whichever is written first. But a
# call that is asked for twice, as when it is transferred back to us, stays whose it was at first, and one whose CDR
# carries no decision was never told any.
RECORD_DECISION = f"""{_NEW_CALL} UPDATE SET state = :state, contested = :contested, lease_id = :lease, late = :late,
        likelihood = :likelihood, attribution_reason = :reason, candidates = :candidates, as_told = :as_told,
        destination = CASE WHEN call.disposition = 'REFUSED' THEN '' ELSE :destination END
    WHERE call.end_time IS NOT NULL AND call.late = 0"""
NEVER_TOLD = "UPDATE call SET destination = '', late = 1 WHERE id = :id"
COMPLETE_CALL = """
    UPDATE call SET start_time = :start, answer_time = :answer, end_time = :end, talk_time = :talk,
        disposition = :disposition WHERE id = :id"""
RANG_NOBODY = "UPDATE call SET destination = '' WHERE id = :id AND disposition = 'REFUSED'"
INSERT_CDR = """
    INSERT INTO cdr (call_id, sequence, dialled, trunk, caller, tag, lease, start_time, answer_time, end_time,
                     talk_time, disposition)
    VALUES (:id, :sequence, :dialled, :trunk, :caller, :tag, :lease, :start, :answer, :end, :talk, :disposition)
    ON CONFLICT (call_id, sequence) DO NOTHING"""
CDRS_OF_CALL = """
    SELECT call_id, sequence, dialled, trunk, caller, tag, lease, start_time, answer_time, end_time, talk_time,
           disposition
    FROM cdr WHERE call_id = :id ORDER BY sequence"""

CDR_POSITION = "SELECT inode, head, position FROM cdr_position WHERE path = :path"
SAVE_CDR_POSITION = """
    INSERT INTO cdr_position (path, inode, head, position) VALUES (:path, :inode, :head, :position)
    ON CONFLICT (path) DO UPDATE SET inode = :inode, head = :head, position = :position"""

# -- calls: attributed again -----------------------------------------------------------------------------------
_PAST_CALL = """
    SELECT id, customer_phone_number, tracking_phone_number, start_time, state, contested, lease_id, likelihood,
           attribution_reason, candidates, as_told
    FROM call"""
PAST_CALL = f"{_PAST_CALL} WHERE id = :id"
CALLS_AFTER = f"{_PAST_CALL} WHERE (start_time, id) > (:start, :id) ORDER BY start_time, id LIMIT :limit"
COUNT_CALLS_SINCE = "SELECT COUNT(*) AS found FROM call WHERE start_time >= :since"
ATTRIBUTE_AGAIN = """
    UPDATE call SET state = :state, contested = :contested, lease_id = :lease, likelihood = :likelihood,
        attribution_reason = :reason, candidates = :candidates WHERE id = :id"""
KEEP_ATTRIBUTION = """
    INSERT INTO attribution_audit (call_id, changed_at, state, contested, lease_id, likelihood, attribution_reason,
                                   candidates)
    SELECT id, CAST(:now AS BIGINT), state, contested, lease_id, likelihood, attribution_reason, candidates
    FROM call WHERE id = :id"""
ATTRIBUTIONS_BEFORE = """
    SELECT changed_at, state, contested, lease_id, likelihood, attribution_reason, candidates
    FROM attribution_audit WHERE call_id = :id ORDER BY changed_at"""

# -- reports ---------------------------------------------------------------------------------------------------
POOL_COUNTS = """
    SELECT pool.name, pool.swap_target, pool.destination, site.name AS site, pool.lease_ms, pool.cooldown_ms,
           pool.hard_cooldown, pool.overflow, pool.vanity, pool.country, pool.format, pool.condition,
           SUM(CASE WHEN number.kind = 'pool' THEN 1 ELSE 0 END) AS numbers,
           SUM(CASE WHEN number.kind = 'pool' AND number.busy_until > :now THEN 1 ELSE 0 END) AS active,
           SUM(CASE WHEN number.kind = 'pool' AND number.busy_until <= :now AND number.free_at > :now
               THEN 1 ELSE 0 END) AS cooling,
           SUM(CASE WHEN number.kind = 'shared' THEN 1 ELSE 0 END) AS shared
    FROM pool JOIN site ON site.id = pool.site_id
    LEFT JOIN number ON number.pool_id = pool.id AND number.paused_at IS NULL
    WHERE (:pool = '' OR pool.name = :pool)
    GROUP BY pool.id, pool.name, pool.swap_target, pool.destination, site.name, pool.lease_ms, pool.cooldown_ms,
             pool.hard_cooldown, pool.overflow, pool.vanity, pool.country, pool.format, pool.condition
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
SWAP_TARGETS = "SELECT name, swap_target FROM pool"
NUMBERS_OF_SITE = """
    SELECT number.e164 FROM number JOIN pool ON pool.id = number.pool_id WHERE pool.site_id = :site
    ORDER BY number.e164"""
IS_IN_USE = "SELECT e164 FROM number WHERE e164 = :e164 AND paused_at IS NULL"
HAS_NUMBER = "SELECT e164 FROM number WHERE e164 = :e164 AND released_at IS NULL"
LEASES = """
    SELECT lease.id AS lease_id, lease.number, pool.name AS pool, lease.visitor_id, lease.choice, lease.started_at,
           lease.last_seen_at, lease.expires_at, lease.ended_at, pool.cooldown_ms, session.landing_page_url,
           session.referring_url, session.parameters
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
