"""Who asked to stay unknown, by what FreeSWITCH keeps of their headers. Pure.

mod_sofia hides a number for `Privacy: id` and for Remote-Party-ID only; RFC 3323 has `user` and `header`, too. The
dialplan leaves a withheld number out; this holds for a dialplan of before as well.
"""

import re
from collections.abc import Mapping

_ASKED = re.compile(r"\b(id|user|header|full)\b", re.IGNORECASE)
_HIDDEN = re.compile(r";\s*privacy\s*=\s*\"?(full|uri)\b", re.IGNORECASE)


def is_withheld(variables: Mapping[str, object]) -> bool:
    """Return whether a call's variables say that its caller's number is not to be told."""
    asked = _ASKED.search(str(variables.get("sip_Privacy", "")))
    return bool(asked or _HIDDEN.search(str(variables.get("sip_Remote-Party-ID", ""))))
