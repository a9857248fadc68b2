"""The whole product on loopback: a carrier's side, a real switch, our processes, two destinations."""

import contextlib
import json
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.asked import asked_calls
from tests.house import SWAP_TARGET, House
from tests.house import house as a_house
from tests.live.ports import free_tcp_port
from tests.live.processes import NotReadyError, wait_until
from tests.live.sipp import Call, Delivery, Destination, destination, place
from tests.live.switch import Binary, Kind, Settings, Setup, Switch

SHOP = "http://127.0.0.1:8000"
AD = f"{SHOP}/?utm_source=google&utm_medium=cpc&utm_campaign=spring-sale&utm_term=plumber&gclid=demo-click"
DESTINATION, FALLBACK = ("15550001111", "dest"), ("15550009999", "fallback")
LAST, NOBODYS = "+12125550999", "+12125550998"  # who calls last, and which number
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that a call passes through; our processes are started by who needs them."""

    kind: Kind
    house: House
    switch: Switch
    destination: Destination
    fallback: Destination
    origin: str

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Ask the lease API as a page of the shop would, and return its JSON."""
        headers = {"Content-Type": "text/plain", "Origin": self.origin, "User-Agent": BROWSER}
        request = urllib.request.Request(self.house.web_url + path, json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            found: dict[str, Any] = json.load(answer)
            return found

    def visit(self, url: str = AD, referrer: str = "https://www.google.com/") -> str:
        """Lease a number as a new visitor, send the first heartbeat, and return the number."""
        site = self.house.ask("site", "list")[0]["key"]
        where = {"url": url, "referrer": referrer, "found": [SWAP_TARGET], "view": True}
        new = {"visitor": "", "lease": "", "consent": "default", "webdriver": False}
        leased = self.post("/v1/lease", {"site": site, **where, **new})
        self.post("/v1/beat", {"site": site, "lease": leased["lease"], "url": url})
        number: str = leased["numbers"][0]["number"]
        return number

    def complete_calls(self, count: int, seconds: float = 60.0) -> list[dict[str, Any]]:
        """Wait until so many calls are complete, and return all that are in the log."""

        def complete() -> bool:
            return sum(call["end_time"] is not None for call in asked_calls(self.house.store, 10_000)) >= count

        wait_until(complete, seconds, f"{count} complete calls in the log")
        return asked_calls(self.house.store, 10_000)


@dataclass(frozen=True, slots=True)
class Lines:
    """A switch with two destinations: stages stand on it, one after the other."""

    kind: Kind
    switch: Switch
    destination: Destination
    fallback: Destination
    port: int
    """Where the switch asks."""

    def forget(self) -> None:
        """Remove the records of all calls that are over."""
        # Records are written in the order in which calls end: when there is one of this call, none is under way.
        with contextlib.suppress(NotReadyError):  # a test that failed may have left a call that nobody ends
            wait_until(lambda: self.switch.calls_up() == 0, 5.0, "the calls of others to end")
        place(self.switch.sip_port, [Call(NOBODYS, LAST)], Delivery(hold_ms=1))
        wait_until(lambda: any(end.call.caller == LAST for end in self.switch.ends()), 60.0, "the last record")
        cdrs = self.switch.cdrs
        for file in cdrs.iterdir() if cdrs.is_dir() else [cdrs]:
            file.unlink()


@contextlib.contextmanager
def open_lines(kind: Kind, binary: Binary, answer_ms: int = 0) -> Iterator[Lines]:
    """Start a switch with destinations: the two, and one that rings for ever."""
    port = free_tcp_port()
    with contextlib.ExitStack() as stack:
        dest = stack.enter_context(destination(answer_ms))
        fallback = stack.enter_context(destination())
        ringing = stack.enter_context(destination(answer_ms=None))
        peers = {"dest": dest.port, "fallback": fallback.port, "ringing": ringing.port}
        setup = Setup(kind.dialplan(Settings(port, kind.dial(*FALLBACK))), peers)
        yield Lines(kind, stack.enter_context(kind.running(binary, setup)), dest, fallback, port)


@contextlib.contextmanager
def stage_on(lines: Lines, home: Path, origins: Sequence[str] = (SHOP,), **values: Any) -> Iterator[Stage]:
    """Build a house on these lines, and load its dialplan."""
    kind, switch = lines.kind, lines.switch
    with a_house(
        home,
        f'[destinations.main]\nhops = [{{ ring = ["{kind.dial(*DESTINATION)}"], seconds = 20 }}]',
        origins=origins,
        switch=kind.name,
        cdrs=switch.cdrs,
        question=switch.question,
        fallback=kind.dial(*FALLBACK),
        port=lines.port,
        **values,
    ) as house:
        switch.load(house.run("dialplan", kind.name, *kind.files).stdout)
        lines.forget()
        yield Stage(kind, house, switch, lines.destination.from_now_on(), lines.fallback.from_now_on(), origins[0])


@contextlib.contextmanager
def open_stage(
    kind: Kind, binary: Binary, home: Path, origins: Sequence[str] = (SHOP,), answer_ms: int = 0, **values: Any
) -> Iterator[Stage]:
    """Start lines of its own, and build a house on them."""
    with open_lines(kind, binary, answer_ms) as lines, stage_on(lines, home, origins, **values) as stage:
        yield stage
