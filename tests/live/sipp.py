"""SIPp as the carrier that delivers calls and as the destinations that take them, all on loopback.

What happened is read from SIPp's message logs, which are complete while it still runs.
"""

import contextlib
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tests.live.ports import free_udp_port, udp_port_is_bound
from tests.live.processes import NotReadyError, ahead, helper, wait_until
from tests.live.provision import Say, require
from tests.live.rooms import room
from tests.live.siplog import Message, read_log, user_of
from tests.live.templates import fill

# 3 s are promised, and the dialplans give up on us after 2.5. A machine with other work is late by itself; what must
# not be is that a caller waits for the limit twice.
LONGEST_WAIT_MS = 4500
SCENARIOS = Path(__file__).with_name("scenarios")
NEVER_MS = 24 * 3600 * 1000
START_SECONDS = 60.0
TRIES = 3  # another program may take a port between our look and SIPp's
HEADERS = """[last_Via:]
[last_From:]
[last_To:];tag=[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port]>
"""
RINGING = f"SIP/2.0 180 Ringing\n{HEADERS}Content-Length: 0\n"
EARLY_MEDIA = f"""SIP/2.0 183 Session Progress
{HEADERS}Content-Type: application/sdp
Content-Length: [len]

v=0
o=dest 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
m=audio [media_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000
"""


@dataclass(frozen=True, slots=True)
class Call:
    """A call that a carrier is to deliver."""

    number: str
    """As the trunk writes it; without semicolons, which separate the fields of SIPp's list."""
    caller: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a carrier delivers its calls."""

    rate: int = 20
    """Calls a second."""
    hold_ms: int = 1000
    """From the answer to the BYE."""
    cancel_ms: int | None = None
    """From the INVITE's 100 to the CANCEL of a caller who gives up."""
    headers: tuple[str, ...] = ()
    """More headers of the INVITE, whole lines."""
    user_parameters: str = ""
    """What follows the number in its URIs, such as `;npdi=yes`."""
    request_user: str | None = None
    """User part of the request URI, where that is not the number: the number then stands in To only."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a delivered call went, as its carrier saw it."""

    number: str
    caller: str
    status: int
    """Last final status of the INVITE; 0 while there is none."""
    answer_ms: float | None
    hold_ms: float | None
    dropped: bool
    """The switch hung up, not the caller."""
    rang: bool = False
    """The caller heard that it rings."""

    @property
    def answered(self) -> bool:
        """Tell whether the call was answered."""
        return self.answer_ms is not None


@dataclass(frozen=True, slots=True)
class Arrival:
    """An INVITE that reached a destination."""

    number: str
    caller: str
    diversion: str
    headers: tuple[tuple[str, str], ...]
    ended: bool
    """A BYE or a CANCEL came for it."""

    def header(self, name: str) -> str:
        """Return the first header of that name, or the empty string."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    @property
    def tags(self) -> dict[str, list[str]]:
        """Return every value of every X-DNI header by its name in lower case, but for the count of rounds."""
        tags: dict[str, list[str]] = {}
        for key, value in self.headers:
            if key.lower().startswith("x-dni-") and key.lower() != "x-dni-round":
                tags.setdefault(key.lower(), []).append(value)
        return tags


@dataclass(frozen=True, slots=True)
class Destination:
    """A running destination."""

    port: int
    log: Path
    since: int = 0
    """How many bytes of its log tell of others' calls."""

    def from_now_on(self) -> "Destination":
        """Return this destination as one that nobody has called yet."""
        return replace(self, since=self.log.stat().st_size if self.log.exists() else 0)

    def arrivals(self) -> list[Arrival]:
        """Return the INVITEs that came so far."""
        calls = read_log(self.log, self.since).values()
        return [_arrival(call) for call in calls if call[0].method == "INVITE"]

    def expect(self, count: int, seconds: float = 120.0) -> list[Arrival]:
        """Wait until that many INVITEs have come, and return them."""
        wait_until(lambda: len(self.arrivals()) >= count, seconds, f"{count} INVITEs at port {self.port}")
        return self.arrivals()


