"""What of a page's texts is a number, and which.

The page's script knows no numbers: it sends phone-like runs of text, and `tel:` and `sms:` links, as they stand on the
page. Here each is read.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import islice
from urllib.parse import unquote

from gateway.core.numbers.ways import FOREIGN, SEPARATORS, ways

SHORTEST, LONGEST = 6, 24  # characters of a number with all its prefixes; of a vanity number too
GROUP = re.compile("[0-9]+|[A-Z]+")
MOST_GROUPS = 24  # of a run: each is read together with those behind it
LINK = re.compile(r"(tel|sms):([^;,?]*)(.*)", re.IGNORECASE | re.DOTALL)
DIGITS = re.compile(rf"[+(]*[0-9](?:{SEPARATORS}[0-9]){{5,60}}")
LETTERS = re.compile(rf"[+(]*(?:[0-9]{SEPARATORS}){{3}}(?:[0-9A-Z]{SEPARATORS}){{3,40}}[0-9A-Z]")  # of a vanity number


def runs_in(texts: Iterable[str]) -> list[str]:
    """Return what may hold numbers in texts of a page: links as they are, phone-like runs of all others."""
    found = ([text] if LINK.match(text) else [*DIGITS.findall(text), *LETTERS.findall(text)] for text in texts)
    return [run for runs in found for run in runs]


def read_found(found: Sequence[str]) -> dict[str, str]:
    """Return all that may be a number in the runs that a page's script found, each with the run that it stands in.

    Parts of a run count from group to group, as "1999 212-555-0100" is a year and a number, but not what follows a
    country code: "+44 2125550100" is no number of New York.
    """
    candidates: dict[str, str] = {}
    for run in found:
        link = LINK.match(run)
        for candidate in [dialled(link[2])] if link else _joined(run.upper()):
            candidates.setdefault(candidate, run)
    return candidates


def runs_of_targets(targets: tuple[tuple[str, str], ...], candidates: dict[str, str]) -> dict[int, str]:
    """Return the run in which each swap target, or its vanity number, stands: by its place, for those that are found.

    A site with many targets takes no longer than one: what a page has is looked up, not what it might have.
    """
    ways = _ways_of_all(targets)
    found = sorted((place, rank, run) for way, run in candidates.items() for place, rank in ways.get(way, ()))
    return {place: run for place, _, run in reversed(found)}


def dialled(text: str) -> str:
    """Return what a link dials: digits, and letters of a vanity number."""
    return re.sub("[^0-9A-Z]", "", unquote(text).upper())


def _joined(run: str) -> list[str]:
    """Return the groups of letters and digits of a run, and what neighbours make together, the longest first."""
    groups = list(islice(GROUP.finditer(run), MOST_GROUPS))
    texts = [group.group() for group in groups]
    abroad = [run[: group.start()].endswith("+") and len(group.group()) <= FOREIGN for group in groups]
    found = []
    for first in range(len(groups)):
        if _is_abroad(texts, abroad, first):
            continue
        text = ""
        for last in range(first, len(groups)):
            text += texts[last]
            if len(text) > LONGEST:
                break
            if len(text) >= SHORTEST:
                found.append(text)
    return found


def _is_abroad(texts: Sequence[str], abroad: Sequence[bool], place: int) -> bool:
    """Return whether a group follows a country code, or the `(0)` behind one: +44 (0)20."""
    return (place > 0 and abroad[place - 1]) or (place > 1 and abroad[place - 2] and texts[place - 1] == "0")


@lru_cache(maxsize=256)
def _ways_of_all(targets: tuple[tuple[str, str], ...]) -> dict[str, list[tuple[int, int]]]:
    """Return the places of the targets that are written in a way, and how usual it is for each: 0 is the first."""
    found: dict[str, list[tuple[int, int]]] = {}
    for place, (target, vanity) in enumerate(targets):
        for rank, way in enumerate(ways(target, vanity)):
            found.setdefault(way, []).append((place, rank))
    return found
