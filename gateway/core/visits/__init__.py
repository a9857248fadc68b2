"""Visits: how a visitor came to the site, on what device, and which pages missed their number."""
