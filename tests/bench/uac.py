"""A caller and a line with a fine clock: SIPp's ticks in 1 ms at the best, which is a third of what is measured.

One socket makes all calls. The clock is read right before an INVITE is sent and first thing when an answer arrives.
"""

import asyncio
import itertools
import secrets
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import TypeVar, cast

from tests.bench import sipwords
from tests.bench.sipwords import BODY, Dialog, Message

GIVE_UP = 5.0  # seconds for an answer, and for the answer to a BYE
HOLD = 0.2  # seconds from the answer to the BYE: few calls are open at once
RECEIVE_BUFFER = 4 * 1024 * 1024
GOLDEN = 0.618034  # its multiples modulo 1 lie evenly, however many there are

Received = tuple[float, Message]


@dataclass(frozen=True, slots=True)
class Placed:
    """How one call went: milliseconds from INVITE to 200; None where there was none, or the call was cut."""

    answer_ms: float | None


@dataclass(slots=True)
class _Leg:
    answer: "asyncio.Future[Received]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    ended: "asyncio.Future[Received]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    dialog: Dialog | None = None
    cut: bool = False


class Socket(asyncio.DatagramProtocol):
    """A SIP socket on loopback."""

    transport: asyncio.DatagramTransport
    port: int

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)
        self.port = transport.get_extra_info("sockname")[1]
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)


Endpoint = TypeVar("Endpoint", bound=Socket)


class Caller(Socket):
    """Places calls and times their answers."""

    def __init__(self, switch_port: int) -> None:
        self._switch = ("127.0.0.1", switch_port)
        self._legs: dict[str, _Leg] = {}
        self._ids = (f"{secrets.token_hex(6)}x{number}" for number in itertools.count())

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        at = perf_counter()
        message = sipwords.read(data)
        leg = self._legs.get(message.header("Call-ID"))
        if not message.status:
            self.transport.sendto(sipwords.respond(message, "200 OK", self.port), addr)
        if leg is None:
            return
        if not message.status:
            leg.cut = leg.cut or message.method == "BYE"
        elif message.status >= 200:
            self._take(leg, at, message)

    def _take(self, leg: _Leg, at: float, message: Message) -> None:
        if message.method == "INVITE" and leg.dialog:
            self.transport.sendto(leg.dialog.ack(message), self._switch)
        waiting = leg.answer if message.method == "INVITE" else leg.ended
        if not waiting.done():
            waiting.set_result((at, message))

    async def place(self, number: str, caller: str) -> Placed:
        """Place one call, hold it briefly, and hang up."""
        dialog = Dialog(next(self._ids), self.port, self._switch[1], number, caller)
        leg = self._legs[dialog.call_id] = _Leg(dialog=dialog)
        try:
            return Placed(await self._talk(dialog, leg))
        except TimeoutError:
            return Placed(None)
        finally:
            del self._legs[dialog.call_id]

    async def _talk(self, dialog: Dialog, leg: _Leg) -> float | None:
        invite = dialog.invite()
        sent = perf_counter()
        self.transport.sendto(invite, self._switch)
        at, answer = await asyncio.wait_for(leg.answer, GIVE_UP)
        if answer.status >= 300:
            return None
        await asyncio.sleep(HOLD)
        self.transport.sendto(dialog.bye(answer), self._switch)
        await asyncio.wait_for(leg.ended, GIVE_UP)
        return None if leg.cut else (at - sent) * 1000

    async def place_all(self, numbers: Sequence[str], callers: Sequence[str], rate: float) -> list[Placed]:
        """Place calls at an even pace, and return how they went when the last is over."""
        loop = asyncio.get_running_loop()
        start, calls = loop.time(), []
        for place, (number, caller) in enumerate(zip(numbers, callers, strict=True)):
            await asyncio.sleep(start + place / rate - loop.time())
            calls.append(asyncio.create_task(self.place(number, caller)))
        return list(await asyncio.gather(*calls))


class Line(Socket):
    """A destination that answers at once; or, given a tick in seconds, after waits spread evenly over it.

    A switch that looks for an answer once a tick would else let each call wait for either one tick or two, and the
    median of those is the toss of a coin.
    """

    def __init__(self, tick: float = 0.0) -> None:
        self._tick = tick
        self._waits: dict[str, float] = {}
        self._places = itertools.count()

    def waited(self, caller: str) -> float:
        """Return the milliseconds that this line, and not the switch, let a caller wait."""
        return self._waits[caller] if self._tick else 0.0

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        at = perf_counter()
        request = sipwords.read(data)
        if request.status or request.method == "ACK":
            return
        if request.method == "INVITE" and self._tick:
            wait = next(self._places) * GOLDEN % 1 * self._tick
            asyncio.get_running_loop().call_later(wait, self._answer_late, request, addr, at)
            return
        self._answer(request, addr)

    def _answer_late(self, request: Message, addr: tuple[str, int], since: float) -> None:
        self._waits[request.caller] = (perf_counter() - since) * 1000
        self._answer(request, addr)

    def _answer(self, request: Message, addr: tuple[str, int]) -> None:
        body = BODY if request.method == "INVITE" else ""
        self.transport.sendto(sipwords.respond(request, "200 OK", self.port, body), addr)


async def open_socket(make: Callable[[], Endpoint]) -> Endpoint:
    """Return an endpoint on a socket of its own."""
    loop = asyncio.get_running_loop()
    return (await loop.create_datagram_endpoint(make, ("127.0.0.1", 0)))[1]
