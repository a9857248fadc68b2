"""One line of Asterisk's `leaseline.csv` -> CallEnd. Pure. The mapping is dialplan/asterisk/cdr_custom.conf."""

import csv
from datetime import UTC, datetime, timedelta

from gateway.core.calls import CallEnd, InboundCall

COLUMNS = (
    "uniqueid", "linkedid", "sequence", "dni_caller", "dst", "dni_did", "dni_lease", "dni_state", "start", "answer", "end",
    "duration", "billsec", "disposition", "dstchannel", "lastapp", "dni_trunk",
)  # fmt: skip
ANSWERED = "ANSWERED"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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


def _end(values: dict[str, str]) -> CallEnd:
    try:
        answered = values["disposition"] == ANSWERED and float(values["answer"]) > 0
        return CallEnd(
            call=InboundCall(
                values["uniqueid"],
                values["dni_did"],
                values["dni_trunk"],
                values["dni_caller"],
                _moment(values["start"]),
            ),
            sequence=int(values["sequence"]),
            tag=values["dni_state"],
            answer_time=_moment(values["answer"]) if answered else None,
            end_time=_moment(values["end"]),
            talk_time=timedelta(seconds=round(float(values["billsec"]), 3)) if answered else timedelta(),
            disposition=values["disposition"],
        )
    except (ValueError, OverflowError) as error:
        raise BadLine(f"a number that is none: {error}") from error


def _moment(epoch: str) -> datetime:
    return _EPOCH + timedelta(seconds=float(epoch))
