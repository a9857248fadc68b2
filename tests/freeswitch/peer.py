"""FreeSWITCH's side of an outbound event socket, in the bytes that a real one wrote."""

import contextlib
import socket
from collections.abc import Iterator
from typing import BinaryIO

from tests.freeswitch.recorded import said

OK, BYE = said("decide-and-exit")[1:]
PATIENCE = 60.0  # seconds; whoever is silent for longer is hung


class Peer:
    """One connection to a controller."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self.stream: BinaryIO = self.socket.makefile("rb")

    def hear(self) -> bytes:
        """Return the next command, without its empty line; nothing at the end."""
        command = b""
        while (line := self.stream.readline()) not in (b"\n", b""):
            command += line
        return command

    def say(self, text: bytes) -> None:
        """Write bytes."""
        self.socket.sendall(text)

    def is_let_go(self) -> bool:
        """Return whether the controller closes the connection, once it has said what it still had to say."""
        try:
            while self.stream.read(1):
                pass
        except ConnectionError:
            return True  # a reset is an end too
        except TimeoutError:
            return False
        return True


@contextlib.contextmanager
def peer(port: int) -> Iterator[Peer]:
    """Connect for the length of the block."""
    opened = Peer(port)
    with opened.socket, opened.stream:
        yield opened


def converse(port: int, announcement: bytes, reply: bytes = OK, bye: bytes = BYE) -> list[bytes]:
    """Play a call as FreeSWITCH does; return what the controller wrote."""
    with peer(port) as switch:
        heard = [switch.hear()]
        for answer in (announcement, reply, bye):
            if heard[-1] == b"":
                break
            switch.say(answer)
            heard.append(switch.hear())
        return [command for command in heard if command]
