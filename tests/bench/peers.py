"""Connections of peers who begin a request and never end it."""

import contextlib
import resource
import socket
from collections.abc import Iterator

HALF = b"POST /v1/lease HTTP/1.1\r\nHost: x\r\nX-Slow: "
SPARE = 200  # files that this process has open besides


class TooFewFilesError(Exception):
    """This machine does not let us open so many connections."""


@contextlib.contextmanager
def half_open(port: int, count: int) -> Iterator[None]:
    """Hold so many connections with half a header sent, for the length of the block."""
    _let_open(count + SPARE)
    with contextlib.ExitStack() as peers:
        for _ in range(count):
            peer = peers.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
            peer.sendall(HALF)
        yield


def _let_open(files: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < files:
        if hard != resource.RLIM_INFINITY and hard < files:
            raise TooFewFilesError(f"{files} open files are needed, and this machine allows {hard}: ulimit -n")
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
