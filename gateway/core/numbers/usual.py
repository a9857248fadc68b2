"""The ways in which most pages write a number, filled with another one at once."""

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberFormat

from gateway.core.numbers.found import LINK
from gateway.core.numbers.reading import overwrite, take_apart
from gateway.core.numbers.written import are_overwritten, rewrite

COMMON_SEPARATORS = ("-", ".", " ", "\u00a0", "")
HOLES = "".join(chr(0xE000 + place) for place in range(20))  # each stands for a digit of a national number


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
    ours, theirs = take_apart(target), take_apart(number)
    if not are_overwritten(ours, theirs):
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
    parts = take_apart(target)
    holes = HOLES[: len(parts.national)]
    links = {run: f"{match[1]}:+{parts.country}{holes}" for run in usual_runs(target) if (match := LINK.match(run))}
    return "\n".join(links.get(run) or overwrite(run, holes) for run in usual_runs(target))
