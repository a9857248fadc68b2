"""Phone numbers in and out of E.164.

Trunks and pages write one number in many ways (`+12125550110`, `2125550110`, `0012125550110`,
`12125550110;npdi=yes`, `(212) 555-0110`). They are read here once, and every other module sees E.164 only.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneMetadata, PhoneNumberFormat, PhoneNumberType, ValidationResult

E164 = re.compile(r"\+[1-9]\d{6,14}")
MIN_PARTIAL = 6  # digits; a shorter tail would match strangers' numbers
SHORTEST_ENDING = 4  # digits; trunks send four last digits, and robots dial three
LONGEST = 64  # characters; nothing that a person dials or prints is longer
COUNTRIES = frozenset(phonenumbers.SUPPORTED_REGIONS)

_COSTLY = frozenset({PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST, PhoneNumberType.PERSONAL_NUMBER})
_DIGITS = str.maketrans("", "", " \t\u00a0\u00ad-./()\u2010\u2011\u2012\u2013\u2212_")
_REASONS = {
    ValidationResult.TOO_SHORT: "it has too few digits",
    ValidationResult.TOO_LONG: "it has too many digits",
    ValidationResult.INVALID_LENGTH: "no number there has that many digits",
    ValidationResult.INVALID_COUNTRY_CODE: "its country code does not exist",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "the area code is missing",
}
_UNREADABLE = {
    NumberParseException.INVALID_COUNTRY_CODE: "its country code does not exist",
    NumberParseException.NOT_A_NUMBER: "it holds no phone number",
    NumberParseException.TOO_SHORT_AFTER_IDD: "nothing follows the international prefix",
    NumberParseException.TOO_SHORT_NSN: "it has too few digits",
    NumberParseException.TOO_LONG: "it has too many digits",
}

_KEYPAD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")
_VANITY = re.compile("[0-9A-Z]*[A-Z][0-9A-Z]*", re.ASCII)
MOST_OVER = 4  # letters of a vanity number that nobody need dial: `800MATTRESS`


class NumberError(ValueError):
    """A text that is no usable phone number; the message says why."""


class Format(StrEnum):
    """How a number is written in place of a page's own: as the page writes that, or always in one way."""

    PAGE = "page"
    NATIONAL = "national"
    INTERNATIONAL = "international"


@dataclass(frozen=True, slots=True)
class Dialled:
    """What a trunk said was dialled: `forms` are E.164 readings, the likeliest first; `digits` as they came."""

    forms: tuple[str, ...]
    digits: str


@dataclass(frozen=True, slots=True)
class Parts:
    """The digits of an E.164 number: country code, national number, and what is dialled before that at home.

    `written` is the number as its country writes it at home; its digits, `usual`, are in few countries not just the
    national number behind the trunk prefix.
    """

    country: str
    national: str
    trunk: str
    written: str

    @property
    def usual(self) -> str:
        """Return the digits as the country writes them."""
        return re.sub("[^0-9]", "", self.written)

    @property
    def regular(self) -> bool:
        """Return whether the last digits, however the number is written, are the national number."""
        return self.usual in (self.national, self.trunk + self.national)


def parse(text: str, country: str) -> str:
    """Return the E.164 form of a number as a person or a page writes it.

    `country` (ISO 3166, `US`) is assumed where the text has no country code. Raises NumberError.
    """
    shown = text.strip()[:LONGEST]
    if len(text) > LONGEST or any(character.isalpha() for character in _without_extension(shown)):
        raise NumberError(f"{shown!r} is not a phone number: write digits, such as +12125550110")
    try:
        number = phonenumbers.parse(shown, country)
    except NumberParseException as error:
        raise NumberError(f"{shown!r} is not a phone number: {_UNREADABLE[error.error_type]}") from error
    reason = _REASONS.get(phonenumbers.is_possible_number_with_reason(number))
    if reason:
        raise NumberError(f"{shown!r} is not a phone number in {country}: {reason}")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


@lru_cache(maxsize=4096)  # the same few numbers are dialled again and again
def read_dialled(text: str, country: str) -> Dialled:
    """Return the E.164 readings of a DID as a trunk delivers it (notes of RFC 3966 and carriers' habits).

    Accepts `+cc..`, `cc..`, national with or without trunk prefix, `00cc..`, `011cc..`, `sip:` and `tel:` URIs
    and `;npdi=..` parameters; and, as readings to look a number of ours up by, a + before any of these, and a country
    code twice. Never raises: what cannot be read has no forms.
    """
    said = plain(text)
    digits = said.lstrip("+")
    claimed = _attempt(said, country) if said.startswith("+") else None
    if claimed and is_valid(claimed):
        return Dialled((claimed,), digits)
    code = calling_code(country)
    rests = [*after_prefix(digits), digits.lstrip("0")]
    rests += [rest.removeprefix(code) for rest in rests if rest.startswith(code * 2)]
    international = [_attempt(f"+{rest}", country) for rest in rests]
    return Dialled(_unique(claimed, _attempt(digits, country), *international), digits)


def read_stranger(said: str, country: str) -> str | None:
    """Return the one valid number that `+` and digits can mean; None where there is none, or more than one.

    The trunk's own country goes first. `00` and `011` count where they are not its prefix, too; so does a country code
    without any, unless the digits have the form of a national number.
    """
    digits = said.lstrip("+")
    claimed = said.startswith("+") and not said.startswith("+0")
    own = _attempt(said if claimed else digits, country)
    if claimed or (own and is_valid(own)):
        return own if own and is_valid(own) else None
    rests = [rest for rest in after_prefix(digits) if rest != digits or own is None or not fits_plan(own)]
    found = {f"+{rest}" for rest in rests if is_valid(f"+{rest}")}
    return found.pop() if len(found) == 1 else None


