"""The list of referrers that the package carries: dated, the same for every process, changed with a release only.

`make referrers` brings it up to date.
"""

import json
from functools import cache
from importlib import resources
from typing import Any

from gateway.core.visits.referrers import Known, Referrers, SiteKind

FILE = "data/referrers.json"


@cache
def referrers() -> Referrers:
    """Return the list, which a process reads once."""
    return Referrers.of(sites(json.loads(resources.files("gateway.service").joinpath(FILE).read_text("utf-8"))))


def sites(data: dict[str, Any]) -> dict[str, Known]:
    """Return the sites of a parsed list by address."""
    return {
        address: Known(name, kind)
        for kind in SiteKind
        for name, addresses in data[kind].items()
        for address in addresses
    }
