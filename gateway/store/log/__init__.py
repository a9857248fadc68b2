"""The call log of one database: what a decision is made from, what was decided, and how calls ended."""
