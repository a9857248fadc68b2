"""The FastAGI controller: one decision per connection, then it leaves.

Only panoramisk's Request is used, and mended: its own Application spins for ever when a peer connects and closes, has
no limits and no deadlines, and dies of a Latin-1 caller name. Whatever goes wrong here, the connection is closed at
once and the dialplan rings its fallback; a call row that could not be written is made later from the CDR.
"""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from panoramisk.fast_agi import Request
from panoramisk.utils import parse_agi_result

from gateway.asterisk import agi
from gateway.core.calls.call import RoutedCall
from gateway.core.calls.limits import BACKLOG, MOST_PEERS, TCP_INFO_LENGTH, waited
from gateway.core.calls.ports import Ask
from gateway.core.calls.routing import Decision

log = logging.getLogger(__name__)

LONGEST_ENVIRONMENT = 16384  # bytes
ENVIRONMENT_DEADLINE = 2.0  # seconds for a peer to say what it wants
ANSWER_DEADLINE = 1.5  # seconds to decide and to have it taken; below the dialplan's 2.5: a slow disk falls open sooner
GOODBYE = 2.0  # seconds for a peer to read our last word


class Hangup(ConnectionError):
    """The caller or Asterisk left while we were deciding."""


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
        if not raw.endswith(b"\n"):
            raise Hangup("Asterisk closed the connection")
        return raw.decode("utf-8", "replace").rstrip("\r\n")


class Controller:
    """Answers Asterisk. `ask` has a call decided; `keep` has its row written, after Asterisk has its answer."""

    def __init__(self, ask: Ask, keep: Callable[[RoutedCall], None], now: Callable[[], datetime]) -> None:
        self._ask = ask
        self._keep = keep
        self._now = now
        self._peers = 0

    async def serve(self, host: str, port: int, stop: asyncio.Event, ready: Callable[[], None]) -> None:
        """Answer until `stop` is set. Raises OSError when the port is taken."""
        server = await asyncio.start_server(self._serve_peer, host, port, limit=LONGEST_ENVIRONMENT, backlog=BACKLOG)
        ready()
        async with server:
            await stop.wait()

    async def _serve_peer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._peers += 1
        try:
            if self._peers <= MOST_PEERS:
                await self._answer(reader, writer)
        except LetGo:
            writer.write(agi.FAILURE)
        except (TimeoutError, ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            # A port scan must not fill the disk with log.
            log.debug("a peer was cut: %s %s", type(error).__name__, error)
        except agi.UnsafeValue as error:
            log.warning("a peer was refused: %s", error)
            writer.write(agi.FAILURE)
        except Exception:  # the one boundary of a connection: the next call must still be answered
            log.exception("a call could not be answered; the dialplan rings its fallback")
            writer.write(agi.FAILURE)
        finally:
            self._peers -= 1
            _close(writer)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # One timer for all that is awaited: each of wait_for's would be a task of its own.
        async with asyncio.timeout(ENVIRONMENT_DEADLINE) as deadline:
            environment = agi.parse_environment(await reader.readuntil(b"\n\n"))
            if agi.route_of(environment) == agi.ALIVE:
                return
            if agi.route_of(environment) != agi.ROUTE:
                log.warning("no such route: %r", agi.route_of(environment)[:40])
                writer.write(agi.FAILURE)
                return
            deadline.reschedule(asyncio.get_running_loop().time() + ANSWER_DEADLINE)
            decision = await self._decided(environment, writer)
            request = GuardedRequest(app=None, headers=environment, reader=reader, writer=writer)
            for command in agi.commands(decision.plan):
                # One command, one reply: Asterisk stalls when the next one already sits in its buffer.
                result = await request.send_command(command)
                if result.get("status_code") != 200:
                    raise PeerFault(f"Asterisk did not do it: {result}")
        self._keep(decision.call)

    async def _decided(self, environment: dict[str, str], writer: asyncio.StreamWriter) -> Decision:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Decision | None] = loop.create_future()
        self._ask(agi.inbound_call(environment, self._now()), _wait_of(writer), partial(_hand, loop, answer))
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


def _wait_of(writer: asyncio.StreamWriter) -> float:
    """Return for how many seconds Asterisk has waited for an answer to its last word."""
    return waited(writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TCP_INFO_LENGTH))


def _close(writer: asyncio.StreamWriter) -> None:
    """Close, and do not wait for ever for a peer that does not read."""
    writer.close()
    if writer.transport.get_write_buffer_size():
        asyncio.get_running_loop().call_later(GOODBYE, writer.transport.abort)
