"""A swap target as pages write it, and a leased number as the page shall write it."""

import re

from gateway.core import numbers

ANY_COUNTRY = "ZZ"  # the numbers here are all E.164, so no country has to be assumed
LONGEST_TRUNK = 2  # digits that a country dials before its own numbers: `0` in most, `8` in Russia, `06` in Hungary


def is_found(target: str, found: frozenset[str]) -> bool:
    """Return whether a swap target is among the digits that a page's script found, in any of the ways to write it."""
    return not found.isdisjoint(_ways(target))


def display(number: str, target: str) -> str:
    """Return a number as people of the target's country write it; in full, with `+`, where the two are not alike."""
    like_target = numbers.display(number, target, ANY_COUNTRY)
    return numbers.display(number, "", ANY_COUNTRY) if like_target == number else like_target


def _ways(target: str) -> set[str]:
    """Return the digits of a number as `+44 20..`, `020..`, `20..`, `+44 (0)20..`, `0044 20..` and `011 44 20..`."""
    full = _digits(target)
    national = _digits(numbers.display(target, "", ANY_COUNTRY))
    trunk = next((length for length in range(LONGEST_TRUNK + 1) if full.endswith(national[length:])), 0)
    own = national[trunk:]
    return {full, national, own, full.removesuffix(own) + national, f"00{full}", f"011{full}"}


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)
