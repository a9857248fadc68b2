"""The sections of config.toml, each a frozen model that checks itself. gateway.config puts them together."""

import ipaddress
import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from gateway.config.dial_strings import ASTERISK, FREESWITCH, DialStrings
from gateway.core import numbers
from gateway.core.calls.attribution import Weights
from gateway.core.times import seconds

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}", re.ASCII)
TRUNK = re.compile(r"[-_.0-9A-Za-z]{1,40}", re.ASCII)  # what leaseline.xml passes on of a gateway's or profile's name
HEADER = re.compile(r"(?!X-DNI-)[a-z][0-9a-z-]{1,60}", re.ASCII | re.IGNORECASE)
CONTEXT = re.compile(r"[A-Za-z0-9_.@-]{1,80}", re.ASCII)
SCRIPT_PATH = re.compile(r"(/[A-Za-z0-9_-][A-Za-z0-9._-]*)+\.js", re.ASCII)
# Small letters, as an origin is written; a path where a web server passes a folder of the site's own on to us.
PUBLIC_URL = re.compile(r"https?://([a-z0-9.-]+|\[[0-9a-f:]+\])(:\d{1,5})?(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*", re.ASCII)
_DEFAULT = Weights()
MOST_HOPS = 8  # the limit of Asterisk's dialplan and of MSet; the same on FreeSWITCH, so that a plan is a plan


def _country(value: str) -> str:
    if value not in numbers.COUNTRIES:
        raise ValueError(f"{value!r} is not a country: write two capital letters, such as US")
    return value


def _name(value: str) -> str:
    if not NAME.fullmatch(value):
        raise ValueError(f"{value!r} is not a name: use a-z, 0-9, _ and -, 40 at the most")
    return value


def _trunk_name(value: str) -> str:
    if not TRUNK.fullmatch(value):
        raise ValueError(f"{value!r} is not a trunk's name: use letters, digits, -, _ and ., 40 at the most")
    return value


def _place(value: str) -> str:
    if not HEADER.fullmatch(value):
        raise ValueError(f"{value!r} is no place of a number: write 'uri', 'to' or a header, such as P-Called-Party-ID")
    return value.lower() if value.lower() in ("uri", "to") else value


def _context(value: str) -> str:
    if not CONTEXT.fullmatch(value):
        raise ValueError(f"{value!r} is not a context: use letters, digits, -, _, . and @, 80 at the most")
    return value


def _absolute(value: Path) -> Path:
    """Return a path that means the same to us and to the switch, each of which starts in a folder of its own."""
    if not value.is_absolute():
        raise ValueError(f"'{value}' is not an absolute path: begin it with /, as the switch needs the same one")
    return value


def _script_path(value: str) -> str:
    if not SCRIPT_PATH.fullmatch(value) or value.startswith("/v1/") or len(value) > 100:
        raise ValueError(
            f"{value!r} is not a path for the script: begin it with /, end it with .js, use a-z, 0-9, /, _, - and . "
            "(100 at the most), and leave /v1/ to the lease API"
        )
    return value


def _public_url(value: str) -> str:
    if value and not PUBLIC_URL.fullmatch(value.rstrip("/")):
        raise ValueError(f"{value!r} is not where browsers reach us: write it such as https://dni.example.com")
    return value.rstrip("/")


def _address(value: str) -> str:
    try:
        ipaddress.ip_address(value)
    except ValueError as error:
        # A name may resolve to two addresses, and a switch tries one after the other while the caller waits.
        raise ValueError(f"{value!r} is not an address: write one, such as 127.0.0.1, not a name") from error
    return value


def _address_for_switch(value: str) -> str:
    """Return an address that AGI() and socket take, which both end the host at the first colon."""
    if ":" in _address(value):
        raise ValueError(f"{value!r}: the switch takes an IPv4 address, such as 127.0.0.1")
    return value


def _network(value: str) -> str:
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError as error:
        raise ValueError(f"{value!r} is no address or network: write 127.0.0.1 or 10.0.0.0/8, not a name") from error
    return value


Country = Annotated[str, AfterValidator(_country)]
Name = Annotated[str, AfterValidator(_name)]
TrunkName = Annotated[str, AfterValidator(_trunk_name)]
AbsolutePath = Annotated[Path, AfterValidator(_absolute)]
Address = Annotated[str, AfterValidator(_address)]
NetworkText = Annotated[str, AfterValidator(_network)]
AddressForSwitch = Annotated[str, AfterValidator(_address_for_switch)]
ScriptPath = Annotated[str, AfterValidator(_script_path)]
PublicUrl = Annotated[str, AfterValidator(_public_url)]
Place = Annotated[str, AfterValidator(_place)]
Port = Annotated[int, Field(ge=1, le=65535)]
Context = Annotated[str, AfterValidator(_context)]
Span = Annotated[int, Field(ge=1, le=366 * 86400)]  # seconds


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Database(_Section):
    """Where leases and calls are kept."""

    path: Path = Path("/var/lib/leaseline/leaseline.db")


class Agi(_Section):
    """The FastAGI controller. FastAGI has no password: keep it on the switch's own machine."""

    enabled: bool = True
    host: AddressForSwitch = "127.0.0.1"
    port: Port = 4573


class Esl(_Section):
    """The event socket controller. FreeSWITCH gives it no password either: keep it on the switch's own machine."""

    enabled: bool = True
    host: AddressForSwitch = "127.0.0.1"
    port: Port = 8084


