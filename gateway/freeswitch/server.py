"""The event socket controller: one decision per connection, then it leaves.

Only greenswitch's OutboundSession is used, and mended: its own server polls for connections, lets a caller's header
stand for FreeSWITCH's, spins at the end of a file, has no deadlines, and loses a slot for each peer that goes away.
Whatever goes wrong here, the connection is closed at once and the dialplan rings its fallback; a call row that could
not be written is made later from the CDR.
"""

import logging
import socket
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, cast

import gevent
from gevent.event import AsyncResult, Event
from gevent.server import StreamServer
from greenswitch.esl import ESLEvent, OutboundSession

from gateway.core.calls.call import RoutedCall
from gateway.core.calls.limits import BACKLOG, MOST_PEERS, TCP_INFO_LENGTH, waited
from gateway.core.calls.ports import Ask
from gateway.core.calls.routing import Decision
from gateway.freeswitch import esl

log = logging.getLogger(__name__)

LONGEST_EVENT = 262144  # bytes
REPLIES = frozenset({"command/reply", "api/response"})
# Seconds from the connection to the switch's thanks. The rescue, `sched_transfer +2`, counts in whole seconds and may
# come after 1.0: an answer after it would be in our log, and not what rang.
DEADLINE = 0.9
GOODBYE = 2.0  # seconds for FreeSWITCH to take our leave


class Hangup(ConnectionError):
    """The caller or FreeSWITCH left while we were deciding."""


class PeerFault(ConnectionError):
    """The peer does not speak as FreeSWITCH does, or would not take a command, so nothing was decided."""


class LetGo(ConnectionError):
    """The call could not be decided, or not in time."""


class SafeEvent(ESLEvent):  # type: ignore[misc]
    """greenswitch's event, whose headers no caller can forge."""

    def parse_data(self, data: bytes) -> None:
        """Read the headers."""
        self.headers = esl.parse_headers(data, esl.READ)


class GuardedSession(OutboundSession):  # type: ignore[misc]
    """greenswitch's session, with the ends and limits that it lacks."""

    def start_event_handlers(self) -> None:
        """Start to listen for replies; events are never asked for."""
        self._listening = gevent.spawn(self.receive_events)

    def receive_events(self) -> None:
        """Take replies until the peer goes away, then let nobody wait for more; runs in a greenlet of its own."""
        try:
            while True:
                self.handle_event(SafeEvent(self._read_block()))
        except Exception as error:  # noqa: BLE001  whatever it was, who waits for a reply has to hear of it
            self._end(Hangup(f"{type(error).__name__} {error}"))

    def handle_event(self, event: SafeEvent) -> None:
        """Hand a reply to who asked; nothing else is expected here."""
        kind = event.headers.get("Content-Type")
        if kind not in REPLIES or not self._commands_sent:
            raise PeerFault(f"the peer said {kind!r} unasked")
        super().handle_event(event)

    def send(self, data: str) -> SafeEvent:
        """Send one command and return its reply."""
        if not self.connected:
            raise Hangup("the peer has gone")
        if not data.isprintable():
            raise esl.UnsafeValue(f"{data[:40]!r} is more than one command")
        reply: AsyncResult[SafeEvent] = AsyncResult()
        self._commands_sent.append(reply)
        self.sock.sendall(f"{data}\n\n".encode())
        return cast(SafeEvent, reply.get())

    def close(self) -> None:
        """Let go of everything, and let the peer know."""
        self._listening.kill()  # first: a file cannot be closed while a greenlet reads it
        self.sock_file.close()  # before the socket, which it holds: FreeSWITCH would not hear of the end, and park
        self.sock.close()

    def _end(self, reason: Exception) -> None:
        self.connected = False
        while self._commands_sent:
            self._commands_sent.pop().set_exception(reason)

    def _read_block(self) -> bytes:
        """Return the lines up to an empty one, which is not part of them."""
        block = b""
        while not block.endswith(b"\n\n") and block != b"\n":
            if not (seen := self.sock_file.peek()) or len(block) > LONGEST_EVENT:
                raise PeerFault("an event without an end")
            block += self.sock_file.read(_length_to_end(block, seen))
        return block[:-1]

    @staticmethod
    def _read_socket(sock: Any, length: int) -> str:
        """Return a reply's text."""
        if not 0 <= length <= LONGEST_EVENT:
            raise PeerFault(f"a reply of {length} bytes")
        data: bytes = sock.read(length)
        if len(data) < length:
            raise Hangup("a reply was cut short")
        return data.decode("utf-8", "replace")


def _length_to_end(block: bytes, seen: bytes) -> int:
    """Return how much of what is seen belongs to the block that it goes on with: all, or up to an empty line."""
    if not block and seen.startswith(b"\n"):
        return 1
    last = block[-1:]  # it may end the line before the empty one
    end = (last + seen).find(b"\n\n")
    return len(seen) if end < 0 else end + 2 - len(last)


class Controller:
    """Answers FreeSWITCH. `ask` has a call decided; `keep` has its row written, after FreeSWITCH has its answer."""

    def __init__(self, ask: Ask, keep: Callable[[RoutedCall], None], now: Callable[[], datetime]) -> None:
        self._ask = ask
        self._keep = keep
        self._now = now
        self._peers = 0

    def serve(self, host: str, port: int, stop: Event, ready: Callable[[], None]) -> None:
        """Answer until `stop` is set. Raises OSError when the port is taken."""
        # Without StreamServer's own limit, which leaves callers in the backlog instead of closing.
        server = StreamServer((host, port), self._serve_peer, backlog=BACKLOG)
        server.start()
        ready()
        stop.wait()
        server.stop(timeout=DEADLINE)

    def _serve_peer(self, sock: Any, address: Any) -> None:
        self._peers += 1
        session = GuardedSession(address, sock)
        try:
            if self._peers <= MOST_PEERS:
                self._answer(session)
        except (TimeoutError, ConnectionError) as error:
            # A port scan must not fill the disk with log.
            log.debug("a peer was cut: %s %s", type(error).__name__, error)
        except esl.UnsafeValue as error:
            log.warning("a peer was refused: %s", error)
        except Exception:  # the one boundary of a connection: the next call must still be answered
            log.exception("a call could not be answered; the dialplan rings its fallback")
        finally:
            self._peers -= 1
            session.close()

    def _answer(self, session: GuardedSession) -> None:
        with gevent.Timeout(DEADLINE, TimeoutError):
            before = _wait_of(session.sock)
            session.connect()
            if esl.is_over(session.session_data):
                raise Hangup("the rescue came before us")
            call = esl.inbound_call(session.session_data, self._now())
            answer: AsyncResult[Decision | None] = AsyncResult()
            self._ask(call, before + _wait_of(session.sock), partial(_hand, gevent.get_hub().loop, answer))
            decision = answer.get()
            if decision is None:
                raise LetGo
            reply = session.send(esl.command(call.id, decision.plan))
        if not reply.data.startswith("+OK"):
            raise PeerFault(f"FreeSWITCH did not do it: {reply.data[:80]!r}")
        self._keep(decision.call)
        with gevent.Timeout(GOODBYE, TimeoutError):
            session.send("exit")


def _hand(loop: Any, answer: "AsyncResult[Decision | None]", decision: Decision | None) -> None:
    """Hand an answer over from another thread."""
    loop.run_callback_threadsafe(answer.set, decision)


def _wait_of(sock: Any) -> float:
    """Return for how many seconds FreeSWITCH has waited for an answer to its last word."""
    return waited(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TCP_INFO_LENGTH))
