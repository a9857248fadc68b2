"""The ways to write one number: with and without country, trunk and international prefix, its vanity letters."""

import re
from functools import lru_cache

from gateway.core.numbers.reading import Parts, take_apart

FOREIGN = 3  # digits of a country code
DIALLED_FIRST = ("", "00", "011")  # before a country code, instead of its `+`
SEPARATORS = "[^0-9A-Za-z,:]{0,4}"  # the script's own, by which it finds runs
# Right before a number these make it another one: a digit, or the code of another country.
VETO = re.compile(rf"(?:[0-9]|\+[0-9]{{0,{FOREIGN}}}{SEPARATORS}(?:0{SEPARATORS})?)\Z")


@lru_cache(maxsize=4096)
def ways(target: str, vanity: str) -> tuple[str, ...]:
    """Return the digits of a number as `+44 20..`, `020..`, `20..`, `+44 (0)20..`, `0044 20..`, `011 44 20..`."""
    parts = take_apart(target)
    bodies = [parts.national, vanity] if vanity else [parts.national]
    trunks = dict.fromkeys(("", _inner_trunk(parts)))
    abroad = [f"{first}{parts.country}{trunk}" for first in DIALLED_FIRST for trunk in trunks]
    prefixes = dict.fromkeys(("", parts.trunk, *abroad))
    return (*(prefix + body for body in bodies for prefix in prefixes), parts.usual)


@lru_cache(maxsize=4096)
def pattern(target: str, vanity: str) -> re.Pattern[str]:
    """Return what matches a number behind any prefix: none, the trunk's, the country in one of its forms."""
    parts = take_apart(target)
    trunk = f"{_spread(_inner_trunk(parts))}{SEPARATORS}" if _inner_trunk(parts) else ""
    inner, home = (f"(?:{trunk})?", f"|{trunk}") if trunk else ("", "")
    first = "|".join(f"{_spread(digits)}{SEPARATORS}" for digits in DIALLED_FIRST if digits)
    abroad = rf"(?:\+|{first})?{_spread(parts.country)}{SEPARATORS}{inner}"
    return re.compile(rf"\(?(?:{abroad}{home})?\(?(?:{'|'.join(_bodies(parts, vanity))})(?![0-9])")


def _bodies(parts: Parts, vanity: str) -> list[str]:
    """Return what matches a number without prefixes: its national digits, odd ways of its country, a vanity number."""
    bodies = [_spread(parts.national)]
    if not parts.regular:
        bodies.append(_spread(parts.usual))
    if vanity:
        letters = [f"[{letter}{letter.lower()}]" if letter.isalpha() else letter for letter in vanity]
        bodies.append(f"{SEPARATORS.join(letters)}(?![A-Za-z])")  # a longer word is another number
    return bodies


def _inner_trunk(parts: Parts) -> str:
    """Return the trunk prefix that people put behind the country code, as in +44 (0)20; in America the two are one."""
    return "" if parts.trunk == parts.country else parts.trunk


def _spread(characters: str) -> str:
    return SEPARATORS.join(characters)
