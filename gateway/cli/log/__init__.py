"""Commands that read the log: calls, leases, misses, and why."""
