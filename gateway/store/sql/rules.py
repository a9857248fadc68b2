"""The SQL of rules."""

_RULES = """
    SELECT rule.id, rule.name, rule.pool_id, rule.priority, rule.condition, rule.number, rule.overflow,
           pool.name AS pool, pool.swap_target, pool.site_id, number.campaign,
           CASE WHEN number.destination = '' THEN pool.destination ELSE number.destination END AS destination
    FROM rule JOIN pool ON pool.id = rule.pool_id JOIN number ON number.e164 = rule.number"""
# A version that knows of no overflow puts a new rule behind the overflow rules.
RULES_OF_SITE = f"{_RULES} WHERE pool.site_id = :site ORDER BY pool.name, rule.overflow, rule.priority"
RULES_OF_POOL = f"{_RULES} WHERE rule.pool_id = :pool ORDER BY rule.overflow, rule.priority"
ALL_RULES = f"{_RULES} ORDER BY pool.name, rule.overflow, rule.priority"

INSERT_RULE = """
    INSERT INTO rule (id, name, pool_id, priority, condition, number, overflow, created_at)
    VALUES (:id, :name, :pool, 0, :condition, :number, :overflow, :now)"""
DELETE_RULE = "DELETE FROM rule WHERE id = :id"
PLACE_RULE = "UPDATE rule SET priority = :priority WHERE id = :id AND priority <> :priority"
NEW_RULES = "UPDATE site SET rules_version = :version WHERE id = (SELECT site_id FROM pool WHERE id = :pool)"

# A number of kind `source` becomes the rule's and goes with its pool; it keeps a campaign and a destination of its own.
RULE_NUMBER = """
    INSERT INTO number (e164, tail, kind, pool_id, destination, campaign, sms, busy_until, free_at, added_at)
    VALUES (:e164, :tail, :kind, :pool, :destination, :campaign, :sms, 0, 0, :now)
    ON CONFLICT (e164) DO UPDATE SET pool_id = :pool,
        campaign = CASE WHEN number.campaign = '' THEN :campaign ELSE number.campaign END,
        destination = CASE WHEN number.destination = '' THEN :destination ELSE number.destination END
    WHERE number.kind = :kind AND number.paused_at IS NULL
    RETURNING e164"""
# What may be shown of a rule that fits: no number that was taken out meanwhile.
SHOWN_NUMBER = "SELECT e164, sms FROM number WHERE e164 = :number AND kind = 'source' AND paused_at IS NULL"
