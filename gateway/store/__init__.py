"""The only SQL: leases granted in one transaction, call facts read, calls recorded."""
