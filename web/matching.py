"""A swap target as pages write it, and how the page's script shall find it and write a leased number in its place."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from gateway.core import numbers
from gateway.core.numbers import Parts

ANY_COUNTRY = "ZZ"  # the numbers here are all E.164, so no country has to be assumed
SHORTEST, LONGEST = 6, 24  # characters of a number with all its prefixes; of a vanity number too
FOREIGN = 3  # digits of a country code
GROUP = re.compile("[0-9]+|[A-Z]+")
DIALLED_FIRST = ("", "00", "011")  # before a country code, instead of its `+`
SEPARATORS = "~"


@dataclass(frozen=True, slots=True)
class Swap:
    """How a page's script finds a target, or the number in its place, and what it writes.

    `match` is the source of a JavaScript regular expression in which `~` stands for up to four separators. The last
    `last_digits` digits of a match are overwritten one by one; where that is 0, `display` takes the match's place.
    """

    match: str
    last_digits: int
    display: str


def read_found(found: Sequence[str]) -> dict[str, str]:
    """Return all that may be a number in the runs that a page's script found, each with the run that it stands in.

    Parts of a run count from group to group, as "1999 212-555-0100" is a year and a number, but not what follows a
    country code: "+44 2125550100" is no number of New York.
    """
    candidates: dict[str, str] = {}
    for run in found:
        for candidate in _joined(run.upper()):
            candidates.setdefault(candidate, run)
    return candidates


def where_found(target: str, vanity: str, candidates: dict[str, str]) -> str | None:
    """Return the run in which a swap target, or its vanity number, stands; None where it stands in none."""
    return next((candidates[way] for way in _ways(target, vanity) if way in candidates), None)


@lru_cache(maxsize=4096)
def swap(target: str, number: str, vanity: str = "") -> Swap:
    """Return how to find a target and write a number in its place."""
    ours, theirs = numbers.take_apart(target), numbers.take_apart(number)
    at_home = ours.country == theirs.country
    if at_home:
        either = _prefixed(ours, [*_bodies(ours, vanity), *_bodies(theirs)])
    else:
        either = f"{_prefixed(ours, _bodies(ours, vanity))}|{_prefixed(theirs, _bodies(theirs))}"
    alike = at_home and ours.regular and theirs.regular and len(ours.national) == len(theirs.national)
    return Swap(
        match=rf"(?<!\d|\+\d{{0,{FOREIGN}}}{SEPARATORS})(?:{either})(?!\d)",
        last_digits=len(ours.national) if alike else 0,
        display=display(number, target),
    )


def display(number: str, target: str) -> str:
    """Return a number as people of the target's country write it; in full, with `+`, where the two are not alike."""
    like_target = numbers.display(number, target, ANY_COUNTRY)
    return numbers.display(number, "", ANY_COUNTRY) if like_target == number else like_target


def _joined(run: str) -> list[str]:
    """Return the groups of letters and digits of a run, and what neighbours make together, the longest first."""
    groups = list(GROUP.finditer(run))
    texts = [group.group() for group in groups]
    abroad = [run[: group.start()].endswith("+") and len(group.group()) <= FOREIGN for group in groups]
    found = []
    for first in range(len(groups)):
        if first and abroad[first - 1]:
            continue
        text = ""
        for last in range(first, len(groups)):
            text += texts[last]
            if len(text) > LONGEST:
                break
            if len(text) >= SHORTEST:
                found.append(text)
    return found


@lru_cache(maxsize=4096)
def _ways(target: str, vanity: str) -> tuple[str, ...]:
    """Return the digits of a number as `+44 20..`, `020..`, `20..`, `+44 (0)20..`, `0044 20..`, `011 44 20..`."""
    parts = numbers.take_apart(target)
    bodies = [parts.national, vanity] if vanity else [parts.national]
    trunks = dict.fromkeys(("", _inner_trunk(parts)))
    abroad = [f"{first}{parts.country}{trunk}" for first in DIALLED_FIRST for trunk in trunks]
    prefixes = dict.fromkeys(("", parts.trunk, *abroad))
    return (*(prefix + body for body in bodies for prefix in prefixes), parts.usual)


def _prefixed(parts: Parts, bodies: Sequence[str]) -> str:
    """Return what matches any of the bodies behind any prefix: none, the trunk's, the country in one of its forms."""
    trunk = f"{_spread(_inner_trunk(parts))}~" if _inner_trunk(parts) else ""
    inner, home = (f"(?:{trunk})?", f"|{trunk}") if trunk else ("", "")
    abroad = rf"(?:\+|{_spread('00')}~|{_spread('011')}~)?{_spread(parts.country)}~{inner}"
    return rf"\(?(?:{abroad}{home})?\(?(?:{'|'.join(dict.fromkeys(bodies))})"


def _bodies(parts: Parts, vanity: str = "") -> list[str]:
    """Return what matches a number without prefixes: its national digits, odd ways of its country, a vanity number."""
    bodies = [_spread(parts.national)]
    if not parts.regular:
        bodies.append(_spread(parts.usual))
    if vanity:
        # Whether the script's flags tell capitals apart is its own affair; a longer word is another number.
        letters = [f"[{letter}{letter.lower()}]" if letter.isalpha() else letter for letter in vanity]
        bodies.append(f"{SEPARATORS.join(letters)}(?![A-Za-z])")
    return bodies


def _inner_trunk(parts: Parts) -> str:
    """Return the trunk prefix that people put behind the country code, as in +44 (0)20; in America the two are one."""
    return "" if parts.trunk == parts.country else parts.trunk


def _spread(digits: str) -> str:
    return SEPARATORS.join(digits)
