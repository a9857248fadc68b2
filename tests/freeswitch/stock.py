"""`python -m tests.freeswitch.stock PORT`: greenswitch's own server, without our mends, asked the same questions.

It says which number was dialled. MOST is what its `max_connections` is set to, so that few lost slots show.
"""

import sys
from typing import Any

from greenswitch.esl import OutboundESLServer

MOST = 2


class Application:
    """What greenswitch's README shows: one object per call."""

    def __init__(self, session: Any) -> None:
        self.session = session

    def run(self) -> None:
        """Tell FreeSWITCH the number and leave."""
        self.session.connect()
        dialled = self.session.session_data["variable_dni_dialled"].lstrip("+")
        self.session.send(f"api uuid_setvar_multi {self.session.uuid} dni_did={dialled};dni_ok=1")
        self.session.send("exit")


if __name__ == "__main__":
    OutboundESLServer(
        bind_address="127.0.0.1", bind_port=int(sys.argv[1]), application=Application, max_connections=MOST
    ).listen()
