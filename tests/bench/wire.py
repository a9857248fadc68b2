"""Requests that do not wait for each other: as many connections as are needed, kept open as browsers keep them."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from tests.bench.clients import CHROME, ORIGIN
from tests.bench.networks import FORWARDED

PATIENCE = 30.0  # seconds, after which a request has failed
ENOUGH = b"\r\n\r\n"


class ClosedError(Exception):
    """The server closed the connection before it had answered."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: bytes

    def json(self) -> Any:
        """Return the answer's values."""
        return json.loads(self.body)


class _Line(asyncio.Protocol):
    """One connection, one request at a time."""

    transport: asyncio.Transport
    waiting: "asyncio.Future[Answer]"

    def __init__(self) -> None:
        self._received = b""
        self.open = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def send(self, request: bytes) -> "asyncio.Future[Answer]":
        self.waiting = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self.waiting

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, rest = self._received.partition(ENOUGH)
        if not end:
            return
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines)
        if len(rest) < int(headers.get("content-length", 0)):
            return
        self._received = b""
        self.open = self.open and headers.get("connection") != "close"
        if not self.waiting.done():
            self.waiting.set_result(Answer(int(first.split(" ", 2)[1]), rest))

    def connection_lost(self, exc: Exception | None) -> None:
        self.open = False
        if hasattr(self, "waiting") and not self.waiting.done():
            self.waiting.set_exception(ClosedError())


class Wire:
    """A way to one server."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[_Line] = []

    async def post(self, path: str, body: Mapping[str, object], network: str) -> Answer:
        """Post as a page of the site does that was opened in some network. Raises ClosedError or TimeoutError."""
        request = _request(path, json.dumps(body).encode(), network)
        kept = self._kept()
        if kept:
            try:
                return await self._ask(kept, request)
            except ClosedError:  # it was closed while it lay idle: browsers try again too
                pass
        return await self._ask(await self._connect(), request)

    def close(self) -> None:
        """Close what is idle."""
        for line in self._idle:
            line.transport.close()

    def _kept(self) -> _Line | None:
        while self._idle:
            line = self._idle.pop()
            if line.open:
                return line
        return None

    async def _connect(self) -> _Line:
        try:
            return (await asyncio.get_running_loop().create_connection(_Line, "127.0.0.1", self._port))[1]
        except OSError as error:
            raise ClosedError from error

    async def _ask(self, line: _Line, request: bytes) -> Answer:
        try:
            answer = await asyncio.wait_for(line.send(request), PATIENCE)
        except TimeoutError:
            line.transport.close()
            raise
        if line.open:
            self._idle.append(line)
        return answer


def _request(path: str, body: bytes, network: str) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: {ORIGIN}\r\nUser-Agent: {CHROME}\r\n"
        f"{FORWARDED}: {network}\r\nContent-Type: text/plain;charset=UTF-8\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode("ascii") + body
