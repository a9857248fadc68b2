"""What every view needs, made once per app and found through the app that serves the request."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask import current_app

from gateway.store import Store
from web.lease.defence.networks import Networks
from web.lease.defence.places import Places
from web.lease.defence.rates import Rate
from web.lease.defence.turns import Turns
from web.lease.tokens import Tokens

EXTENSION = "leaseline"


@dataclass(frozen=True, slots=True)
class Desk:
    """The store, the signer, the clock, and what tells visitors from robots; `country` is the numbers' own."""

    store: Store
    tokens: Tokens
    now: Callable[[], datetime]
    networks: Networks
    places: Places
    country: str
    mints: Rate = field(default_factory=lambda: Rate(20, timedelta(seconds=6)))
    """New visitors: 20 at once, then 10 a minute."""
    reports: Rate = field(default_factory=lambda: Rate(30, timedelta(seconds=2)))
    """Taps and misses."""
    turns: Turns = field(default_factory=Turns)


def desk() -> Desk:
    """Return the desk of the app that serves this request."""
    found: Desk = current_app.extensions[EXTENSION]
    return found
