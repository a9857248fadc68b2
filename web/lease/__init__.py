"""The public lease API."""
