"""SQL of calls that nothing is known of: to whose number, or how they ended."""

# `low` has the last digits backwards, as the column has them all.
NUMBERS_BY_TAIL = "SELECT e164 FROM number WHERE released_at IS NULL AND tail >= :low AND tail < :high"
OWN_OF_PAGES = "SELECT DISTINCT swap_target AS e164 FROM pool"

# Without an end time or a talk time, as nobody knows them; a CDR that comes after all fills in everything.
OPEN_SINCE = """
    SELECT COUNT(*) AS found FROM call WHERE end_time IS NULL AND disposition IS NULL AND start_time < :before"""
CLOSE_OPEN = """
    UPDATE call SET disposition = :disposition
    WHERE end_time IS NULL AND disposition IS NULL AND start_time < :before"""
