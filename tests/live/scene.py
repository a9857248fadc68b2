"""A switch with destinations around it, as the dialplan tests need it."""

import contextlib
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from gateway.core.calls.call import CallEnd
from tests.live.controllers import Asked, Behaviour, Told, controller
from tests.live.ports import free_tcp_port
from tests.live.processes import run, wait_until
from tests.live.sipp import Arrival, Call, Carrier, Delivery, Destination, Outcome, carrier, destination, place
from tests.live.switch import Binary, Kind, Settings, Setup, Switch

DID = "15551234567"
FALLBACK = "15550009999"
BRIEF = Delivery(hold_ms=100)


@dataclass(frozen=True, slots=True)
class Scene:
    """A switch, the port where it looks for a controller, and its destinations by name."""

    kind: Kind
    switch: Switch
    port: int
    destinations: dict[str, Destination]

    def plan(
        self, *hops: str | Sequence[str], ring: int = 20, lease: str = "Lx7", state: str = "active", ok: bool = True
    ) -> Told:
        """Return what a controller tells for these hops, each `number@peer`, or several that ring together.

        A hop without a number before its @ is taken as it is.
        """
        dialled = [[self.dial(target) for target in ([hop] if isinstance(hop, str) else hop)] for hop in hops]
        return Told(dialled, DID, ring, lease, state, ok)

    def dial(self, target: str) -> str:
        """Return the dial string of a `number@peer`, or what else was given as it is."""
        number, _, peer = target.partition("@")
        return self.kind.dial(number, peer) if number.isdigit() else target

    def controller(self, behaviour: Behaviour) -> AbstractContextManager[list[Asked]]:
        """Run a controller for the length of the block; yield what it is asked."""
        return controller(self.port, self.kind.speech, behaviour)

    def console(self, words: str) -> str:
        """Return what the switch's console answers."""
        return run([*self.switch.question, words], 30.0).stdout

    @contextlib.contextmanager
    def delivering(self, caller: str) -> Iterator[Carrier]:
        """Deliver a call that lasts for the block, and some seconds more."""
        with carrier(self.switch.sip_port, [Call(f"+{DID}", caller)], Delivery(hold_ms=3000)) as line:
            yield line

    @contextlib.contextmanager
    def talking(self, caller: str) -> Iterator[Carrier]:
        """Deliver a call, and wait until it is answered."""
        with self.delivering(caller) as line:
            line.expect_up(1)
            yield line

    def call(self, number: str = f"+{DID}", caller: str = "", how: Delivery = BRIEF) -> Outcome:
        """Deliver one call and return how it went."""
        return place(self.switch.sip_port, [Call(number, caller)], how)[0]

    def arrivals(self, name: str, caller: str) -> list[Arrival]:
        """Return what reached a destination from that caller."""
        return [one for one in self.destinations[name].arrivals() if one.caller == caller]

    def records(self, caller: str, count: int = 1) -> list[CallEnd]:
        """Wait for so many call records of the caller, and return all there are."""

        def found() -> list[CallEnd]:
            return [end for end in self.switch.ends() if end.call.caller == caller]

        wait_until(lambda: len(found()) >= count, 60, f"{count} call records of {caller}")
        return found()

    @contextlib.contextmanager
    def settings(
        self, fallback: str = f"{FALLBACK}@fallback", ring: int = 45, limit: int = 7200, **trunks: Mapping[str, Any]
    ) -> Iterator[None]:
        """Give the dialplan other settings for the length of the block."""
        with self.dialplan_of(self.kind.dialplan(Settings(self.port, self.dial(fallback), ring, limit, trunks))):
            yield

    def dialplan(self) -> str:
        """Return the dialplan that is loaded outside of such blocks."""
        return _ours(self.kind, self.port)

    @contextlib.contextmanager
    def dialplan_of(self, text: str) -> Iterator[None]:
        """Load another dialplan for the length of the block."""
        self.switch.load(text)
        try:
            yield
        finally:
            self.switch.load(self.dialplan())


@contextlib.contextmanager
def open_scene(kind: Kind, binary: Binary) -> Iterator[Scene]:
    """Start the destinations and the switch; the controller is left to the tests."""
    with contextlib.ExitStack() as stack:
        destinations = {
            "dest": stack.enter_context(destination()),
            "second": stack.enter_context(destination()),
            "fallback": stack.enter_context(destination()),
            "busy": stack.enter_context(destination(refuse=486)),
            "unavailable": stack.enter_context(destination(refuse=503)),
            "missing": stack.enter_context(destination(refuse=404)),
            "redirecting": stack.enter_context(destination(refuse=302)),
            "ringing": stack.enter_context(destination(answer_ms=None)),
            "leaving": stack.enter_context(destination(leaves=True)),
            "early": stack.enter_context(destination(answer_ms=None, early=True)),
        }
        swallowing = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        swallowing.bind(("127.0.0.1", 0))
        peers = {name: place.port for name, place in destinations.items()} | {"self": 0}
        peers["dead"] = swallowing.getsockname()[1]
        port = free_tcp_port()
        switch = stack.enter_context(kind.running(binary, Setup(_ours(kind, port), peers, kind.extra)))
        yield Scene(kind, switch, port, destinations)


def tags(state: str, lease: str = "") -> dict[str, list[str]]:
    """Return the tags that a destination must see."""
    seen = {"x-dni-did": [DID], "x-dni-state": [state]}
    return seen | {"x-dni-lease": [lease]} if lease else seen


def _ours(kind: Kind, port: int) -> str:
    return kind.dialplan(Settings(port, kind.dial(FALLBACK, "fallback")))
