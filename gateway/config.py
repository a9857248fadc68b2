"""config.toml: what the PBX admin owns. Order: defaults < file < LEASELINE_WEB__PORT < flags.

An unknown key is an error that names it. Sites, pools, numbers and rules live in the database.
"""

import ipaddress
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from gateway.core import numbers
from gateway.core.routing import Hop as CoreHop
from gateway.core.routing import Routes

DEFAULT_PATH = Path("/etc/leaseline/config.toml")
EXAMPLE_FALLBACK = "PJSIP/15551230000@trunk"  # rings nobody: doctor and `leaseline dialplan` say so
# A dial string goes into Dial() as it is: nothing that would end the argument, start another, or be expanded.
# `&` rings two at once behind the list's back, so it is refused too: write two targets.
DIAL_STRING = re.compile(r"[A-Za-z0-9]+/[A-Za-z0-9@:;=+._/*#\[\]-]{1,120}", re.ASCII)
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}", re.ASCII)
SHORTEST_KEY = 32  # characters of a signing key
MOST_HOPS = 8  # the dialplan's and MSet's limit


class ConfigError(Exception):
    """The configuration cannot be used; the message names the file, the key and what to do."""


def _country(value: str) -> str:
    if value not in numbers.COUNTRIES:
        raise ValueError(f"{value!r} is not a country: write two capital letters, such as US")
    return value


def _name(value: str) -> str:
    if not NAME.fullmatch(value):
        raise ValueError(f"{value!r} is not a name: use a-z, 0-9, _ and -, 40 at the most")
    return value


def _dial_string(text: str, where: str) -> str:
    if not DIAL_STRING.fullmatch(text):
        raise ValueError(f"{where}: {text!r} is not a dial string such as PJSIP/100 (no comma, &, |, space, $)")
    return text


def _dialled(target: str) -> str:
    """Return the user part of a dial string."""
    return target.partition("/")[2].partition("@")[0]


def _address(value: str) -> str:
    try:
        ipaddress.ip_address(value)
    except ValueError as error:
        # A name may resolve to two addresses, and Asterisk tries each for 2 s.
        raise ValueError(f"{value!r} is not an address: write one, such as 127.0.0.1, not a name") from error
    return value


Country = Annotated[str, AfterValidator(_country)]
Name = Annotated[str, AfterValidator(_name)]


def _agi_address(value: str) -> str:
    if ":" in _address(value):
        raise ValueError(f"{value!r}: Asterisk's AGI() takes an IPv4 address, such as 127.0.0.1")
    return value


Address = Annotated[str, AfterValidator(_address)]
Port = Annotated[int, Field(ge=1, le=65535)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Database(_Section):
    """Where leases and calls are kept."""

    path: Path = Path("/var/lib/leaseline/leaseline.db")


class Agi(_Section):
    """The FastAGI controller. FastAGI has no password: keep it on the switch's own machine."""

    enabled: bool = True
    host: Annotated[str, AfterValidator(_agi_address)] = "127.0.0.1"
    port: Port = 4573


class Web(_Section):
    """The swap script, the lease API and the pages."""

    enabled: bool = True
    host: Address = "127.0.0.1"
    port: Port = 8080
    secret_file: Path = Path("/var/lib/leaseline/secret.key")


class Worker(_Section):
    """The process that completes calls from the switch's CDR file."""

    enabled: bool = True
    asterisk_cdr: Path = Path("/var/log/asterisk/cdr-custom/leaseline.csv")


class Asterisk(_Section):
    """How `leaseline doctor` asks Asterisk, and what `leaseline dialplan` prints."""

    command: tuple[str, ...] = ("asterisk", "-rx")
    fallback: str = EXAMPLE_FALLBACK
    fallback_seconds: int = Field(default=45, ge=1, le=600)
    longest_call: int = Field(default=7200, ge=60, le=86400)

    @model_validator(mode="after")
    def _dialable(self) -> "Asterisk":
        _dial_string(self.fallback, "fallback")
        return self


class Trunk(_Section):
    """A SIP trunk: the country of the numbers that it delivers, and how an E.164 number is dialled through it."""

    country: Country | None = None
    dial: str | None = None
    number_format: Literal["digits", "e164"] = "digits"

    @model_validator(mode="after")
    def _has_place(self) -> "Trunk":
        if self.dial is not None and self.dial.count("{number}") != 1:
            raise ValueError('dial needs {number} once, such as "PJSIP/{number}@carrier"')
        if self.dial is not None:
            _dial_string(self.dial_number("+12125550100"), "dial")
        return self

    def dial_number(self, e164: str) -> str:
        """Return the dial string that reaches a number through this trunk."""
        number = e164 if self.number_format == "e164" else e164.lstrip("+")
        return (self.dial or "").replace("{number}", number)


class Hop(_Section):
    """One step: dial strings, or E.164 numbers through a named trunk, rung together for some seconds."""

    ring: tuple[str, ...] = Field(min_length=1, max_length=10)
    seconds: int = Field(default=30, ge=1, le=300)
    trunk: Name | None = None


class Destination(_Section):
    """Where calls go: hops, tried in turn."""

    hops: tuple[Hop, ...] = Field(min_length=1, max_length=MOST_HOPS)


class Routing(_Section):
    """What holds for all forwarding."""

    country: Country = "US"
    allowed_countries: tuple[Country, ...] = ("US", "CA")
    default_destination: str = ""


class Config(BaseSettings):
    """The whole of config.toml, frozen."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix="LEASELINE_", env_nested_delimiter="__")

    database: Database = Database()
    agi: Agi = Agi()
    web: Web = Web()
    worker: Worker = Worker()
    asterisk: Asterisk = Asterisk()
    routing: Routing = Routing()
    trunks: dict[Name, Trunk] = {}
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
        default = self.routing.default_destination
        if default and default not in self.destinations:
            raise ValueError(f"routing.default_destination: there is no [destinations.{default}]")
        self.routes()
        return self

    def routes(self) -> Routes:
        """Return the forwarding rules for the core. Raises ValueError on a hop that may not be dialled."""
        return Routes(
            destinations={name: self._hops(name, entry) for name, entry in self.destinations.items()},
            default=self.routing.default_destination,
            country=self.routing.country,
            trunk_countries={name: trunk.country for name, trunk in self.trunks.items() if trunk.country},
        )

    def forwarded_numbers(self) -> dict[str, str]:
        """Return the E.164 numbers that calls are forwarded to, with the key in the configuration of each.

        Dial strings count where what they dial can be read as a number: `PJSIP/12125550110@carrier`.
        """
        targets = [
            (target if hop.trunk else _dialled(target), f"destinations.{name}")
            for name, entry in self.destinations.items()
            for hop in entry.hops
            for target in hop.ring
        ]
        targets.append((_dialled(self.asterisk.fallback), "asterisk.fallback"))
        read = [(numbers.read_dialled(text, self.routing.country).forms, key) for text, key in targets]
        return {form: key for forms, key in read for form in forms}

    def _hops(self, name: str, entry: Destination) -> tuple[CoreHop, ...]:
        where = f"destinations.{name}"
        return tuple(
            CoreHop(tuple(self._target(target, hop, where) for target in hop.ring), hop.seconds) for hop in entry.hops
        )

    def _target(self, target: str, hop: Hop, where: str) -> str:
        if hop.trunk is None:
            return _dial_string(target, where)
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
