"""AGI words: bytes of an environment in, command lines out. Pure.

Facts used here are of res/res_agi.c: values of the environment are printed unescaped; a command line longer than the
buffer (2048 bytes before 20.16 and 22.6) is cut and *its rest is read as a new command*; only space and tab split
arguments, `"` quotes, a backslash escapes. `EXEC MSet` sets several variables in one round trip, 24 at the most.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from gateway.core.calls.call import InboundCall
from gateway.core.calls.routing import Hop, Plan

ROUTE = "route"
ALIVE = "alive"  # asked by our own supervisor; any end of the connection is an answer
LONGEST_LINE = 2000  # bytes, below the smallest buffer of any Asterisk
MOST_PAIRS = 20  # app MSet takes 24
FAILURE = b"failure\n"  # res_agi.c: a line that begins so ends AGI() at once with AGISTATUS=FAILURE


class UnsafeValue(ValueError):
    """A value that would be more than one word of one command."""


def parse_environment(block: bytes) -> dict[str, str]:
    """Return the AGI environment.

    A newline in a caller's name can add lines. So the first of each key counts, as Asterisk's own keys come before the
    caller's words; but the last `agi_arg_`, as arguments come after them.
    """
    environment: dict[str, str] = {}
    for line in block.decode("utf-8", "replace").split("\n"):
        key, separator, value = line.partition(": ")
        if separator and (key.startswith("agi_arg_") or key not in environment):
            environment[key] = value
    return environment


def route_of(environment: dict[str, str]) -> str:
    """Return which script was asked for, without its query."""
    return environment.get("agi_network_script", "").partition("?")[0]


def inbound_call(environment: dict[str, str], at: datetime) -> InboundCall:
    """Return the call that Asterisk asks about. Raises UnsafeValue when the environment names none."""
    call_id = environment.get("agi_uniqueid", "")
    if not 0 < len(call_id) <= 150 or not call_id.isprintable():
        raise UnsafeValue("the environment names no call")
    caller = environment.get("agi_callerid", "")
    return InboundCall(
        id=call_id,
        dialled=environment.get("agi_arg_1", ""),
        trunk=environment.get("agi_arg_2", ""),
        caller="" if _withheld(environment) else caller,
        at=at,
    )


def commands(plan: Plan) -> list[str]:
    """Return the command lines that put a plan into channel variables, `DNI_OK` last."""
    return [f"EXEC MSet {quote(','.join(chunk))}" for chunk in _chunks([*_pairs(plan), "DNI_OK=1"])]


def quote(value: str) -> str:
    """Return one AGI argument. Raises UnsafeValue on control characters and anything that is not ASCII."""
    if not value.isascii() or not value.isprintable():
        raise UnsafeValue(f"{value[:40]!r} does not fit on one line")
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _pairs(plan: Plan) -> Iterator[str]:
    yield from (f"DNI_LEASE={plan.lease}", f"DNI_STATE={plan.state}", f"DNI_DID={plan.number}")
    if plan.refuse:
        yield "DNI_REFUSE=1"
    yield f"DNI_HOPS={len(plan.hops)}"
    for place, hop in enumerate(plan.hops, start=1):
        yield f"DNI_HOP_{place}={_dial(hop)}"
        yield f"DNI_RING_{place}={hop.ring}"


def _dial(hop: Hop) -> str:
    """Return the first argument of Dial(). A comma would end MSet's pair, `${` would be expanded."""
    for target in hop.targets:
        if any(character in target for character in ',&|$"\\ '):
            raise UnsafeValue(f"{target[:40]!r} is not one dial string")
    return "&".join(hop.targets)


def _chunks(pairs: Iterable[str]) -> Iterator[list[str]]:
    """Share pairs out to as few lines as the switch can read."""
    chunk: list[str] = []
    size = empty = len('EXEC MSet ""')
    for pair in pairs:
        added = len(quote(pair)) - 1  # a comma, in place of two quotes
        if chunk and (len(chunk) == MOST_PAIRS or size + added > LONGEST_LINE):
            yield chunk
            chunk, size = [], empty
        chunk.append(pair)
        size += added
    yield chunk


def _withheld(environment: dict[str, str]) -> bool:
    """Return whether the presentation bits say restricted (0x20) or unavailable (0x40); what is no number says so."""
    presentation = environment.get("agi_callingpres", "0").strip()
    readable = presentation.isascii() and presentation.isdigit()
    return not readable or bool(int(presentation[:3]) & 0x60)