@lru_cache(maxsize=4096)
def is_valid(e164: str) -> bool:
    """Return whether a number is in use somewhere, by what is known of the world's numbers."""
    number = _parsed(e164)
    return number is not None and phonenumbers.is_valid_number(number)


def fits_plan(e164: str) -> bool:
    """Return whether a number has the form of all numbers of its country, also of those that are not in use yet."""
    number = _parsed(e164)
    region = phonenumbers.region_code_for_country_code(number.country_code or 0) if number else ""
    metadata = PhoneMetadata.metadata_for_region(region)
    plan = metadata.general_desc if metadata else None
    return bool(plan and re.fullmatch(plan.national_number_pattern or "", national_part(e164)))


def has_length(e164: str) -> bool:
    """Return whether numbers of the country may have that many digits; so they may in no country that is none."""
    number = _parsed(e164)
    return number is not None and phonenumbers.is_possible_number(number)


def national_part(e164: str) -> str:
    """Return the digits after the country code; none where there is no such code."""
    number = _parsed(e164)
    return phonenumbers.national_significant_number(number) if number else ""


def on_keypad(word: str) -> str:
    """Return the digits that a word in capitals dials."""
    return word.translate(_KEYPAD)


@lru_cache(maxsize=4096)
def take_apart(e164: str) -> Parts:
    """Return the parts of an E.164 number."""
    number = phonenumbers.parse(e164)
    country = number.country_code or 0
    region = phonenumbers.region_code_for_country_code(country)
    metadata = PhoneMetadata.metadata_for_region(region)
    trunk = (metadata.national_prefix if metadata else None) or ""
    written = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    return Parts(str(country), phonenumbers.national_significant_number(number), trunk, written)


@lru_cache(maxsize=4096)
def international(e164: str) -> str:
    """Return a number as it is written for people of other countries: +44 20 7946 0000."""
    return phonenumbers.format_number(phonenumbers.parse(e164), PhoneNumberFormat.INTERNATIONAL)


@lru_cache(maxsize=256)
def calling_code(country: str) -> str:
    """Return the digits that E.164 numbers of a country (ISO 3166, `US`) begin with."""
    return str(phonenumbers.country_code_for_region(country))


def read_vanity(text: str, e164: str) -> str:
    """Return a vanity number, such as 800FLOWERS, as the letters and digits that dial `e164` at home.

    Raises NumberError when they dial another number.
    """
    alias = "".join(character for character in text.upper() if character.isalnum())
    parts = take_apart(e164)
    dialled = alias.translate(_KEYPAD)
    for prefix in ("", parts.trunk, parts.country):
        rest = dialled.removeprefix(prefix)
        if (
            _VANITY.fullmatch(alias)
            and rest.startswith(parts.national)
            and len(rest) <= len(parts.national) + MOST_OVER
        ):
            return alias[len(dialled) - len(rest) :]
    raise NumberError(f"{text!r} does not dial {e164}: write its letters and digits, such as 800FLOWERS")


def check_forward(e164: str, allowed_countries: Collection[str]) -> None:
    """Raise NumberError when calls may not be forwarded to a number: a foreign country, or one that costs extra."""
    number = phonenumbers.parse(e164)
    country = phonenumbers.region_code_for_number(number) or "ZZ"
    if country not in allowed_countries:
        raise NumberError(f"{e164} is in {country}, which routing.allowed_countries does not list")
    kind = phonenumbers.number_type(number)
    if kind in _COSTLY:
        raise NumberError(f"{e164} is a {PhoneNumberType.to_string(kind).lower()} number: nothing is forwarded there")


def tail(digits: str) -> str | None:
    """Return the digits to match the end of a number by, or None when they are too few to be sure."""
    return digits if MIN_PARTIAL <= len(digits) < len("+123456789012345") else None


def may_be(digits: str, e164: str) -> bool:
    """Return whether dialled digits may mean a number: its last ones, or all of it behind some prefix."""
    behind_prefix = digits.endswith(take_apart(e164).national)
    return behind_prefix or (len(digits) >= SHORTEST_ENDING and e164.endswith(digits))


def plain(text: str) -> str:
    """Return `+` and digits of a dialled text, without URI scheme, host and parameters."""
    user = re.split("[;@?,]", re.sub(r"(?i)^\s*(sips?|tel):", "", text[:LONGEST]))[0].translate(_DIGITS)
    match = re.match(r"\+?\d*", user, re.ASCII)
    return match.group() if match else ""


def after_prefix(digits: str) -> list[str]:
    """Return what may begin with a country code: what follows an international prefix, and all."""
    return [*(digits[len(prefix) :] for prefix in ("00", "011") if digits.startswith(prefix)), digits]


@lru_cache(maxsize=4096)
def _parsed(e164: str) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(e164)
    except NumberParseException:
        return None


def _attempt(said: str, country: str) -> str | None:
    try:
        return parse(said, country)
    except NumberError:
        return None


def _unique(*forms: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(form for form in forms if form))


def _without_extension(text: str) -> str:
    return re.split(r"(?i)\s*(?:ext|x|;ext=)", text)[0]


def overwrite(sample: str, national: str) -> str:
    """Return `sample` with `national` in place of its last digits, every other character where it was."""
    places = [index for index, character in enumerate(sample) if character.isdigit()][-len(national) :]
    written = list(sample)
    for place, digit in zip(places, national, strict=True):
        written[place] = digit
    return "".join(written)
