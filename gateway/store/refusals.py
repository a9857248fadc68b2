"""Why the store does not do what it is asked for."""


class Refused(ValueError):
    """What was asked for cannot be stored; the message says why."""
