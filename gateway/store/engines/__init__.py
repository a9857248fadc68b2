"""Database engines: rows in, rows out, one write transaction at a time."""
