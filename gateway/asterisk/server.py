"""The FastAGI controller: one decision per connection, then it leaves.

Only panoramisk's Request is used, and mended: its own Application spins for ever when a peer connects and closes, has
no limits and no deadlines, and dies of a Latin-1 caller name. Whatever goes wrong here, the connection is closed at
once and the dialplan rings its fallback; a call row that could not be written is made later from the CDR.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from panoramisk.fast_agi import Request
from panoramisk.utils import parse_agi_result

from gateway.asterisk import agi
from gateway.core.calls.call import InboundCall, RoutedCall
from gateway.core.calls.routing import Decision

log = logging.getLogger(__name__)

LONGEST_ENVIRONMENT = 16384  # bytes
ENVIRONMENT_DEADLINE = 2.0  # seconds for a peer to say what it wants
DECISION_DEADLINE = 1.5  # seconds; below the dialplan's 2.5, so that a slow disk falls open sooner
REPLY_DEADLINE = 2.0  # seconds for Asterisk to answer a command
BACKLOG = 1024  # Asterisk gives up connecting after 2 s: a burst has to fit
MOST_PEERS = 4000  # beyond it new peers are closed at once, which makes the dialplan fall open
MOST_WAITING = 10_000  # call rows not written yet
RECORD_WAITS = (0.1, 0.5, 1.0, 2.0, 5.0)  # seconds between tries to write a row; then the CDR has to do
DRAIN = 5.0  # seconds to write what is waiting when we are told to stop


class Hangup(ConnectionError):
    """The caller or Asterisk left while we were deciding."""


class PeerFault(ConnectionError):
    """Asterisk would not take a command, so nothing was decided."""


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
        raw: bytes = await asyncio.wait_for(self.reader.readline(), REPLY_DEADLINE)
        if not raw.endswith(b"\n"):
            raise Hangup("Asterisk closed the connection")
        return raw.decode("utf-8", "replace").rstrip("\r\n")


class Controller:
    """Answers Asterisk. `decide` reads the ledger; `record` writes a call row, after Asterisk has its answer."""

    def __init__(
        self,
        decide: Callable[[InboundCall], Decision],
        record: Callable[[RoutedCall], None],
        now: Callable[[], datetime],
    ) -> None:
        self._decide = decide
        self._record = record
        self._now = now
        self._readers = ThreadPoolExecutor(2, "decide")
        self._writer = ThreadPoolExecutor(1, "record")
        self._waiting: asyncio.Queue[RoutedCall] = asyncio.Queue(MOST_WAITING)
        self._peers = 0

    async def serve(self, host: str, port: int, stop: asyncio.Event, ready: Callable[[], None]) -> None:
        """Answer until `stop` is set, then write what is still waiting. Raises OSError when the port is taken."""
        recording = asyncio.create_task(self._keep_recording())
        server = await asyncio.start_server(self._serve_peer, host, port, limit=LONGEST_ENVIRONMENT, backlog=BACKLOG)
        ready()
        try:
            async with server:
                await stop.wait()
            await asyncio.wait_for(self._waiting.join(), DRAIN)
        except TimeoutError:
            log.warning("%d call rows were not written; their CDRs will bring them", self._waiting.qsize())
        finally:
            recording.cancel()
            self._readers.shutdown(wait=False, cancel_futures=True)
            self._writer.shutdown(wait=False, cancel_futures=True)

    async def _serve_peer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._peers += 1
        try:
            if self._peers <= MOST_PEERS:
                await self._answer(reader, writer)
        except (TimeoutError, ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            # A port scan must not fill the disk with log.
            log.debug("a peer was cut: %s %s", type(error).__name__, error)
        except agi.UnsafeValue as error:
            log.warning("a peer was refused: %s", error)
            writer.write(agi.FAILURE)
        except Exception:  # the one boundary of a connection: the next call must still be answered
            log.exception("a call could not be decided; the dialplan rings its fallback")
            writer.write(agi.FAILURE)
        finally:
            self._peers -= 1
            await _close(writer)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        block = await asyncio.wait_for(reader.readuntil(b"\n\n"), ENVIRONMENT_DEADLINE)
        environment = agi.parse_environment(block)
        if agi.route_of(environment) == agi.ALIVE:
            return
        if agi.route_of(environment) != agi.ROUTE:
            log.warning("no such route: %r", agi.route_of(environment)[:40])
            writer.write(agi.FAILURE)
            return
        decision = await self._decided(agi.inbound_call(environment, self._now()))
        request = GuardedRequest(app=None, headers=environment, reader=reader, writer=writer)
        for command in agi.commands(decision.plan):
            # One command, one reply: Asterisk stalls when the next one already sits in its buffer.
            result = await request.send_command(command)
            if result.get("status_code") != 200:
                raise PeerFault(f"Asterisk did not do it: {result}")
        self._keep(decision.call)

    async def _decided(self, call: InboundCall) -> Decision:
        loop = asyncio.get_running_loop()
        return await asyncio.wait_for(loop.run_in_executor(self._readers, self._decide, call), DECISION_DEADLINE)

    def _keep(self, call: RoutedCall) -> None:
        try:
            self._waiting.put_nowait(call)
        except asyncio.QueueFull:
            log.warning("too many call rows are waiting; the CDR will bring call %s", call.id)

    async def _keep_recording(self) -> None:
        while True:
            call = await self._waiting.get()
            try:
                await self._write(call)
            finally:
                self._waiting.task_done()

    async def _write(self, call: RoutedCall) -> None:
        loop = asyncio.get_running_loop()
        for wait in (*RECORD_WAITS, 0.0):
            try:
                await loop.run_in_executor(self._writer, self._record, call)
            except Exception as error:  # noqa: BLE001  a locked or full database must not end the recorder
                log.warning("call %s is not written yet: %s", call.id, error)
                await asyncio.sleep(wait)
            else:
                return
        log.error("call %s was not written; its CDR will bring it", call.id)


async def _close(writer: asyncio.StreamWriter) -> None:
    """Close and wait, but not for a peer that does not read."""
    writer.close()
    try:
        await asyncio.wait_for(writer.wait_closed(), REPLY_DEADLINE)
    except (TimeoutError, ConnectionError):
        writer.transport.abort()
