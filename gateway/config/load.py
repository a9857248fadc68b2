"""config.toml: what the PBX admin owns. Order: defaults < file < LEASELINE_WEB__PORT < flags.

An unknown key is an error that names it. Sites, pools, numbers and rules live in the database.
"""

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from gateway.config.sections import (
    Agi,
    Asterisk,
    AttributionSection,
    Database,
    Destination,
    Esl,
    FreeSwitch,
    HopSection,
    Metrics,
    Name,
    Pbx,
    Routing,
    Trunk,
    TrunkName,
    Web,
    Worker,
)
from gateway.core import numbers
from gateway.core.calls.routing import Hop, Identity, Routes

DEFAULT_PATH = Path("/etc/leaseline/config.toml")
END_IS_TOLD = timedelta(minutes=1)  # the decision, and the time until a CDR is written and taken
SHORTEST_KEY = 32  # characters of a signing key


class ConfigError(Exception):
    """The configuration cannot be used; the message names the file, the key and what to do."""


class Config(BaseSettings):
    """The whole of config.toml, frozen. One configuration serves one switch, as dial strings are a switch's own."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix="LEASELINE_", env_nested_delimiter="__")

    switch: Literal["asterisk", "freeswitch"] = "asterisk"
    database: Database = Database()
    agi: Agi = Agi()
    esl: Esl = Esl()
    web: Web = Web()
    worker: Worker = Worker()
    metrics: Metrics = Metrics()
    asterisk: Asterisk = Asterisk()
    freeswitch: FreeSwitch = FreeSwitch()
    routing: Routing = Routing()
    attribution: AttributionSection = AttributionSection()
    trunks: dict[TrunkName, Trunk] = {}
    destinations: dict[Name, Destination] = {}

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003  the base class names the arguments
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put the environment before the file, whose values come in as arguments."""
        return env_settings, init_settings

    @model_validator(mode="after")
    def _agree(self) -> "Config":
        for key in ("default_destination", "unleased_destination"):
            name = getattr(self.routing, key)
            if name and name not in self.destinations:
                raise ValueError(f"routing.{key}: there is no [destinations.{name}]")
        for name, trunk in self.trunks.items():
            if trunk.dial is not None:
                self.pbx.dial_strings.check(trunk.dial_number("+12125550100"), f"trunks.{name}.dial")
        self.routes()
        return self

    @property
    def pbx(self) -> Pbx:
        """Return the section of the switch that this machine runs."""
        return self.freeswitch if self.switch == "freeswitch" else self.asterisk

    @property
    def controller(self) -> Literal["agi", "esl"]:
        """Return the name of the section, and of the command, that answers the switch."""
        return "esl" if self.switch == "freeswitch" else "agi"

    @property
    def longest_call(self) -> timedelta:
        """Return the age at which every call is over: all hops and the fallback rung, and talked to the limit."""
        rings = [sum(hop.seconds for hop in entry.hops) for entry in self.destinations.values()]
        seconds = max(rings, default=0) + self.pbx.fallback_seconds + self.pbx.longest_call
        return timedelta(seconds=seconds) + END_IS_TOLD

    def routes(self) -> Routes:
        """Return the forwarding rules for the core. Raises ValueError on a hop that may not be dialled."""
        return Routes(
            destinations={name: self._hops(name, entry) for name, entry in self.destinations.items()},
            default=self.routing.default_destination,
            country=self.routing.country,
            trunk_countries={name: trunk.country for name, trunk in self.trunks.items() if trunk.country},
            unleased=self.routing.unleased_destination,
            refuse_unleased=self.routing.refuse_unleased,
            refuse_unknown=self.routing.unknown == "refuse",
            weights=self.attribution.weights,
        )

    def forwarded_numbers(self) -> dict[str, str]:
        """Return the E.164 numbers that calls are forwarded to, with the key in the configuration of each.

        Dial strings count where what they dial can be read as a number: `PJSIP/12125550110@carrier`.
        """
        dialled = self.pbx.dial_strings.dialled
        targets = [
            (text, f"destinations.{name}")
            for name, entry in self.destinations.items()
            for hop in entry.hops
            for target in hop.ring
            for text in ([target] if hop.trunk else dialled(target))
        ]
        targets += [(text, f"{self.switch}.fallback") for text in dialled(self.pbx.fallback)]
        read = [(numbers.read_dialled(text, self.routing.country).forms, key) for text, key in targets]
        return {form: key for forms, key in read for form in forms}

    def identity(self, dial_string: str) -> Identity:
        """Return who a leg says is calling: as the trunk wants it that the dial string goes through."""
        trunk = self.trunks.get(self.pbx.dial_strings.trunk(dial_string), Trunk())
        return Identity(trunk.caller_id, trunk.asserted_identity, trunk.trusted, plus=trunk.number_format == "e164")

    def _hops(self, name: str, entry: Destination) -> tuple[Hop, ...]:
        where = f"destinations.{name}"
        return tuple(self._hop(hop, where) for hop in entry.hops)

    def _hop(self, hop: HopSection, where: str) -> Hop:
        targets = tuple(self._target(target, hop, where) for target in hop.ring)
        identities = tuple(self.identity(target) for target in targets)
        return Hop(targets, hop.seconds, identities, machine=hop.answers == "machine")

    def _target(self, target: str, hop: HopSection, where: str) -> str:
        if hop.trunk is None:
            return self.pbx.dial_strings.check(target, where)
        trunk = self.trunks.get(hop.trunk)
        if trunk is None or trunk.dial is None:
            raise ValueError(f"{where}: there is no [trunks.{hop.trunk}] with a dial")
        try:
            e164 = numbers.parse(target, self.routing.country)
            numbers.check_forward(e164, self.routing.allowed_countries)
        except numbers.NumberError as error:
            raise ValueError(f"{where}: {error}") from error
        return trunk.dial_number(e164)


def load(path: Path) -> Config:
    """Return the configuration of a file. Raises ConfigError with one line per fault."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"{path} does not exist: `leaseline init` writes one, --config names another") from error
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not TOML: {error}") from error
    try:
        return Config(**values)
    except ValidationError as error:
        raise ConfigError("\n".join(f"{path}: {_explain(fault)}" for fault in error.errors())) from error


def read_keys(path: Path) -> list[str]:
    """Return the signing keys of a file, one per line, the newest first. Raises ConfigError."""
    try:
        keys = path.read_text(encoding="utf-8").split()
    except FileNotFoundError as error:
        raise ConfigError(
            f"{path} does not exist: `leaseline init` writes it, [web] secret_file names another"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read the keys in {path}: {error}") from error
    if not keys or min(map(len, keys)) < SHORTEST_KEY:
        raise ConfigError(
            f"{path} needs one key per line, {SHORTEST_KEY} characters or more: move it away and run `leaseline init`"
        )
    return keys


def _explain(fault: Any) -> str:
    key = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        return f"unknown key {key!r}: see config.example.toml for the keys there are"
    message = fault["msg"].removeprefix("Value error, ")
    return f"{key}: {message}" if key else message
