"""Stand-ins for `leaseline agi` and `leaseline esl`: servers that decide, or fail in one way each."""

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import unquote

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter


@dataclass(frozen=True, slots=True)
class Told:
    """What a controller tells a switch."""

    hops: Sequence[Sequence[str]]
    """Dial strings that ring together, in turn."""
    number: str
    ring: int = 20
    lease: str = "Lx7"
    state: str = "active"
    ok: bool = True
    refuse: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What a switch asks about."""

    call: str
    dialled: str
    trunk: str
    name: str


class Speech(Protocol):
    """How a switch and its controller talk."""

    async def hear(self, reader: Reader, writer: Writer) -> Asked:
        """Return what the switch asks about."""

    async def tell(self, told: Told, asked: Asked, reader: Reader, writer: Writer) -> None:
        """Say what was decided, and take the reply."""

    async def leave(self, writer: Writer) -> None:
        """Say goodbye as this switch expects it."""


class Agi:
    """FastAGI: Asterisk begins."""

    async def hear(self, reader: Reader, writer: Writer) -> Asked:
        found = _fields(await reader.readuntil(b"\n\n"))
        return Asked(found["agi_uniqueid"], found["agi_arg_1"], found["agi_arg_2"], found["agi_calleridname"])

    async def tell(self, told: Told, asked: Asked, reader: Reader, writer: Writer) -> None:
        pairs = [f"DNI_LEASE={told.lease}", f"DNI_STATE={told.state}", f"DNI_DID={told.number}"]
        pairs.append(f"DNI_HOPS={len(told.hops)}")
        for place, hop in enumerate(told.hops, start=1):
            pairs += [f"DNI_HOP_{place}={'&'.join(hop)}", f"DNI_RING_{place}={told.ring}"]
        pairs += ["DNI_REFUSE=1"] if told.refuse else []
        pairs += ["DNI_OK=1"] if told.ok else []
        writer.write(f'EXEC MSet "{",".join(pairs)}"\n'.encode())
        await reader.readline()

    async def leave(self, writer: Writer) -> None:
        writer.close()


class Esl:
    """The outbound event socket: the controller begins, with `connect`."""

    async def hear(self, reader: Reader, writer: Writer) -> Asked:
        writer.write(b"connect\n\n")
        found = {key: unquote(value) for key, value in _fields(await reader.readuntil(b"\n\n")).items()}
        dialled, trunk = (found.get(f"variable_dni_{name}", "") for name in ("dialled", "trunk"))
        return Asked(found["Unique-ID"], dialled, trunk, found.get("Caller-Caller-ID-Name", ""))

    async def tell(self, told: Told, asked: Asked, reader: Reader, writer: Writer) -> None:
        pairs = [f"dni_lease={told.lease}", f"dni_state={told.state}", f"dni_did={told.number}"]
        if told.hops:
            hops = [",".join(f"[leg_timeout={told.ring}]{target}" for target in hop) for hop in told.hops]
            pairs += [f"dni_bridge={'|'.join(hops)}", f"dni_last={','.join(told.hops[-1])}"]
        pairs += ["dni_refuse=1"] if told.refuse else []
        pairs += ["dni_ok=1"] if told.ok else []
        writer.write(f"api uuid_setvar_multi {asked.call} {';'.join(pairs)}\n\n".encode())
        await reader.readuntil(b"\n\n")

    async def leave(self, writer: Writer) -> None:
        writer.write(b"exit\n\n")


Behaviour = Callable[[Speech, list[Asked], Reader, Writer], Awaitable[None]]


def decides(told: Told, after: float = 0.0, stays: bool = False) -> Behaviour:
    """Answer, then close; optionally late, or staying until the switch closes."""

    async def behave(speech: Speech, calls: list[Asked], reader: Reader, writer: Writer) -> None:
        asked = await speech.hear(reader, writer)  # the last of `calls` may be another call's by the time we tell
        calls.append(asked)
        await asyncio.sleep(after)
        await speech.tell(told, asked, reader, writer)
        if stays:
            await _until_closed(reader)
        else:
            await speech.leave(writer)

    return behave


async def closes(_speech: Speech, _calls: list[Asked], _reader: Reader, _writer: Writer) -> None:
    """Close without a word, as a controller does that crashed."""


async def hears_and_closes(speech: Speech, calls: list[Asked], reader: Reader, writer: Writer) -> None:
    """Close when the question has come."""
    calls.append(await speech.hear(reader, writer))


async def stays_silent(_speech: Speech, _calls: list[Asked], reader: Reader, _writer: Writer) -> None:
    """Say nothing until the switch gives up."""
    await _until_closed(reader)


async def hears_and_stays_silent(speech: Speech, calls: list[Asked], reader: Reader, writer: Writer) -> None:
    """Take the question and say nothing until the switch gives up."""
    calls.append(await speech.hear(reader, writer))
    await _until_closed(reader)


async def _until_closed(reader: Reader) -> None:
    while await reader.read(4096):
        pass


class _Server:
    """One controller in a thread of its own."""

    def __init__(self, port: int, speech: Speech, behaviour: Behaviour) -> None:
        self.asked: list[Asked] = []
        self._port, self._speech, self._behaviour = port, speech, behaviour
        self._loop, self._over, self._ready = asyncio.new_event_loop(), asyncio.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        """Return when connections are accepted."""
        self._thread.start()
        if not self._ready.wait(60.0):
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

    async def _answer(self, reader: Reader, writer: Writer) -> None:
        with contextlib.closing(writer), contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await self._behaviour(self._speech, self.asked, reader, writer)


@contextlib.contextmanager
def controller(port: int, speech: Speech, behaviour: Behaviour) -> Iterator[list[Asked]]:
    """Run a controller for the length of the block; yield what it is asked."""
    server = _Server(port, speech, behaviour)
    server.start()
    try:
        yield server.asked
    finally:
        server.stop()


def _fields(block: bytes) -> dict[str, str]:
    lines = block.decode("utf-8", errors="replace").strip().splitlines()
    return {key: value for key, _, value in (line.partition(": ") for line in lines)}
