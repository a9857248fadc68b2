"""A switch with destinations around it, as the dialplan tests need it."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from tests.live.asterisk import Asterisk, AsteriskBinary, Setup, dialplan, running
from tests.live.cdrs import Record, read_cdrs
from tests.live.ports import free_tcp_port
from tests.live.processes import wait_until
from tests.live.sipp import Arrival, Call, Delivery, Destination, Outcome, destination, place

DID = "15551234567"
FALLBACK = "15550009999"
BRIEF = Delivery(hold_ms=100)


@dataclass(frozen=True, slots=True)
class Scene:
    """A switch, the port where it looks for a controller, and its destinations by name."""

    asterisk: Asterisk
    agi_port: int
    destinations: dict[str, Destination]

    def call(self, number: str = f"+{DID}", caller: str = "", how: Delivery = BRIEF) -> Outcome:
        """Deliver one call and return how it went."""
        return place(self.asterisk.sip_port, [Call(number, caller)], how)[0]

    def arrivals(self, name: str, caller: str) -> list[Arrival]:
        """Return what reached a destination from that caller."""
        return [one for one in self.destinations[name].arrivals() if one.caller == caller]

    def records(self, caller: str, count: int = 1) -> list[Record]:
        """Wait for so many call records of the caller, and return all there are."""

        def found() -> list[Record]:
            return [record for record in read_cdrs(self.asterisk.cdr_file) if record["dni_caller"] == caller]

        wait_until(lambda: len(found()) >= count, 10, f"{count} call records of {caller}")
        return found()

    @contextlib.contextmanager
    def settings(self, fallback: str, ring: int = 45, limit_ms: int = 7_200_000) -> Iterator[None]:
        """Give the dialplan other settings for the length of the block."""
        self.asterisk.load(dialplan(f"agi://127.0.0.1:{self.agi_port}", fallback, ring, limit_ms))
        try:
            yield
        finally:
            self.asterisk.load(_ours(self.agi_port))


@contextlib.contextmanager
def open_scene(binary: AsteriskBinary) -> Iterator[Scene]:
    """Start the destinations and the switch; the controller is left to the tests."""
    with contextlib.ExitStack() as stack:
        destinations = {
            "dest": stack.enter_context(destination()),
            "second": stack.enter_context(destination()),
            "fallback": stack.enter_context(destination()),
            "busy": stack.enter_context(destination(refuse=486)),
            "unavailable": stack.enter_context(destination(refuse=503)),
            "redirecting": stack.enter_context(destination(refuse=302)),
            "ringing": stack.enter_context(destination(answer_ms=None)),
        }
        peers = {name: place.port for name, place in destinations.items()} | {"self": 0}
        agi_port = free_tcp_port()
        asterisk = stack.enter_context(running(binary, Setup(_ours(agi_port), peers)))
        yield Scene(asterisk, agi_port, destinations)


def plan(*hops: str, ring: int = 20, lease: str = "Lx7", state: str = "active") -> str:
    """Return what a controller assigns for these hops."""
    parts = [f"DNI_LEASE={lease}", f"DNI_STATE={state}", f"DNI_DID={DID}", f"DNI_HOPS={len(hops)}"]
    for number, hop in enumerate(hops, start=1):
        parts += [f"DNI_HOP_{number}={hop}", f"DNI_RING_{number}={ring}"]
    return ",".join([*parts, "DNI_OK=1"])


def tags(state: str, lease: str = "") -> dict[str, list[str]]:
    """Return the tags that a destination must see."""
    seen = {"x-dni-did": [DID], "x-dni-state": [state]}
    return seen | {"x-dni-lease": [lease]} if lease else seen


def _ours(agi_port: int) -> str:
    return dialplan(f"agi://127.0.0.1:{agi_port}", f"PJSIP/{FALLBACK}@fallback")
