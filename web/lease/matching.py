"""A swap target as pages write it, and a leased number written in its place.

The page's script knows no numbers: it sends phone-like runs of text, and `tel:` and `sms:` links, as they stand on the
page. Here each is read, and written again with the visitor's number in the page's own formatting.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import islice
from urllib.parse import unquote

import phonenumbers
from phonenumbers import PhoneNumberFormat

from gateway.core import numbers
from gateway.core.leasing.leases import Pool
from gateway.core.numbers import Format, Parts

SHORTEST, LONGEST = 6, 24  # characters of a number with all its prefixes; of a vanity number too
FOUND_AGAIN = 7  # digits that the page's script takes for a number, at least
FOREIGN = 3  # digits of a country code
GROUP = re.compile("[0-9]+|[A-Z]+")
MOST_GROUPS = 24  # of a run: each is read together with those behind it
DIALLED_FIRST = ("", "00", "011")  # before a country code, instead of its `+`
SEPARATORS = "[^0-9A-Za-z,:]{0,4}"  # the script's own, by which it finds runs
LINK = re.compile(r"(tel|sms):([^;,?]*)(.*)", re.IGNORECASE | re.DOTALL)
# Right before a number these make it another one: a digit, or the code of another country.
VETO = re.compile(rf"(?:[0-9]|\+[0-9]{{0,{FOREIGN}}}{SEPARATORS}(?:0{SEPARATORS})?)\Z")
COMMON_SEPARATORS = ("-", ".", " ", "\u00a0", "")
HOLES = "".join(chr(0xE000 + place) for place in range(20))  # each stands for a digit of a national number


def read_found(found: Sequence[str]) -> dict[str, str]:
    """Return all that may be a number in the runs that a page's script found, each with the run that it stands in.

    Parts of a run count from group to group, as "1999 212-555-0100" is a year and a number, but not what follows a
    country code: "+44 2125550100" is no number of New York.
    """
    candidates: dict[str, str] = {}
    for run in found:
        link = LINK.match(run)
        for candidate in [_dialled(link[2])] if link else _joined(run.upper()):
            candidates.setdefault(candidate, run)
    return candidates


def runs_of_targets(targets: tuple[tuple[str, str], ...], candidates: dict[str, str]) -> dict[int, str]:
    """Return the run in which each swap target, or its vanity number, stands: by its place, for those that are found.

    A site with many targets takes no longer than one: what a page has is looked up, not what it might have.
    """
    ways = _ways_of_all(targets)
    found = sorted((place, rank, run) for way, run in candidates.items() for place, rank in ways.get(way, ()))
    return {place: run for place, _, run in reversed(found)}


def rewrite(run: str, target: str, number: str, vanity: str = "", *, sms: bool = False, written: str = "") -> str:
    """Return a run or link with `number` in place of the target, in the same formatting; unchanged without a target.

    Where it is to be written in one way whatever the page does, `written` is that.

    A link dials E.164, as `tel:+(212) 555-0100` would dial Morocco; what follows the number in it stays. A link for
    texts changes only where the number can receive them.
    """
    link = LINK.match(run)
    if link is None:
        return _pattern(target, vanity).sub(lambda match: _write(match, target, number, written), run)
    texts = link[1].lower() == "sms"
    if (texts and not sms) or _dialled(link[2]) not in _ways(target, vanity):
        return run
    return f"{link[1].lower()}:{number}{link[3]}"


def display(number: str, target: str) -> str:
    """Return a number as people of the target's country write it; in full, with `+`, where the two are not alike."""
    theirs = numbers.take_apart(number)
    return theirs.written if _are_like(numbers.take_apart(target), theirs) else numbers.international(number)


def in_format(pool: Pool, number: str) -> str:
    """Return how a pool always writes a number; the empty text where that is as the page writes its own.

    The national format of a country tells people of another one nothing, so these are written with `+`. So are numbers
    too short for the page's script to find again: they would stay when they are another visitor's.
    """
    if pool.format is Format.PAGE:
        return ""
    theirs = numbers.take_apart(number)
    home = numbers.calling_code(pool.country) if pool.country else numbers.take_apart(pool.swap_target).country
    national = pool.format is Format.NATIONAL and theirs.country == home and len(theirs.usual) >= FOUND_AGAIN
    return theirs.written if national else numbers.international(number)


@lru_cache(maxsize=4096)
def usual_runs(target: str) -> tuple[str, ...]:
    """Return a number as most pages write it, in text and in links: what the next page of a site is likely to hold."""
    parsed = phonenumbers.parse(target)
    national = phonenumbers.format_number(parsed, PhoneNumberFormat.NATIONAL)
    international = phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL)
    at_home, abroad = re.findall("[0-9]+", national), re.findall("[0-9]+", international)
    joined = [separator.join(groups) for groups in (at_home, abroad) for separator in COMMON_SEPARATORS]
    plain = [international, national, *joined, *(f"+{text}" for text in joined[len(COMMON_SEPARATORS) :])]
    links = [f"tel:{text}" for text in (target, target[1:], "".join(at_home), "-".join(at_home), "-".join(abroad))]
    return tuple(dict.fromkeys([*plain, *links, f"tel:+{'-'.join(abroad)}", f"tel:{national}", f"sms:{target}"]))


