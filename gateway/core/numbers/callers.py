"""Who calls: a number that is somebody's, digits that may be anybody's, or nobody that can be told from others.

Who withholds their number is announced by a word (`anonymous`), or, where the field takes digits only, by digits that
stand for one: the word on a telephone's keypad (`266696687`), zeros, one digit again and again, a count up or down.
All strangers who come with such digits would be one known caller. So a caller counts as known by a full, valid number
only. Other digits, such as an extension, are told as they came, and are nobody's history. The few people who own a
number that looks like a placeholder are unknown with the others: a wrong visitor is worse than none.
"""

from collections.abc import Collection
from functools import lru_cache
from itertools import cycle, islice

from gateway.core.numbers import reading

WORDS = ("ANONYMOUS", "BLOCKED", "PRIVATE", "RESTRICTED", "UNAVAILABLE", "UNKNOWN", "WITHHELD")
SHORTEST = 7  # digits of a pattern, or after a +; fewer, such as 2222, may be an extension
SHORTEST_COUNT = 6  # digits of a count, behind zeros
ALIKE = 6  # last digits; so many of one kind are found in few numbers, and in none that is no valid one

_SPELT = frozenset(reading.on_keypad(word) for word in WORDS)
_UPWARDS = "".join(islice(cycle("1234567890"), 30))
_DOWNWARDS = _UPWARDS[::-1]


def read(text: str, country: str) -> str | None:
    """Return the caller as E.164, as the digits that came where they are no valid number, or None where withheld."""
    plain = reading.plain(text)
    digits = plain.lstrip("+")
    if is_placeholder(plain):
        return None
    valid = reading.read_stranger(plain, country)
    if valid:
        return None if is_placeholder(valid) else valid
    return None if _ends_alike(digits) or (plain.startswith("+") and _cannot_be(plain)) else digits


@lru_cache(maxsize=4096)
def is_known(caller: str | None) -> bool:
    """Return whether a caller, as `read` or an earlier version returned it, is one person's for sure."""
    return caller is not None and reading.is_valid(caller) and not is_placeholder(caller)


def with_history(caller: str | None, dialled: Collection[str]) -> str | None:
    """Return a caller whose earlier calls count, or None.

    Whoever is forwarded to us with our own number in place of theirs may be anybody.
    """
    return caller if is_known(caller) and caller not in dialled else None


@lru_cache(maxsize=4096)
def is_placeholder(plain: str) -> bool:
    """Return whether digits, with or without a + before them, stand for a number that is withheld."""
    rests = reading.after_prefix(plain.lstrip("+"))
    return any(map(_is_made_up, [*rests, *map(_without_one, rests), reading.national_part(plain) or rests[0]]))


def _without_one(digits: str) -> str:
    """Return digits without the country code that switches put before all that they take for a national number."""
    bare = digits.lstrip("0")
    return bare.removeprefix("1") if len(bare) > SHORTEST else bare


def _is_made_up(digits: str) -> bool:
    bare = digits.lstrip("0")
    if not bare or bare in _SPELT:
        return True
    counts = len(bare) >= SHORTEST_COUNT and (bare in _UPWARDS or bare in _DOWNWARDS)
    return len(digits) >= SHORTEST and (counts or len(set(digits)) == 1)


def _ends_alike(digits: str) -> bool:
    return len(digits) > ALIKE and len(set(digits[-ALIKE:])) == 1


def _cannot_be(claimed: str) -> bool:
    """Return whether no country has such a number; one of another length may be written in an old way."""
    return len(claimed) <= SHORTEST or (reading.has_length(claimed) and not reading.fits_plan(claimed))
