"""The sections of config.toml, each a frozen model that checks itself. gateway.config puts them together."""

import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from gateway.core import numbers

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}", re.ASCII)
MOST_HOPS = 8  # the limit of Asterisk's dialplan and of MSet; the same on FreeSWITCH, so that a plan is a plan


@dataclass(frozen=True, slots=True)
class DialStrings:
    """How one switch writes whom to ring. `user` finds where in a dial string a dialled number may stand."""

    form: re.Pattern[str]
    user: re.Pattern[str]
    example: str
    refused: str

    def check(self, text: str, where: str) -> str:
        """Return a dial string that may go into the dialplan as it is. Raises ValueError that names `where`."""
        if not self.form.fullmatch(text):
            raise ValueError(f"{where}: {text!r} is not a dial string such as {self.example} (no {self.refused})")
        return text

    def dialled(self, text: str) -> list[str]:
        """Return the parts of a dial string that may be the number that it dials."""
        found = self.user.match(text)
        return re.split("[/@%:]", found["user"]) if found else []


# A dial string goes into Dial() as it is: nothing that would end the argument, start another, or be expanded.
# `&` rings two at once behind the list's back, so it is refused too: write two targets.
ASTERISK = DialStrings(
    form=re.compile(r"[A-Za-z0-9]+/[A-Za-z0-9@:;=+._/*#\[\]-]{1,120}", re.ASCII),
    user=re.compile(r"[^/]+/(?P<user>[^@]+)"),
    example="PJSIP/100",
    refused="comma, &, |, space, $",
)
# Into bridge it goes as it is as well. Comma and pipe ring more behind the list's back, `;` and `=` would end a pair
# of uuid_setvar_multi, brackets are variables, `:_:` parts whole originations. A gateway or profile may be named like
# a number: it dials nothing.
FREESWITCH = DialStrings(
    form=re.compile(r"(?!.*:_:)[A-Za-z0-9_]+/[A-Za-z0-9@:+._/*#%-]{1,120}", re.ASCII),
    user=re.compile(r"(sofia/(gateway/)?[^/]+|[^/]+)/(?P<user>.+)"),
    example="sofia/gateway/carrier/12125550142",
    refused="comma, |, ;, =, &, brackets, quotes, space, $",
)


def _country(value: str) -> str:
    if value not in numbers.COUNTRIES:
        raise ValueError(f"{value!r} is not a country: write two capital letters, such as US")
    return value


def _name(value: str) -> str:
    if not NAME.fullmatch(value):
        raise ValueError(f"{value!r} is not a name: use a-z, 0-9, _ and -, 40 at the most")
    return value


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


Country = Annotated[str, AfterValidator(_country)]
Name = Annotated[str, AfterValidator(_name)]
Address = Annotated[str, AfterValidator(_address)]
AddressForSwitch = Annotated[str, AfterValidator(_address_for_switch)]
Port = Annotated[int, Field(ge=1, le=65535)]


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


class Worker(_Section):
    """The process that completes calls from the switch's CDRs: a file of Asterisk's, a folder of FreeSWITCH's."""

    enabled: bool = True
    asterisk_cdr: Path = Path("/var/log/asterisk/cdr-custom/leaseline.csv")
    freeswitch_cdr: Path = Path("/var/log/freeswitch/leaseline-cdr")


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


class Trunk(_Section):
    """A SIP trunk: the country of the numbers that it delivers, and how an E.164 number is dialled through it."""

    country: Country | None = None
    dial: str | None = None
    number_format: Literal["digits", "e164"] = "digits"

    @model_validator(mode="after")
    def _has_place(self) -> Self:
        if self.dial is not None and self.dial.count("{number}") != 1:
            raise ValueError("dial needs {number} once: PJSIP/{number}@carrier, or sofia/gateway/carrier/{number}")
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
