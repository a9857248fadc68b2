"""Conversations that were recorded from a real FreeSWITCH: see data/*.jsonl, one `[direction, text]` a line."""

import json
from pathlib import Path
from urllib.parse import quote

DATA = Path(__file__).with_name("data")
EOF_MARK = "<EOF>"


def said(name: str, who: str = "<") -> list[bytes]:
    """Return what FreeSWITCH said (`<`), or the controller (`>`), in order; an end of file is left out."""
    lines = (json.loads(line) for line in (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines())
    return [encoded(text.removesuffix(EOF_MARK)) for direction, text in lines if direction == who]


def announcement(name: str = "decide-and-exit", call: str = "", **variables: str) -> bytes:
    """Return the answer to `connect`, with the variables that our dialplan sets, and maybe for another call."""
    block = said(name)[0]
    if call:
        block = block.replace(b"Unique-ID: " + call_of(block).encode(), b"Unique-ID: " + call.encode())
    ours = "".join(f"variable_dni_{key}: {quote(value)}\n" for key, value in variables.items())
    return block.replace(b"Content-Type: command/reply\n", encoded(ours) + b"Content-Type: command/reply\n", 1)


def call_of(block: bytes) -> str:
    """Return the id of the call that a recorded block announces."""
    return block.split(b"\nUnique-ID: ")[1].split(b"\n")[0].decode()


def encoded(text: str) -> bytes:
    """Return the bytes as they came."""
    return text.encode("utf-8", "surrogateescape")
