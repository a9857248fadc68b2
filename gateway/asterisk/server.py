"""The FastAGI controller: one decision per connection, then it leaves.

Only panoramisk's Request is used, and mended: its own Application spins for ever when a peer connects and closes, has
no limits and no deadlines, and dies of a Latin-1 caller name. A Peer stands in for its streams. Whatever goes wrong
here, the connection is closed at once and the dialplan rings its fallback; a call row that could not be written is
made later from the CDR.
"""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable, Coroutine
from datetime import datetime
from functools import partial
from typing import Any, cast

from panoramisk.fast_agi import Request
from panoramisk.utils import parse_agi_result

from gateway.asterisk import agi
from gateway.core.calls.call import InboundCall, RoutedCall
from gateway.core.calls.limits import BACKLOG, MOST_PEERS, TCP_INFO_LENGTH, waited
from gateway.core.calls.ports import Ask
from gateway.core.calls.routing import Decision

log = logging.getLogger(__name__)

LONGEST_ENVIRONMENT = 16384  # bytes
ENVIRONMENT_DEADLINE = 2.0  # seconds for a peer to say what it wants
ANSWER_DEADLINE = 1.5  # seconds to decide and to have it taken; below the dialplan's 2.5: a slow disk falls open sooner


class PeerFault(ConnectionError):
    """Asterisk would not take a command, so nothing was decided."""


class LetGo(ConnectionError):
    """The call could not be decided, or not in time."""


class GuardedRequest(Request):  # type: ignore[misc]
    """Panoramisk's request, with the ends and limits that it lacks."""

    async def _read_result(self) -> dict[str, Any]:
        line = await self._line()
        while line == "HANGUP":  # sent beside the replies when AGISIGHUP is on; the reply is still to come
            line = await self._line()
        if not line.startswith(("100 ", "200 ")):
            # Not handed to the base class, which misreads most refusals and waits for more of a usage text.
            raise PeerFault(f"Asterisk said {line[:80]!r}")
        result: dict[str, Any] = parse_agi_result(line)
        return result

    async def _line(self) -> str:
        raw: bytes = await self.reader.readline()
        return raw.decode("utf-8", "replace").rstrip("\r\n")


class Peer(asyncio.Protocol):
    """One connection of Asterisk: reader and writer of a Request. It ends by itself when a deadline has passed.

    The task is made when the environment is here: who only knocks costs little, and who asks costs no stream.
    """

    transport: asyncio.Transport

    def __init__(self, answer: Callable[["Peer", bytes], Coroutine[Any, Any, None]], peers: set["Peer"]) -> None:
        self._answer = answer
        self._peers = peers
        self._loop = asyncio.get_running_loop()
        self._received = b""
        self._more: asyncio.Future[None] | None = None
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the environment, unless there are too many of us."""
        self.transport = cast("asyncio.Transport", transport)
        self._peers.add(self)
        if len(self._peers) > MOST_PEERS:
            self.transport.close()
        self._end = self._loop.call_later(ENVIRONMENT_DEADLINE, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  asyncio's own words
        """Let go of everything."""
        self._end.cancel()
        if self._task:
            self._task.cancel()
        self._peers.discard(self)

    def data_received(self, data: bytes) -> None:
        """Take the environment, then replies."""
        self._received += data
        block, end, rest = (b"", b"", b"") if self._task else self._received.partition(b"\n\n")
        if end:
            self._received = rest
            self._end.cancel()
            self._end = self._loop.call_later(ANSWER_DEADLINE, self.transport.abort)
            self._task = self._loop.create_task(self._answer(self, block))
        elif len(self._received) > LONGEST_ENVIRONMENT:
            self.transport.abort()
        elif self._more and not self._more.done():
            self._more.set_result(None)

    async def readline(self) -> bytes:
        """Return the next line; at the end of the connection the task ends that waits for one."""
        while b"\n" not in self._received:
            self._more = self._loop.create_future()
            await self._more
        line, end, self._received = self._received.partition(b"\n")
        return line + end

    def write(self, data: bytes) -> None:
        """Write, if the peer is still there."""
        self.transport.write(data)

    async def drain(self) -> None:
        """Do nothing: a plan is smaller than any buffer."""


class Controller:
    """Answers Asterisk. `ask` has a call decided; `keep` has its row written, after Asterisk has its answer."""

    def __init__(self, ask: Ask, keep: Callable[[RoutedCall], None], now: Callable[[], datetime]) -> None:
        self._ask = ask
        self._keep = keep
        self._now = now
        self._peers: set[Peer] = set()

    async def serve(self, host: str, port: int, stop: asyncio.Event, ready: Callable[[], None]) -> None:
        """Answer until `stop` is set. Raises OSError when the port is taken."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(partial(Peer, self._serve_peer, self._peers), host, port, backlog=BACKLOG)
        ready()
        async with server:
            await stop.wait()

    async def _serve_peer(self, peer: Peer, block: bytes) -> None:
        try:
            await self._answer(peer, agi.parse_environment(block))
        except LetGo:
            peer.write(agi.FAILURE)
        except ConnectionError as error:
            # A port scan must not fill the disk with log.
            log.debug("a peer was cut: %s %s", type(error).__name__, error)
        except agi.UnsafeValue as error:
            log.warning("a peer was refused: %s", error)
            peer.write(agi.FAILURE)
        except Exception:  # the one boundary of a connection: the next call must still be answered
            log.exception("a call could not be answered; the dialplan rings its fallback")
            peer.write(agi.FAILURE)
        finally:
            peer.transport.close()

    async def _answer(self, peer: Peer, environment: dict[str, str]) -> None:
        if agi.route_of(environment) == agi.ALIVE:
            return
        if agi.route_of(environment) != agi.ROUTE:
            log.warning("no such route: %r", agi.route_of(environment)[:40])
            peer.write(agi.FAILURE)
            return
        decision = await self._decided(agi.inbound_call(environment, self._now()), peer)
        request = GuardedRequest(app=None, headers=environment, reader=peer, writer=peer)
        for command in agi.commands(decision.plan):
            # One command, one reply: Asterisk stalls when the next one already sits in its buffer.
            result = await request.send_command(command)
            if result.get("status_code") != 200:
                raise PeerFault(f"Asterisk did not do it: {result}")
        self._keep(decision.call)

    async def _decided(self, call: InboundCall, peer: Peer) -> Decision:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Decision | None] = loop.create_future()
        self._ask(call, _wait_of(peer.transport), partial(_hand, loop, answer))
        decision = await answer
        if decision is None:
            raise LetGo
        return decision


def _hand(
    loop: asyncio.AbstractEventLoop, answer: "asyncio.Future[Decision | None]", decision: Decision | None
) -> None:
    """Hand an answer over from another thread, to a loop that may have ended."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(_settle, answer, decision)


def _settle(answer: "asyncio.Future[Decision | None]", decision: Decision | None) -> None:
    if not answer.done():  # the peer may have gone
        answer.set_result(decision)


def _wait_of(transport: asyncio.Transport) -> float:
    """Return for how many seconds Asterisk has waited for an answer to its last word."""
    return waited(transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TCP_INFO_LENGTH))
