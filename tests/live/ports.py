"""Find loopback ports that nobody holds."""

import itertools
import os
import random
import socket
from pathlib import Path

# Below Linux's ephemeral range (32768 and up), so that an outgoing connection does not take one of them.
RTP_FLOOR, RTP_CEILING, RTP_SPAN = 12000, 20000, 4000
FLOOR, CEILING, SHARE = 24000, 32000, 1000


def _own_ports() -> range:
    """Return ports for this process: tests that run beside it have others."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    place = int(worker.removeprefix("gw")) if worker else random.randrange((CEILING - FLOOR) // SHARE)
    start = FLOOR + place * SHARE % (CEILING - FLOOR)
    return range(start, start + SHARE)


# Never the same one twice in a row: it is taken a while after we have looked.
_next = itertools.cycle(random.sample(_own_ports(), SHARE))


def free_tcp_port() -> int:
    """Return a TCP port that is free on 127.0.0.1."""
    return _free_port(socket.SOCK_STREAM)


def free_udp_port() -> int:
    """Return a UDP port that is free on 127.0.0.1."""
    return _free_port(socket.SOCK_DGRAM)


def rtp_range() -> tuple[int, int]:
    """Return the first and last port of a range for media; the switch itself skips those that are taken."""
    start = random.randrange(RTP_FLOOR, RTP_CEILING, 2)
    return start, start + RTP_SPAN - 1


def udp_port_is_bound(port: int) -> bool:
    """Tell whether some process listens on the UDP port on 127.0.0.1 or on every address."""
    wanted = {f"0100007F:{port:04X}", f"00000000:{port:04X}"}
    lines = Path("/proc/net/udp").read_text(encoding="ascii").splitlines()[1:]
    return any(line.split()[1] in wanted for line in lines)


def tcp_port_is_open(port: int) -> bool:
    """Tell whether some process takes connections on the TCP port on 127.0.0.1."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free_port(kind: socket.SocketKind) -> int:
    for port in itertools.islice(_next, SHARE):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise OSError("no port is free on 127.0.0.1")