class Web(_Section):
    """The swap script, the lease API and the pages."""

    enabled: bool = True
    host: Address = "127.0.0.1"
    port: Port = 8080
    secret_file: Path = Path("/var/lib/leaseline/secret.key")
    trusted_proxies: tuple[NetworkText, ...] = ("127.0.0.1", "::1")
    geo_database: str = ""
    public_url: PublicUrl = ""
    script_path: ScriptPath = "/swap.js"


class Worker(_Section):
    """The process that completes calls from the switch's CDRs: a file of Asterisk's, a folder of FreeSWITCH's."""

    enabled: bool = True
    asterisk_cdr: AbsolutePath = Path("/var/log/asterisk/cdr-custom/leaseline.csv")
    freeswitch_cdr: AbsolutePath = Path("/var/log/freeswitch/leaseline-cdr")


class Metrics(_Section):
    """What Prometheus reads, on a listener of the worker's. It knows no password: keep it from strangers."""

    enabled: bool = False
    host: Address = "127.0.0.1"
    port: Port = 9464


class Pbx(_Section):
    """How `leaseline doctor` asks a switch, and what `leaseline dialplan` prints for it."""

    dial_strings: ClassVar[DialStrings]

    command: tuple[str, ...]
    fallback: str
    fallback_seconds: int = Field(default=45, ge=1, le=600)
    longest_call: int = Field(default=7200, ge=60, le=86400)

    @model_validator(mode="after")
    def _dialable(self) -> Self:
        self.dial_strings.check(self.fallback, "fallback")
        return self

    @property
    def has_example_fallback(self) -> bool:
        """Return whether nobody has named a line yet: the example rings nobody."""
        return bool(self.fallback == type(self).model_fields["fallback"].default)


class Asterisk(Pbx):
    """Asterisk's own."""

    dial_strings = ASTERISK

    command: tuple[str, ...] = ("asterisk", "-rx")
    fallback: str = "PJSIP/15551230000@trunk"


class FreeSwitch(Pbx):
    """FreeSWITCH's own."""

    dial_strings = FREESWITCH

    command: tuple[str, ...] = ("fs_cli", "-x")
    fallback: str = "sofia/gateway/carrier/15551230000"
    transfer_context: Context = "default"


class Trunk(_Section):
    """A SIP trunk: what its calls look like, and what those that are forwarded through it shall look like."""

    country: Country | None = None
    did: Place = "uri"
    dial: str | None = None
    number_format: Literal["digits", "e164"] = "digits"
    caller_id: Literal["caller", "did"] = "caller"
    asserted_identity: Literal["caller", "did"] | None = None
    trusted: bool = False

    @model_validator(mode="after")
    def _has_place(self) -> Self:
        if self.dial is not None and self.dial.count("{number}") != 1:
            raise ValueError("dial needs {number} once: PJSIP/{number}@carrier, or sofia/gateway/carrier/{number}")
        return self

    def dial_number(self, e164: str) -> str:
        """Return the dial string that reaches a number through this trunk."""
        number = e164 if self.number_format == "e164" else e164.lstrip("+")
        return (self.dial or "").replace("{number}", number)


class HopSection(_Section):
    """One step: dial strings, or E.164 numbers through a named trunk, rung together for some seconds."""

    ring: tuple[str, ...] = Field(min_length=1, max_length=10)
    seconds: int = Field(default=30, ge=1, le=300)
    trunk: TrunkName | None = None
    answers: Literal["person", "machine"] = "person"


class Destination(_Section):
    """Where calls go: hops, tried in turn."""

    hops: tuple[HopSection, ...] = Field(min_length=1, max_length=MOST_HOPS)


class Routing(_Section):
    """What holds for all forwarding."""

    country: Country = "US"
    allowed_countries: tuple[Country, ...] = ("US", "CA")
    default_destination: str = ""
    unleased_destination: str = ""
    refuse_unleased: bool = False
    unknown: Literal["ring", "refuse"] = "ring"

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.refuse_unleased and self.unleased_destination:
            raise ValueError(
                "calls to numbers that no visitor was shown are either refused or sent elsewhere: "
                "leave out refuse_unleased or unleased_destination"
            )
        return self


class AttributionSection(_Section):
    """How much each piece of evidence says of whose call it was: the model of gateway.core.calls.attribution.

    Evidence that speaks for a visitor never weighs less than none, and what speaks against one never more.
    """

    delay: Span = seconds(_DEFAULT.delay)
    power: float = Field(default=_DEFAULT.power, ge=0.1, le=10)
    provisional: float = Field(default=_DEFAULT.provisional, ge=0.001, le=1)
    tap: float = Field(default=_DEFAULT.tap, ge=1, le=10_000)
    tap_window: int = Field(default=seconds(_DEFAULT.tap_window), ge=1, le=3600)
    used: float = Field(default=_DEFAULT.used, ge=0.001, le=1)
    repeat: float = Field(default=_DEFAULT.repeat, ge=0.001, le=1000)
    repeat_fade: Span = seconds(_DEFAULT.repeat_fade)
    repeat_window: Span = seconds(_DEFAULT.repeat_window)
    repeat_from: float = Field(default=_DEFAULT.repeat_from, ge=0.5, le=1)
    unseen: float = Field(default=_DEFAULT.unseen, ge=0.001, le=1000)

    @property
    def weights(self) -> Weights:
        """Return the parameters as the core takes them."""
        spans = ("delay", "tap_window", "repeat_fade", "repeat_window")
        values = self.model_dump()
        return Weights(**values | {name: timedelta(seconds=values[name]) for name in spans})
