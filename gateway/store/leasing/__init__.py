"""Leases of one database: what is granted, by what limits, and how full pools are."""
