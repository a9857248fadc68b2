"""ESL words: a block of headers in, one command out. Pure.

Facts used here are of mod_event_socket.c and mod_commands.c: values of an event are url-encoded, but a `%0A` that a
caller wrote is not encoded again, so decoding comes after splitting; a line end in a command begins another header, an
empty line another command; `uuid_setvar_multi` splits at `;` and then at the first `=`, and takes 64 pairs; in a
bridge string `|` parts hops and `,` targets, `:_:` whole originations, and `${` is expanded.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import unquote

from gateway.core.calls.call import InboundCall
from gateway.core.calls.routing import Hop, Plan
from gateway.freeswitch.privacy import is_withheld

CALL_ID = re.compile(r"[A-Za-z0-9_.@-]{1,150}", re.ASCII)  # a uuid, or the Call-ID with inbound-use-callid-as-uuid
TARGET = re.compile(r"(?!.*:_:)[A-Za-z0-9_]+/[A-Za-z0-9@:+._/*#%-]{1,120}", re.ASCII)

# What is read of an event's two hundred headers.
READ = ("Content-Type", "Content-Length", "Reply-Text", "Unique-ID", "variable_dni_")


class UnsafeValue(ValueError):
    """A value that would be more than one word of one command."""


def parse_headers(block: bytes, only: tuple[str, ...] = ("",)) -> dict[str, str]:
    """Return the headers of an event, or only those whose names begin in some ways.

    A caller's `%0A` is inside a value here, as lines are split before they are decoded; the first of each name counts.
    """
    headers: dict[str, str] = {}
    for line in block.decode("utf-8", "replace").split("\n"):
        if not line.startswith(only):
            continue
        name, separator, value = line.partition(": ")
        if separator and name not in headers:
            headers[name] = unquote(value) if "%" in value else value
    return headers


def inbound_call(headers: dict[str, str], at: datetime) -> InboundCall:
    """Return the call that FreeSWITCH asks about. Raises UnsafeValue when the headers name none of our dialplan's."""
    call_id = headers.get("Unique-ID", "")
    if not CALL_ID.fullmatch(call_id):
        raise UnsafeValue("the event names no call")
    if "variable_dni_dialled" not in headers:
        raise UnsafeValue("the call did not come through leaseline.xml, or through an older one")
    return InboundCall(
        id=call_id,
        dialled=headers["variable_dni_dialled"],
        trunk=headers.get("variable_dni_trunk", ""),
        caller="" if _withheld(headers) else headers.get("variable_dni_caller", ""),
        at=at,
    )


def is_over(headers: dict[str, str]) -> bool:
    """Return whether the dialplan has gone on without an answer, as it does when we were stopped for a while.

    FreeSWITCH goes on talking to us then, and would thank us for an answer that changes nothing.
    """
    return "variable_dni_cdr_state" in headers


def command(call_id: str, plan: Plan) -> str:
    """Return the one command that puts a plan into channel variables, `dni_ok` last. Raises UnsafeValue."""
    return f"api uuid_setvar_multi {call_id} {';'.join([*_pairs(plan), 'dni_ok=1'])}"


def _withheld(headers: dict[str, str]) -> bool:
    asked = {name.removeprefix("variable_"): value for name, value in headers.items() if name.startswith("variable_")}
    return headers.get("Caller-Privacy-Hide-Number") == "true" or is_withheld(asked)


def _pairs(plan: Plan) -> Iterator[str]:
    yield from (f"dni_lease={plan.lease}", f"dni_state={plan.state}", f"dni_did={plan.number}")
    if plan.refuse:
        yield "dni_refuse=1"
    if plan.hops:
        yield f"dni_bridge={'|'.join(map(_targets, plan.hops))}"
        yield f"dni_last={','.join(plan.hops[-1].targets)}"


def _targets(hop: Hop) -> str:
    """Return the dial strings of a hop, which ring together."""
    for target in hop.targets:
        if not TARGET.fullmatch(target):
            raise UnsafeValue(f"{target[:40]!r} is not one dial string")
    return ",".join(f"[leg_timeout={hop.ring}]{target}" for target in hop.targets)
