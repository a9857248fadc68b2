"""Read SIPp's message log: who sent what, when."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

# SIPp's own heading: a row of dashes with the time, then "UDP message sent [812 bytes]:" or "... received ...".
HEADING = re.compile(
    r"^-{20,} (?P<time>\d{4}-\d\d-\d\d[ T\t]\d\d:\d\d:\d\d\.\d+).*\n"
    r"UDP message (?P<way>sent|received) .*\n\n",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Message:
    """One SIP message."""

    at: float
    """Seconds since some midnight: good for differences only."""
    sent: bool
    first_line: str
    headers: tuple[tuple[str, str], ...]

    def header(self, name: str) -> str:
        """Return the first header of that name, or the empty string."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    @property
    def call_id(self) -> str:
        """Return the Call-ID."""
        return self.header("Call-ID")

    @property
    def method(self) -> str:
        """Return the method of a request, or the empty string for a response."""
        return "" if self.status else self.first_line.partition(" ")[0]

    @property
    def status(self) -> int:
        """Return the status of a response, or 0 for a request."""
        return int(self.first_line.split()[1]) if self.first_line.startswith("SIP/2.0 ") else 0

    @property
    def answers_invite(self) -> bool:
        """Tell whether this is a response to an INVITE."""
        return bool(self.status) and self.header("CSeq").endswith("INVITE")


def read_log(log: Path, since: int = 0) -> dict[str, list[Message]]:
    """Return the messages of the log, or of what follows its first `since` bytes, by Call-ID, in order."""
    calls: dict[str, list[Message]] = {}
    if log.exists():
        for message in _messages(log.read_bytes()[since:].decode(errors="replace")):
            calls.setdefault(message.call_id, []).append(message)
    return calls


def user_of(uri: str) -> str:
    """Return the user part of the SIP URI in a header or a request line."""
    found = re.search(r"sips?:([^@>\s]*)@", uri)
    return found.group(1) if found else ""


def _messages(text: str) -> Iterator[Message]:
    headings = list(HEADING.finditer(text))
    ends = [heading.start() for heading in headings] + [len(text)]
    for heading, end in zip(headings, ends[1:], strict=True):
        head, whole, _ = text[heading.end() : end].lstrip("\n").partition("\n\n")
        # The last message may still be half written: its Call-ID could be cut short.
        if whole:
            yield _message(heading, head.split("\n"))


def _message(heading: re.Match[str], lines: list[str]) -> Message:
    pairs = (line.partition(":") for line in lines[1:])
    headers = tuple((key.strip(), value.strip()) for key, _, value in pairs)
    return Message(_seconds(heading["time"]), heading["way"] == "sent", lines[0].strip(), headers)


def _seconds(stamp: str) -> float:
    return datetime.fromisoformat(re.sub(r"[\sT]+", " ", stamp)).timestamp()
