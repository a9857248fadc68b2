"""The SQL of a number's life, by name, for SQLite and PostgreSQL. Rules as in statements.py.

`paused_at` is since when a number is leased to nobody: paused, retired or released.
"""

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
