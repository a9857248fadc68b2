"""Statements by subject, and the migrations of the schema."""
