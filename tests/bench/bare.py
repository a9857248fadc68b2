"""`python -m tests.bench.bare asterisk|freeswitch PORT`: the least that can be served on the same library.

It answers every call with the words of one decision, and reads nothing to decide on. Panoramisk's own application is
used as it is. Of greenswitch only the session: its own server looks for connections ten times a second.
"""

import asyncio
import logging
import sys
from typing import Any

from gateway.asterisk import agi
from gateway.core.calls.routing import Hop, Plan
from gateway.freeswitch import esl
from tests.bench.lines import line
from tests.live.asterisk import ASTERISK
from tests.live.freeswitch import FREESWITCH
from tests.live.switch import Kind

READY = "ready"


def _plan(kind: Kind) -> Plan:
    return Plan("bare", "active", "12125550200", "main", (Hop((line(kind),), 20),))


def _serve_agi(port: int) -> None:
    from panoramisk.fast_agi import Application

    (told,) = agi.commands(_plan(ASTERISK))

    async def route(request: Any) -> None:
        await request.send_command(told)

    async def serve() -> None:
        application = Application(loop=asyncio.get_running_loop())
        application.add_route(agi.ROUTE, route)
        server = await asyncio.start_server(application.handler, "127.0.0.1", port)
        print(READY, flush=True)
        await server.serve_forever()

    asyncio.run(serve())


def _serve_esl(port: int) -> None:
    from gevent.server import StreamServer
    from greenswitch.esl import OutboundSession

    plan = _plan(FREESWITCH)

    def serve(sock: Any, address: Any) -> None:
        session = OutboundSession(address, sock)
        session.connect()
        session.send(esl.command(session.session_data["Unique-ID"], plan))
        session.stop()

    server = StreamServer(("127.0.0.1", port), serve)
    server.start()
    print(READY, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    logging.basicConfig(level=logging.CRITICAL)  # greenswitch logs each goodbye
    {"asterisk": _serve_agi, "freeswitch": _serve_esl}[sys.argv[1]](int(sys.argv[2]))
