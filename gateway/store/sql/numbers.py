"""The SQL of numbers: added, found, drawn by lot, and the steps of a number's life.

`paused_at` is since when a number is leased to nobody: paused, retired or released.
"""

# A number that was paused, retired or released is put back, as what it is added as.
INSERT_NUMBER = """
    INSERT INTO number (e164, tail, kind, pool_id, destination, campaign, label, sms, busy_until, free_at, added_at)
    VALUES (:e164, :tail, :kind, :pool, :destination, :campaign, :label, :sms, 0, 0, :now)
    ON CONFLICT (e164) DO UPDATE SET paused_at = NULL, retired_at = NULL, releasable_at = NULL, released_at = NULL,
        kind = :kind, pool_id = :pool, destination = :destination, campaign = :campaign, label = :label,
        sms = :sms
    WHERE number.paused_at IS NOT NULL
    RETURNING e164"""

NUMBERS_OF_SITE = """
    SELECT number.e164 FROM number JOIN pool ON pool.id = number.pool_id WHERE pool.site_id = :site
    ORDER BY number.e164"""
IS_IN_USE = "SELECT e164 FROM number WHERE e164 = :e164 AND paused_at IS NULL"
HAS_NUMBER = "SELECT e164 FROM number WHERE e164 = :e164 AND released_at IS NULL"

# For a simulation of trackers that choose by lot: whoever was drawn is next.
RESTING = """
    SELECT e164 FROM number WHERE pool_id = :pool AND kind = 'pool' AND paused_at IS NULL AND busy_until <= :now
    ORDER BY e164"""
PUT_FIRST = "UPDATE number SET free_at = 0 WHERE e164 = :e164"

STANDING = """
    SELECT number.kind, number.paused_at, number.releasable_at,
           (SELECT MAX(expires_at) FROM lease WHERE number = :e164 AND ended_at IS NULL) AS leased_until,
           (SELECT MAX(start_time) FROM call
            WHERE tracking_phone_number = :e164 AND end_time IS NULL) AS called_at,
           (SELECT name FROM rule WHERE number = :e164) AS rule
    FROM number WHERE number.e164 = :e164 AND number.released_at IS NULL"""
PAUSE = "UPDATE number SET paused_at = :now WHERE e164 = :e164"
RESUME = "UPDATE number SET paused_at = NULL, retired_at = NULL, releasable_at = NULL WHERE e164 = :e164"
# Retired once more, it gets another hold: its ghost calls count from when it was retired first.
RETIRE = """
    UPDATE number SET paused_at = COALESCE(paused_at, :now), retired_at = COALESCE(retired_at, :now),
        releasable_at = COALESCE(retired_at, :now) + :hold WHERE e164 = :e164"""
# The row stays, as leases and calls name it.
RELEASE = "UPDATE number SET released_at = :now, pool_id = NULL, visitor_id = NULL WHERE e164 = :e164"
