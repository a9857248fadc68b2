"""What both controllers hold to, whichever switch asks."""

import struct

BACKLOG = 1024  # a switch gives up connecting after seconds: a burst has to fit
MOST_PEERS = 4000  # beyond it new peers are closed at once, which makes the dialplan fall open
LONGEST_WAIT = 0.25  # seconds that a call may wait for its turn; then it is let go, and rings the fallback
TCP_INFO_LENGTH = 56  # bytes of Linux' struct tcp_info, up to the field that is read
_LAST_DATA_RECEIVED = 52


def waited(tcp_info: bytes) -> float:
    """Return the seconds since a peer said its last word, as the kernel knows them.

    No clock of ours can tell: a connection waits in the backlog, and its words in the socket, before we look at them.
    """
    milliseconds: int = struct.unpack_from("=I", tcp_info, _LAST_DATA_RECEIVED)[0]
    return milliseconds / 1000