def usual_texts(target: str, number: str, *, sms: bool, written: str = "") -> dict[str, str]:
    """Return what to write in place of each of the usual runs."""
    if written:
        links = ((run, LINK.match(run)) for run in usual_runs(target))
        found = {run: f"{link[1]}:{number}" if link else written for run, link in links}
        return found if sms else _without_sms(found)
    ours, theirs = numbers.take_apart(target), numbers.take_apart(number)
    if not _are_overwritten(ours, theirs):
        return {run: rewrite(run, target, number, sms=sms) for run in usual_runs(target)}
    written = _usual_forms(target).translate(dict(zip(map(ord, HOLES), theirs.national, strict=False)))
    texts = dict(zip(usual_runs(target), written.split("\n"), strict=True))
    return texts if sms else _without_sms(texts)


def _without_sms(texts: dict[str, str]) -> dict[str, str]:
    return {run: text for run, text in texts.items() if not run.startswith("sms:")}


@lru_cache(maxsize=4096)
def _usual_forms(target: str) -> str:
    """Return the usual runs, each a line, with holes in place of the digits that a number like the target overwrites.

    They are filled at once for each lease: to match and write each run anew took longer than all of the lease's SQL.
    """
    parts = numbers.take_apart(target)
    holes = HOLES[: len(parts.national)]
    links = {run: f"{match[1]}:+{parts.country}{holes}" for run in usual_runs(target) if (match := LINK.match(run))}
    return "\n".join(links.get(run) or numbers.overwrite(run, holes) for run in usual_runs(target))


def _are_like(ours: Parts, theirs: Parts) -> bool:
    """Return whether two numbers are of one country and length."""
    return ours.country == theirs.country and len(ours.national) == len(theirs.national)


def _are_overwritten(ours: Parts, theirs: Parts) -> bool:
    """Return whether one number can be written over the other's last digits, however these are set apart."""
    return _are_like(ours, theirs) and ours.regular and theirs.regular


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


def _dialled(text: str) -> str:
    """Return what a link dials: digits, and letters of a vanity number."""
    return re.sub("[^0-9A-Z]", "", unquote(text).upper())


@lru_cache(maxsize=4096)
def _ways(target: str, vanity: str) -> tuple[str, ...]:
    """Return the digits of a number as `+44 20..`, `020..`, `20..`, `+44 (0)20..`, `0044 20..`, `011 44 20..`."""
    parts = numbers.take_apart(target)
    bodies = [parts.national, vanity] if vanity else [parts.national]
    trunks = dict.fromkeys(("", _inner_trunk(parts)))
    abroad = [f"{first}{parts.country}{trunk}" for first in DIALLED_FIRST for trunk in trunks]
    prefixes = dict.fromkeys(("", parts.trunk, *abroad))
    return (*(prefix + body for body in bodies for prefix in prefixes), parts.usual)


@lru_cache(maxsize=256)
def _ways_of_all(targets: tuple[tuple[str, str], ...]) -> dict[str, list[tuple[int, int]]]:
    """Return the places of the targets that are written in a way, and how usual it is for each: 0 is the first."""
    found: dict[str, list[tuple[int, int]]] = {}
    for place, (target, vanity) in enumerate(targets):
        for rank, way in enumerate(_ways(target, vanity)):
            found.setdefault(way, []).append((place, rank))
    return found


@lru_cache(maxsize=4096)
def _pattern(target: str, vanity: str) -> re.Pattern[str]:
    """Return what matches a number behind any prefix: none, the trunk's, the country in one of its forms."""
    parts = numbers.take_apart(target)
    trunk = f"{_spread(_inner_trunk(parts))}{SEPARATORS}" if _inner_trunk(parts) else ""
    inner, home = (f"(?:{trunk})?", f"|{trunk}") if trunk else ("", "")
    first = "|".join(f"{_spread(digits)}{SEPARATORS}" for digits in DIALLED_FIRST if digits)
    abroad = rf"(?:\+|{first})?{_spread(parts.country)}{SEPARATORS}{inner}"
    return re.compile(rf"\(?(?:{abroad}{home})?\(?(?:{'|'.join(_bodies(parts, vanity))})(?![0-9])")


def _write(match: re.Match[str], target: str, number: str, written: str) -> str:
    """Return what stands in a match's place: its last digits overwritten, or the number as its country writes it."""
    text = match.group()
    if VETO.search(match.string[: match.start()]):
        return text
    ours, theirs = numbers.take_apart(target), numbers.take_apart(number)
    enough = sum(character.isdigit() for character in text) >= len(theirs.national)
    if enough and not written and _are_overwritten(ours, theirs):
        return numbers.overwrite(text, theirs.national)
    opened = "(" * (text.count("(") - text.count(")"))  # of "(020 7946 0000)": it is not the number's
    return opened + (written or display(number, target))


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
