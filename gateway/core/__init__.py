"""The rules: which number, whose call, where to. No I/O, no clock, no randomness, no SQL."""
