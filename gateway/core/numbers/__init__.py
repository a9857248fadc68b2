"""Phone numbers: read from what trunks, pages and people write, and written again as people read them."""

from gateway.core.numbers.found import read_found, runs_in, runs_of_targets
from gateway.core.numbers.kinds import Kind, OwnNumber
from gateway.core.numbers.reading import (
    COUNTRIES,
    E164,
    LONGEST,
    Dialled,
    Format,
    NumberError,
    Parts,
    calling_code,
    check_forward,
    international,
    overwrite,
    parse,
    read_caller,
    read_dialled,
    read_vanity,
    tail,
    take_apart,
)
from gateway.core.numbers.usual import usual_runs, usual_texts
from gateway.core.numbers.written import display, in_format, rewrite

__all__ = [
    "COUNTRIES",
    "E164",
    "LONGEST",
    "Dialled",
    "Format",
    "Kind",
    "NumberError",
    "OwnNumber",
    "Parts",
    "calling_code",
    "check_forward",
    "display",
    "in_format",
    "international",
    "overwrite",
    "parse",
    "read_caller",
    "read_dialled",
    "read_found",
    "read_vanity",
    "rewrite",
    "runs_in",
    "runs_of_targets",
    "tail",
    "take_apart",
    "usual_runs",
    "usual_texts",
]
