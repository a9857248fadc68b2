"""One line of Asterisk's `leaseline.csv` -> CallEnd. Pure. The mapping is dialplan/asterisk/cdr_custom.conf."""

import csv
from datetime import datetime, timedelta

from gateway.core.calls.call import CallEnd, InboundCall, read_refusal
from gateway.core.times import EPOCH

COLUMNS = (
    "uniqueid", "linkedid", "sequence", "dni_caller", "dst", "dni_did", "dni_lease", "dni_state", "start", "answer",
    "end", "duration", "billsec", "disposition", "dstchannel", "lastapp", "dni_trunk",
)  # fmt: skip
ANSWERED = "ANSWERED"
LARGEST_SEQUENCE = 2**31  # Asterisk counts in an int
LONGEST_ID = 150  # characters; AST_MAX_UNIQUEID


class BadLine(ValueError):
    """A line that is no CDR of ours; the message says what is wrong."""


def parse_line(line: str) -> CallEnd | None:
    """Return the end that a CDR line tells, or None when the call did not come through our dialplan.

    Raises BadLine. `answer` is 0 for a call that nobody picked up; all times are epoch seconds with a fraction.
    """
    try:
        fields = next(csv.reader([line], strict=True))
    except (csv.Error, StopIteration) as error:
        raise BadLine(f"not CSV: {error}") from error
    if len(fields) != len(COLUMNS):
        raise BadLine(f"{len(fields)} columns where cdr_custom.conf writes {len(COLUMNS)}")
    values = dict(zip(COLUMNS, fields, strict=True))
    return _end(values) if values["dni_did"] else None


def is_of(target: str, channel: str) -> bool:
    """Return whether a dial string rings a channel, as far as its name tells: two ways through one trunk look alike.

    `PJSIP/100` and `PJSIP/12125550142@carrier` make `PJSIP/100-0000002a` and `PJSIP/carrier-0000002b`;
    `Local/600@queues` makes `Local/600@queues-0000002c;1`.
    """
    technology, _, rest = target.partition("/")
    first = rest.partition("/")[0]
    name = first if technology.lower() == "local" else first.rpartition("@")[2]
    return channel.rpartition("-")[0] == f"{technology}/{name}"


def _end(values: dict[str, str]) -> CallEnd:
    try:
        answered = values["disposition"] == ANSWERED and float(values["answer"]) > 0
        tag, disposition = read_refusal(values["dni_state"], values["disposition"])
        return CallEnd(
            call=_call(values),
            sequence=_sequence(values["sequence"]),
            tag=tag,
            lease=values["dni_lease"],
            answer_time=_moment(values["answer"]) if answered else None,
            end_time=_moment(values["end"]),
            talk_time=timedelta(seconds=round(float(values["billsec"]), 3)) if answered else timedelta(),
            disposition=disposition,
            answered_on=values["dstchannel"] if answered else "",
        )
    except (ValueError, OverflowError) as error:
        raise BadLine(f"a value that cannot be: {error}") from error


def _call(values: dict[str, str]) -> InboundCall:
    call_id = values["uniqueid"]
    if not 0 < len(call_id) <= LONGEST_ID or not call_id.isprintable():
        raise ValueError("no call id")
    return InboundCall(call_id, values["dni_did"], values["dni_trunk"], values["dni_caller"], _moment(values["start"]))


def _sequence(text: str) -> int:
    sequence = int(text)
    if not 0 <= sequence <= LARGEST_SEQUENCE:
        raise ValueError(f"sequence {text[:40]}")
    return sequence


def _moment(epoch: str) -> datetime:
    return EPOCH + timedelta(seconds=float(epoch))
