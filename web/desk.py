"""What every view needs, made once per app and found through the app that serves the request."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import current_app

from gateway.store.admin import Administration
from gateway.store.ledger import SqlLedger
from web.tokens import Tokens

EXTENSION = "leaseline"


@dataclass(frozen=True, slots=True)
class Desk:
    """The store's two doors, the signer and the clock."""

    ledger: SqlLedger
    administration: Administration
    tokens: Tokens
    now: Callable[[], datetime]


def desk() -> Desk:
    """Return the desk of the app that serves this request."""
    found: Desk = current_app.extensions[EXTENSION]
    return found
