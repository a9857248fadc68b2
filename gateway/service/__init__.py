"""Use cases, one function each: what web and cli call, and nothing below it. Refusals are values."""
