"""One JSON file of mod_json_cdr -> CallEnd. Pure. How it is written: dialplan/freeswitch/json_cdr.conf.xml."""

import json
from datetime import datetime, timedelta
from typing import Any

from gateway.core.calls.call import CallEnd, InboundCall, read_refusal
from gateway.core.times import EPOCH
from gateway.freeswitch.privacy import is_withheld

LONGEST_ID = 150  # characters
DISPOSITIONS = {
    "USER_BUSY": "BUSY",
    "NO_ANSWER": "NO ANSWER",
    "NO_USER_RESPONSE": "NO ANSWER",
    "ORIGINATOR_CANCEL": "NO ANSWER",
    "ALLOTTED_TIMEOUT": "NO ANSWER",
    "PROGRESS_TIMEOUT": "NO ANSWER",
}  # one vocabulary for both switches: Asterisk's; what is not here FAILED


class TornRecord(ValueError):
    """A file that FreeSWITCH has not written to its end yet: it writes in place, the line end last."""


class BadRecord(ValueError):
    """A whole file that is no CDR of ours; the message says what is wrong."""


def parse(data: bytes) -> CallEnd | None:
    """Return the end that a CDR file tells, or None when the call did not come through our dialplan.

    Raises TornRecord, BadRecord. A call is one file whatever hops it rang, so `sequence` is always 0.
    """
    if not data.endswith(b"\n"):
        raise TornRecord("not written to its end")
    values = _variables(data)
    try:
        return _end(values) if values.get("dni_dialled") else None
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise BadRecord(f"a value that is missing or cannot be: {error}") from error


def is_of(target: str, channel: str) -> bool:
    """Return whether a dial string rings a channel, as far as its name tells: a number has one name at every gateway.

    `sofia/gateway/carrier/12125550142` makes `sofia/external/12125550142`, `user/100@example.com` makes
    `sofia/internal/100@192.0.2.7:5060`, `loopback/600/default` makes `loopback/600-a`.
    """
    if target.startswith("loopback/"):
        return channel.removesuffix("-a") == "/".join(target.split("/")[:2])
    rung, made = (name.rpartition("/")[2].partition("@")[0].removeprefix("sip:") for name in (target, channel))
    return bool(made) and rung == made


def _variables(data: bytes) -> dict[str, Any]:
    try:
        record = json.loads(data.decode("utf-8", "replace"))  # a caller's name may be Latin-1
    except (ValueError, RecursionError) as error:
        raise BadRecord(f"not JSON: {error}") from error
    variables = record.get("variables") if isinstance(record, dict) else None
    if not isinstance(variables, dict):
        raise BadRecord("no variables")
    return variables


def _end(values: dict[str, Any]) -> CallEnd:
    answer_time = _moment(values["answer_uepoch"]) if int(values["answer_uepoch"]) else None
    end_time = _moment(values["end_uepoch"])
    disposition = "ANSWERED" if answer_time else DISPOSITIONS.get(str(values["hangup_cause"]), "FAILED")
    tag, disposition = read_refusal(str(values.get("dni_cdr_state", "")), disposition)
    return CallEnd(
        call=_call(values),
        sequence=0,
        tag=tag,
        lease=str(values.get("dni_cdr_lease", "")),
        answer_time=answer_time,
        end_time=end_time,
        talk_time=end_time - answer_time if answer_time else timedelta(),
        disposition=disposition,
        answered_on=str(values.get("bridge_channel", "")) if answer_time else "",
    )


def _call(values: dict[str, Any]) -> InboundCall:
    call_id = str(values["uuid"])
    if not 0 < len(call_id) <= LONGEST_ID or not call_id.isprintable():
        raise ValueError("no call id")
    dialled, trunk, caller = (str(values.get(name, "")) for name in ("dni_dialled", "dni_trunk", "dni_caller"))
    caller = "" if is_withheld(values) else caller
    return InboundCall(call_id, dialled, trunk, caller, _moment(values["start_uepoch"]))


def _moment(microseconds: str) -> datetime:
    return EPOCH + timedelta(microseconds=int(microseconds))
