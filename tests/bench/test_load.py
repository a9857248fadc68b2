"""The load on the lease API has to be what it says. No test here asserts a duration."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from http.client import HTTPConnection

import pytest
from flask import Flask

from tests.bench import packages, script, wsgi
from tests.bench.attacks import World
from tests.bench.costs import OTHERS, SHEETS
from tests.bench.networks import network
from tests.bench.shops import written
from tests.bench.visits import Crowd, Load
from tests.bench.wire import ClosedError, Wire
from tests.web.attacks import Json

TARGET = "+12125550100"
LEASED = {"visitor": "v", "lease": "l", "numbers": [{"number": "+16465550110"}]}
Post = tuple[str, dict[str, str]]


def _serve(answer: Callable[[Post], Awaitable[bytes]], use: Callable[[Wire], Awaitable[Load]]) -> Load:
    """Run a server that answers as it is told, and a client of it."""
    talks: list[asyncio.Future[None]] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError):  # the client closed
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(head.lower().partition(b"content-length: ")[2].split()[0])
                body = json.loads(await reader.readexactly(length))
                writer.write(await answer((head.split()[1].decode(), body)))
        writer.close()
        await writer.wait_closed()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.append(asyncio.ensure_future(talk(reader, writer)))

    async def run() -> Load:
        async with await asyncio.start_server(begin, "127.0.0.1", 0) as server:
            wire = Wire(server.sockets[0].getsockname()[1])
            load = await use(wire)
            wire.close()
            await asyncio.gather(*talks)
            return load

    return asyncio.run(run())


def _answer(status: int, body: object = None) -> bytes:
    text = json.dumps(body).encode() if body else b""
    return b"HTTP/1.1 %d x\r\nContent-Length: %d\r\n\r\n%s" % (status, len(text), text)


def test_requests_arrive_whether_or_not_others_were_answered() -> None:
    waiting, everybody = [], 20

    async def answer(post: Post) -> bytes:
        waiting.append(post)
        while len(waiting) < everybody:  # who waits for an answer before the next request would wait for ever
            await asyncio.sleep(0)
        return _answer(200, LEASED)

    load = _serve(answer, lambda wire: Crowd(wire, "key").come(400, 0.2, frozenset({200})))
    assert load.statuses.keys() == {"200"}
    assert load.statuses.total() == sum(len(times) for times in load.times.values()) > everybody


def test_a_visit_leases_first_and_says_goodbye_last() -> None:
    seen: dict[str, list[str]] = {}

    async def answer(post: Post) -> bytes:
        path, body = post
        seen.setdefault(body["url"], []).append(path.removeprefix("/v1/"))
        return _answer(200, LEASED)

    _serve(answer, lambda wire: Crowd(wire, "key").come(500, 0.6, frozenset({200})))
    ended = [steps for steps in seen.values() if "bye" in steps]
    assert ended
    assert all(steps[0] == "lease" for steps in seen.values())
    assert all(steps[1:4] in (["beat", "beat", "bye"], ["beat", "tel", "beat"]) for steps in ended)


def test_what_is_not_asked_for_counts_as_failed() -> None:
    async def answer(_: Post) -> bytes:
        return _answer(503)

    load = _serve(answer, lambda wire: Crowd(wire, "key").come(400, 0.1, frozenset({200})))
    assert not load.times
    assert load.failed.total() == load.statuses["503"] > 0


def test_a_server_that_is_gone_counts_as_failed() -> None:
    async def come() -> Load:
        server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        server.close()
        await server.wait_closed()
        return await Crowd(Wire(port), "key").come(400, 0.1, frozenset({200}))

    load = asyncio.run(come())
    assert load.failed.total() == load.statuses[ClosedError.__name__] > 0


def test_visitors_come_from_networks_of_their_own() -> None:
    assert len({network(place).rpartition(".")[0] for place in range(65_536)}) == 65_536
    assert len({network(place) for place in range(0, 1_000_000, 7)}) == len(range(0, 1_000_000, 7))


def test_a_page_has_the_numbers_that_its_name_tells() -> None:
    texts = {written(TARGET, place) for place in range(4)}
    for sheet in SHEETS:
        paragraphs = sheet.html([TARGET]).split("<p>")[1:]
        assert len(paragraphs) == sheet.texts
        assert sum(any(text in one for text in texts) for one in paragraphs) == sheet.numbers
    assert any(any(sign.isdigit() for sign in text) for text in OTHERS)


def test_an_attack_tells_numbers_that_do_not_ring() -> None:
    world = World(HTTPConnection("127.0.0.1"), datetime.now(UTC), frozenset({"+16465550110"}))
    answers: list[Json] = [{}, {"numbers": []}, LEASED, {"numbers": [{"number": "+19995550110"}]}]
    for answer in answers:
        world._look(answer, 1.0)
    assert (len(world.times), world.unserved) == (3, 1)


def test_the_clock_stands_where_the_request_says() -> None:
    told = "2026-12-01T10:00:00+00:00"
    with Flask("bench").test_request_context(headers={wsgi.CLOCK: told}):
        assert wsgi._now() == datetime.fromisoformat(told)


def test_the_lock_pins_by_checksum_and_names_no_registry() -> None:
    pinned = json.loads((packages.PINNED / "package.json").read_text())["dependencies"]
    found = json.loads((packages.PINNED / "package-lock.json").read_text())["packages"]
    assert found[""]["dependencies"] == pinned
    for name, package in found.items():
        assert not name or package["integrity"].startswith("sha512-")
        assert not any("://" in value for value in package.values() if isinstance(value, str))


def test_without_npm_its_scripts_are_left_out_with_a_line_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    said: list[str] = []
    assert script._others(said.append) == {}
    assert said == [
        "  the scripts that npm has are left out: npm is missing: apt-get install --no-install-recommends npm"
    ]
