"""Calls: one call, whose it was, and where it goes."""
