"""What config.toml says that a change has to fit."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.config import Config
from gateway.core.refusals import Refusal, Refused, Why


@dataclass(frozen=True, slots=True)
class Configured:
    """The names of the destinations, the country of numbers that do not say theirs, and where calls are forwarded to.

    `forwarded` has the numbers that calls are forwarded to, each with its key in the configuration.
    """

    destinations: tuple[str, ...]
    country: str
    forwarded: Mapping[str, str]

    @classmethod
    def of(cls, config: Config) -> "Configured":
        """Return what a configuration says."""
        return cls(tuple(config.destinations), config.routing.country, config.forwarded_numbers())

    def check_destination(self, name: str) -> None:
        """Raise Refused where a destination is named that is not there; the empty name is the pool's own."""
        if name and name not in self.destinations:
            raise Refused(Refusal(Why.NO_DESTINATION, name, known=self.destinations))

    def check_forwarded(self, e164: str) -> None:
        """Raise Refused where calls to a number of ours would be forwarded to that number."""
        key = self.forwarded.get(e164)
        if key:
            raise Refused(Refusal(Why.IN_CIRCLES, e164, other=key))
