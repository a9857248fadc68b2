"""Both switches' side of a decision, in bytes: a conversation as Asterisk or FreeSWITCH has it, on a socket of its own.

Many may be had at once; each is had by a thread that waits for bytes, so that the driver takes little of the processor.
"""

import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import perf_counter

from tests.freeswitch.peer import BYE, OK, peer
from tests.freeswitch.recorded import announcement

PATIENCE = 5.0  # seconds
# As Asterisk 22 writes it; the last two are what our dialplan asks with.
ENVIRONMENT = """\
agi_network: yes
agi_network_script: route
agi_request: agi://127.0.0.1:4573/route
agi_channel: PJSIP/carrier-00000a1c
agi_language: en
agi_type: PJSIP
agi_uniqueid: {call}
agi_version: 22.10.1
agi_callerid: {caller}
agi_calleridname: WIRELESS CALLER
agi_callingpres: 0
agi_callingani2: 0
agi_callington: 0
agi_callingtns: 0
agi_dnid: {dialled}
agi_rdnis: unknown
agi_context: leaseline-route
agi_extension: s
agi_priority: 9
agi_enhanced: 0.0
agi_accountcode:
agi_threadid: 140321549031104
agi_arg_1: {dialled}
agi_arg_2: carrier

"""
CALL, DIALLED, CALLER = b"bench-call", b"12125550110", b"16465550100"
ANNOUNCED = announcement(
    call=CALL.decode(), dialled=f"+{DIALLED.decode()}", trunk="carrier", caller=f"+{CALLER.decode()}"
)
DONE = b"200 result=0\n"


@dataclass(frozen=True, slots=True)
class Asked:
    """A call that a switch asks about."""

    call: str
    dialled: str
    caller: str


Talk = Callable[[int, Asked], bytes]


def ask_as_asterisk(port: int, asked: Asked) -> bytes:
    """Have one conversation; return what the controller said in it."""
    said = ENVIRONMENT.format(call=asked.call, dialled=asked.dialled, caller=asked.caller).encode()
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(said)
        heard = b""
        while received := connection.recv(4096):
            heard += received
            if received.endswith(b"\n"):
                connection.sendall(DONE)
        return heard


def ask_as_freeswitch(port: int, asked: Asked) -> bytes:
    """Have one conversation; return what the controller said in it."""
    announced = ANNOUNCED.replace(CALL, asked.call.encode()).replace(DIALLED, asked.dialled[1:].encode())
    announced = announced.replace(CALLER, asked.caller[1:].encode())
    heard = b""
    with peer(port) as switch:
        switch.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for answer in (announced, OK, BYE):
            heard += switch.hear()
            switch.say(answer)  # and once it has said goodbye, FreeSWITCH closes
    return heard


def ask_all(talk: Talk, port: int, asked: Sequence[Asked], at_once: int) -> tuple[list[float], list[bytes]]:
    """Have all conversations, so many at once; return how many milliseconds each took, and what was heard."""

    def one(asking: Asked) -> tuple[float, bytes]:
        start = perf_counter()
        try:
            heard = talk(port, asking)
        except OSError:
            heard = b""
        return (perf_counter() - start) * 1000, heard

    with ThreadPoolExecutor(at_once) as pool:
        done = list(pool.map(one, asked))
    return [took for took, _ in done], [heard for _, heard in done]