@dataclass(frozen=True, slots=True)
class Carrier:
    """A running carrier."""

    calls: tuple[Call, ...]
    log: Path
    process: subprocess.Popen[bytes]

    def outcomes(self) -> list[Outcome]:
        """Return how the calls went so far, in the order of their INVITEs."""
        return [_outcome(call) for call in read_log(self.log).values()]

    def up(self) -> int:
        """Return how many calls are answered and not yet over."""
        return sum(one.answered and one.hold_ms is None for one in self.outcomes())

    def expect_up(self, count: int, seconds: float = 120.0) -> None:
        """Wait until that many calls were answered: they are up, unless a slow machine took longer than they hold."""
        wait_until(lambda: sum(one.answered for one in self.outcomes()) >= count, seconds, f"{count} calls to be up")

    def expect_another(self, seconds: float = 120.0) -> None:
        """Wait until a further call has come, or there is none to come."""
        seen = len(self.outcomes())
        wait_until(lambda: len(self.outcomes()) > seen or self.process.poll() is not None, seconds, "another call")

    def wait(self, seconds: float = 120.0) -> list[Outcome]:
        """Wait until every call is over, and return how they went."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise NotReadyError(f"calls are still up after {seconds:g} s: {self.outcomes()}") from None
        return self.outcomes()


@contextlib.contextmanager
def destination(
    answer_ms: int | None = 0, refuse: int | None = None, early: bool = False, leaves: bool = False
) -> Iterator[Destination]:
    """Run a destination that rings and answers after some time (None: never), or refuses with a status.

    With `early` it does not ring but sends early media, as trunks to the telephone network do; with `leaves` it
    hangs up soon after its answer.
    """
    if refuse is not None:
        scenario = fill(SCENARIOS / "refuse.xml", {"STATUS": str(refuse)})
    elif answer_ms == 0:
        scenario = fill(SCENARIOS / ("leave.xml" if leaves else "answer.xml"), {})
    else:
        words = {"WAIT_MS": str(answer_ms or NEVER_MS), "PROVISIONAL": EARLY_MEDIA if early else RINGING}
        scenario = fill(SCENARIOS / "answer_later.xml", words)
    for _ in range(TRIES):
        with _sipp(scenario, []) as (process, port, log):
            wait_until(lambda: udp_port_is_bound(port) or process.poll() is not None, START_SECONDS, "SIPp to listen")
            if process.poll() is None:
                yield Destination(port, log)
                return
    raise NotReadyError("SIPp ends at its start")


@contextlib.contextmanager
def carrier(sip_port: int, calls: Sequence[Call], delivery: Delivery | None = None) -> Iterator[Carrier]:
    """Run a carrier that delivers the calls to a switch; leaving the block abandons those that are still up."""
    how = delivery or Delivery()
    options = ["-inf", "calls.csv", "-m", str(len(calls)), "-l", str(len(calls)), "-r", str(how.rate)]
    with _sipp(_carrier_scenario(how), [*options, f"127.0.0.1:{sip_port}"], calls) as (process, _, log):
        yield Carrier(tuple(calls), log, process)


def place(sip_port: int, calls: Sequence[Call], delivery: Delivery | None = None) -> list[Outcome]:
    """Deliver the calls, wait until all are over, and return how they went."""
    for _ in range(TRIES):
        with carrier(sip_port, calls, delivery) as running:
            if outcomes := running.wait():
                return outcomes
    raise NotReadyError("SIPp ends at its start")


def provide_sipp(say: Say) -> str:
    """Return the path of SIPp, installing it where we may."""
    return require("sipp", "sip-tester", say)


def _carrier_scenario(how: Delivery) -> str:
    user = f"[field0]{how.user_parameters}" if how.request_user is None else how.request_user
    words = {
        "REQUEST_USER": f"{user}@" if user else "",
        "USER_PARAMETERS": how.user_parameters,
        "HEADERS": "".join(f"{header}\n" for header in how.headers),
        "HOLD_MS": str(max(1, how.hold_ms)),
        "CANCEL_MS": str(how.cancel_ms),
    }
    return fill(SCENARIOS / ("call.xml" if how.cancel_ms is None else "cancel.xml"), words)


@contextlib.contextmanager
def _sipp(
    scenario: str, options: Sequence[str], calls: Sequence[Call] = ()
) -> Iterator[tuple[subprocess.Popen[bytes], int, Path]]:
    """Run SIPp in a private directory; yield its process, SIP port and message log."""
    port = free_udp_port()
    # Without -cp and -mp it takes fixed ports, 8888 and 6000, on every address.
    local = ["-i", "127.0.0.1", "-p", str(port), "-ci", "127.0.0.1", "-cp", str(free_udp_port())]
    media = ["-mp", str(free_udp_port()), "-nostdin", "-timer_resol", "1"]
    with room() as home:
        (home / "scenario.xml").write_text(scenario, encoding="utf-8")
        (home / "calls.csv").write_text("SEQUENTIAL\n" + "".join(map(_line, calls)), encoding="utf-8")
        log = home / "messages"
        traced = ["-sf", "scenario.xml", "-trace_msg", "-message_file", str(log)]
        command = ahead([provide_sipp(lambda _: None), *traced, *local, *media, *options])
        with helper(command, home / "console", home) as run:
            yield run, port, log


def _line(call: Call) -> str:
    name = f'"{call.name}" ' if call.name else ""
    return f"{call.number};{call.caller};{name};\n"


def _arrival(messages: list[Message]) -> Arrival:
    invite = messages[0]
    return Arrival(
        number=user_of(invite.first_line),
        caller=user_of(invite.header("From")),
        diversion=user_of(invite.header("Diversion")),
        headers=invite.headers,
        ended=any(message.method in {"BYE", "CANCEL"} for message in messages),
    )


def _outcome(messages: list[Message]) -> Outcome:
    invite = messages[0]
    finals = [message for message in messages if message.answers_invite and message.status >= 200]
    answer = next((message for message in finals if message.status < 300), None)
    bye = next((message for message in messages if message.method == "BYE"), None)
    return Outcome(
        number=user_of(invite.header("To")),
        caller=user_of(invite.header("From")),
        status=finals[-1].status if finals else 0,
        answer_ms=_ms(invite, answer),
        hold_ms=_ms(answer, bye),
        dropped=bye is not None and not bye.sent,
        rang=any(message.answers_invite and message.status == 180 for message in messages),
    )


def _ms(start: Message | None, end: Message | None) -> float | None:
    return None if start is None or end is None else (end.at - start.at) * 1000
