"""Phone numbers: read from what trunks, pages and people write, and written again as people read them."""

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
    "international",
    "overwrite",
    "parse",
    "read_caller",
    "read_dialled",
    "read_vanity",
    "tail",
    "take_apart",
]
