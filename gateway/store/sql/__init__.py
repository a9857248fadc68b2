"""Every SQL statement of the product, by subject and name, valid in SQLite and PostgreSQL; the schema, its migrations.

Parameters by name, epoch milliseconds, `{skip_locked}` where PostgreSQL passes over a row that another lease is
taking (empty in SQLite, whose writers come one at a time). `= (SELECT ..)` and not `IN`: the subquery runs once.
"""
