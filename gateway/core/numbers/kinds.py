"""What numbers of ours are for."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Kind(StrEnum):
    """What a number of ours is for."""

    POOL = "pool"
    SOURCE = "source"
    STATIC = "static"
    SHARED = "shared"


@dataclass(frozen=True, slots=True)
class OwnNumber:
    """A number of ours: its kind, where its calls go, and the campaign that a number of fixed meaning stands for.

    `rule` names the rule that shows it.
    """

    e164: str
    kind: Kind
    destination: str
    campaign: str
    lease_length: timedelta
    cooldown: timedelta
    rule: str = ""
