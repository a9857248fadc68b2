"""Where the bench's calls go: one line that answers at once, under two numbers."""

from tests.live.switch import Kind

PEER = "dest"


def line(kind: Kind) -> str:
    """Return the dial string of the destination."""
    return kind.dial("15550001111", PEER)


def fallback(kind: Kind) -> str:
    """Return the dial string of the fallback: the same line, so that no call is lost."""
    return kind.dial("15550009999", PEER)


def destinations(kind: Kind) -> str:
    """Return the part of a house's configuration that routes every call to the line."""
    return f'[destinations.main]\nhops = [{{ ring = ["{line(kind)}"], seconds = 20 }}]'
