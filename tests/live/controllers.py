"""Stand-ins for `leaseline agi`: FastAGI servers that decide, or fail in one way each."""

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable, Iterator

Request = dict[str, str]
Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def decides(assignments: str, after: float = 0.0) -> Behaviour:
    """Answer with one MSet, then close; optionally late."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(after)
        writer.write(f'EXEC MSet "{assignments}"\n'.encode())
        await reader.readline()

    return behave


async def closes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Close without a word, as a controller does that crashed."""


async def stays_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Say nothing until the switch gives up."""
    await reader.read()


class _Server:
    """One controller in a thread of its own."""

    def __init__(self, port: int, behaviour: Behaviour) -> None:
        self.asked: list[Request] = []
        self._port, self._behaviour = port, behaviour
        self._loop, self._over, self._ready = asyncio.new_event_loop(), asyncio.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        """Return when connections are accepted."""
        self._thread.start()
        if not self._ready.wait(5.0):
            raise RuntimeError(f"the stand-in controller did not start on port {self._port}")

    def stop(self) -> None:
        """Return when port, connections and thread are gone."""
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._answer, "127.0.0.1", self._port, backlog=128)
        self._ready.set()
        await self._over.wait()
        server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer), contextlib.suppress(OSError, asyncio.IncompleteReadError):
            self.asked.append(_request(await reader.readuntil(b"\n\n")))
            await self._behaviour(reader, writer)


@contextlib.contextmanager
def controller(port: int, behaviour: Behaviour) -> Iterator[list[Request]]:
    """Run a controller for the length of the block; yield what it is asked."""
    server = _Server(port, behaviour)
    server.start()
    try:
        yield server.asked
    finally:
        server.stop()


def _request(block: bytes) -> Request:
    lines = block.decode("utf-8", errors="replace").strip().splitlines()
    return {key: value for key, _, value in (line.partition(": ") for line in lines)}
