"""A number in place of another: in the page's own formatting, or as a pool always writes it.

A leased number keeps the separators, brackets and prefixes of the number that it replaces, where the two are alike.
"""

import re

from gateway.core.numbers.found import LINK, dialled
from gateway.core.numbers.reading import Format, Parts, calling_code, international, overwrite, take_apart
from gateway.core.numbers.ways import VETO, pattern, ways

FOUND_AGAIN = 7  # digits that the page's script takes for a number, at least


def rewrite(run: str, target: str, number: str, vanity: str = "", *, sms: bool = False, written: str = "") -> str:
    """Return a run or link with `number` in place of the target, in the same formatting; unchanged without a target.

    Where it is to be written in one way whatever the page does, `written` is that.

    A link dials E.164, as `tel:+(212) 555-0100` would dial Morocco; what follows the number in it stays. A link for
    texts changes only where the number can receive them.
    """
    link = LINK.match(run)
    if link is None:
        return pattern(target, vanity).sub(lambda match: _write(match, target, number, written), run)
    texts = link[1].lower() == "sms"
    if (texts and not sms) or dialled(link[2]) not in ways(target, vanity):
        return run
    return f"{link[1].lower()}:{number}{link[3]}"


def display(number: str, target: str) -> str:
    """Return a number as people of the target's country write it; in full, with `+`, where the two are not alike."""
    theirs = take_apart(number)
    return theirs.written if are_like(take_apart(target), theirs) else international(number)


def in_format(number: str, wanted: Format, target: str, country: str = "") -> str:
    """Return how a number is always written in place of a target; the empty text where the page decides.

    The national format of a country tells people of another one nothing, so these are written with `+`. So are numbers
    too short for the page's script to find again: they would stay when they are another visitor's.
    """
    if wanted is Format.PAGE:
        return ""
    theirs = take_apart(number)
    home = calling_code(country) if country else take_apart(target).country
    national = wanted is Format.NATIONAL and theirs.country == home and len(theirs.usual) >= FOUND_AGAIN
    return theirs.written if national else international(number)


def are_like(ours: Parts, theirs: Parts) -> bool:
    """Return whether two numbers are of one country and length."""
    return ours.country == theirs.country and len(ours.national) == len(theirs.national)


def are_overwritten(ours: Parts, theirs: Parts) -> bool:
    """Return whether one number can be written over the other's last digits, however these are set apart."""
    return are_like(ours, theirs) and ours.regular and theirs.regular


def _write(match: re.Match[str], target: str, number: str, written: str) -> str:
    """Return what stands in a match's place: its last digits overwritten, or the number as its country writes it."""
    text = match.group()
    if VETO.search(match.string[: match.start()]):
        return text
    ours, theirs = take_apart(target), take_apart(number)
    enough = sum(character.isdigit() for character in text) >= len(theirs.national)
    if enough and not written and are_overwritten(ours, theirs):
        return overwrite(text, theirs.national)
    opened = "(" * (text.count("(") - text.count(")"))  # of "(020 7946 0000)": it is not the number's
    return opened + (written or display(number, target))
