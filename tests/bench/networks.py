"""Visitors come from many networks, as the reverse proxy in front of the app tells it."""

FORWARDED = "X-Forwarded-For"
SPREAD = 40503  # odd, so that its multiples meet every /24 of a /8 once before one comes again


def network(place: int) -> str:
    """Return the address of a visitor: two have the same one, or the same /24, only after 65,536 others."""
    net = place * SPREAD % 65536
    return f"10.{net >> 8}.{net & 255}.{1 + place // 65536 % 254}"
