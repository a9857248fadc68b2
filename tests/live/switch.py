"""What the live tests ask of a switch, whichever it is."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from gateway.core.calls.call import CallEnd
from tests.live.controllers import Speech

Say = Callable[[str], None]
PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Settings:
    """The values that our dialplan is given."""

    port: int
    """Where it looks for a controller, on 127.0.0.1."""
    fallback: str
    ring: int = 45
    limit: int = 7200
    """Seconds."""
    trunks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Keys of `[trunks.NAME]` by name."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What an instance is to run: the dialplan, and the SIP peers that it may dial by their names."""

    dialplan: str
    peers: Mapping[str, int] = field(default_factory=dict)
    """Name to UDP port on 127.0.0.1. The name `self` with port 0 is the instance itself."""
    extra: str = ""
    """More contexts, beside our dialplan."""
    context: str = ""
    """Where calls of carriers arrive, unless it is our dialplan."""


class Binary(Protocol):
    """A switch that can be started."""

    @property
    def homes(self) -> Path:
        """Return the directory that holds private directories of instances."""

    def version(self) -> str:
        """Return what it says about itself."""


class Switch(Protocol):
    """A running instance; everything it opens or writes goes away with it."""

    @property
    def sip_port(self) -> int:
        """Return the port that carriers call."""

    @property
    def home(self) -> Path:
        """Return the private directory."""

    @property
    def cdrs(self) -> Path:
        """Return the file or folder of the call records."""

    @property
    def question(self) -> tuple[str, ...]:
        """Return the command that takes one word of the switch's console."""

    def load(self, text: str) -> None:
        """Put another text in place of our dialplan, for calls that arrive from now on."""

    def ends(self) -> list[CallEnd]:
        """Return the call records so far, of calls that came through our dialplan."""

    def calls_up(self) -> int:
        """Return how many channels exist."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the switches: how to have it, and where it differs from the other."""

    name: str
    provide: Callable[[Say], Any]
    running: Callable[[Any, Setup], AbstractContextManager[Switch]]
    dialplan: Callable[[Settings], str]
    dial: Callable[[str, str], str]
    """Number and peer to dial string."""
    speech: Speech
    """What its controllers speak."""
    trunk: str
    """The name of the trunk that a test's carrier comes in by."""
    loop_status: int
    refused_status: int
    bad_hops: tuple[str, ...]
    """Hops that ring nobody."""
    records_by_hop: bool
    """A record for each target that rang, or one for the call."""
    files: tuple[str, ...]
    """The names under which `leaseline dialplan` prints the dialplan."""
    extra: str
    """Contexts of the business's own, beside ours."""
    must_be_had: bool
    """Its absence in CI is a failure."""
    forgetful: str = ""
    """Dial string of a PBX that sends a call back to us, without anything that tells where it comes from."""
