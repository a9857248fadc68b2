"""The SQL of calls: written, completed from CDRs, closed where no CDR came, and attributed again."""

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

# Without an end time or a talk time, as nobody knows them; a CDR that comes after all fills in everything.
OPEN_SINCE = """
    SELECT COUNT(*) AS found FROM call WHERE end_time IS NULL AND disposition IS NULL AND start_time < :before"""
CLOSE_OPEN = """
    UPDATE call SET disposition = :disposition
    WHERE end_time IS NULL AND disposition IS NULL AND start_time < :before"""

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
