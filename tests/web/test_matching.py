"""How targets are found in what pages write, and the pattern by which the script finds them again."""

import json
import re
import shutil
import subprocess

import pytest

from gateway.core import numbers
from gateway.core.numbers import NumberError
from tests.missing import skip_without
from web.matching import read_found, swap, where_found

NEW_YORK, LEASED = "+12125550100", "+16465550110"
LONDON, LONDON_LEASED = "+442079460000", "+442079460123"
MOSCOW, BUDAPEST, ROME, BUENOS_AIRES = "+74951234567", "+3612345678", "+390612345678", "+5491123456789"
FLOWERS, SHOP_LEASED = "+18003569377", "+18335550123"
# What swap.js puts in the place of `~`.
SEPARATOR = r"[\s().\-/\xb7_\xad\u200b-\u200f\u2010-\u2015\u2060\u2212]{0,4}"
RUN = """
const cases = JSON.parse(require('fs').readFileSync(0, 'utf8'));
console.log(JSON.stringify(cases.map(([source, text]) => {
    const found = new RegExp(source.replaceAll('~', SEPARATOR), 'g').exec(text);
    return found && found[0];
})));
"""
FORMATS = [
    (NEW_YORK, LEASED, "(212) 555-0100", "(212) 555-0100"),
    (NEW_YORK, LEASED, "212-555-0100", "212-555-0100"),
    (NEW_YORK, LEASED, "212.555.0100", "212.555.0100"),
    (NEW_YORK, LEASED, "212\u00a0555\u20110100", "212\u00a0555\u20110100"),
    (NEW_YORK, LEASED, "2125550100", "2125550100"),
    (NEW_YORK, LEASED, "2 1 2 5 5 5 0 1 0 0", "2 1 2 5 5 5 0 1 0 0"),
    (NEW_YORK, LEASED, "+1 212 555 0100", "+1 212 555 0100"),
    (NEW_YORK, LEASED, "+1 (212) 555-0100", "+1 (212) 555-0100"),
    (NEW_YORK, LEASED, "(+1) 212 555 0100", "(+1) 212 555 0100"),
    (NEW_YORK, LEASED, "1-212-555-0100", "1-212-555-0100"),
    (NEW_YORK, LEASED, "001 212 555 0100", "001 212 555 0100"),
    (NEW_YORK, LEASED, "+12125550100", "+12125550100"),
    (NEW_YORK, LEASED, "since 1999 212-555-0100, free", "212-555-0100"),
    (NEW_YORK, LEASED, "212-555-0199 / 212-555-0100", "212-555-0100"),
    (NEW_YORK, LEASED, "646 555 0110", "646 555 0110"),
    (NEW_YORK, LONDON_LEASED, "020 7946 0123", "020 7946 0123"),
    (NEW_YORK, LONDON_LEASED, "(212) 555-0100", "(212) 555-0100"),
    (LONDON, LONDON_LEASED, "020 7946 0000", "020 7946 0000"),
    (LONDON, LONDON_LEASED, "(020) 7946 0000", "(020) 7946 0000"),
    (LONDON, LONDON_LEASED, "+44 (0)20 7946 0123", "+44 (0)20 7946 0123"),
    (LONDON, LONDON_LEASED, "0044 20 7946 0000", "0044 20 7946 0000"),
    (LONDON, LONDON_LEASED, "011 44 20 7946 0000", "011 44 20 7946 0000"),
    (LONDON, LONDON_LEASED, "20 7946 0000", "20 7946 0000"),
    (MOSCOW, MOSCOW, "8 (495) 123-45-67", "8 (495) 123-45-67"),
    (MOSCOW, MOSCOW, "+7 495 123-45-67", "+7 495 123-45-67"),
    (BUDAPEST, BUDAPEST, "06 1 234 5678", "06 1 234 5678"),
    (ROME, ROME, "+39 06 1234 5678", "+39 06 1234 5678"),
    (ROME, ROME, "06 12345678", "06 12345678"),
    (BUENOS_AIRES, BUENOS_AIRES, "011 15-2345-6789", "011 15-2345-6789"),
    (BUENOS_AIRES, BUENOS_AIRES, "+54 9 11 2345-6789", "+54 9 11 2345-6789"),
    (FLOWERS, SHOP_LEASED, "1-800-FLOWERS", "1-800-FLOWERS"),
    (FLOWERS, SHOP_LEASED, "call 800 flowers now", "800 flowers"),
    (FLOWERS, SHOP_LEASED, "(833) 555-0123", "(833) 555-0123"),
]
FOREIGN = [
    (NEW_YORK, LEASED, text)
    for text in ("12125550100345", "+44 2125550100", "+442125550100", "555-0100", "212-555-01000", "212-555-0101",
                 "2 125 550 10", "92125550100", "+2125550100")
] + [(FLOWERS, SHOP_LEASED, "1-800-FLOWERSHOP"), (LONDON, LONDON_LEASED, "+33 20 7946 0000")]  # fmt: skip


def vanity_of(target: str) -> str:
    return "800FLOWERS" if target == FLOWERS else ""


def matches(cases: list[tuple[str, str, str]]) -> list[str | None]:
    """Return what the patterns find, as a browser's engine runs them."""
    node = shutil.which("node")
    if node is None:
        skip_without("node is not installed (apt-get install nodejs)")
    sources = [(swap(target, number, vanity_of(target)).match, text) for target, number, text in cases]
    program = f"const SEPARATOR = String.raw`{SEPARATOR}`;{RUN}"
    done = subprocess.run([node, "-e", program], input=json.dumps(sources), capture_output=True, text=True, check=True)
    found: list[str | None] = json.loads(done.stdout)
    return found


def test_the_pattern_finds_both_numbers_however_they_are_written() -> None:
    found = matches([(target, number, text) for target, number, text, _ in FORMATS])
    assert dict(zip([text for _, _, text, _ in FORMATS], found, strict=True)) == {
        text: part for _, _, text, part in FORMATS
    }


def test_the_pattern_finds_no_other_number() -> None:
    assert dict(zip([text for _, _, text in FOREIGN], matches(FOREIGN), strict=True)) == {
        text: None for _, _, text in FOREIGN
    }


@pytest.mark.parametrize(("target", "number", "text", "_"), FORMATS)
def test_the_server_finds_what_the_pattern_finds(target: str, number: str, text: str, _: str) -> None:
    shown = number if re.sub("[^0-9]", "", text).endswith(number[-7:]) else target
    vanity = vanity_of(target) if shown == target else ""
    assert where_found(shown, vanity, read_found([text])) == text


@pytest.mark.parametrize("text", ["555-0100", "212-555-01000", "212-555-0101", "92125550100", "+44 2125550100", ""])
def test_the_server_finds_no_other_number(text: str) -> None:
    assert where_found(NEW_YORK, "", read_found([text])) is None


@pytest.mark.parametrize("text", ["1-800-FLOWERSHOP", "800-356", "FLOWERS", "8O0FLOWERS"])
def test_a_longer_or_shorter_word_is_another_number(text: str) -> None:
    assert where_found(FLOWERS, "800FLOWERS", read_found([text])) is None


def test_lists_of_plain_digits_of_an_older_script_still_work() -> None:
    for digits in ("2125550100", "12125550100", "0012125550100", "01112125550100"):
        assert where_found(NEW_YORK, "", read_found(["4445556666", digits])) == digits


@pytest.mark.parametrize(
    ("target", "number", "digits"),
    [
        (NEW_YORK, LEASED, 10),
        (LONDON, LONDON_LEASED, 10),
        (BUDAPEST, "+3687654321", 8),
        (NEW_YORK, LONDON_LEASED, 0),
        (BUDAPEST, "+36201234567", 0),
        (BUENOS_AIRES, "+5491123450000", 0),
    ],
)
def test_digits_are_overwritten_only_between_numbers_of_one_shape(target: str, number: str, digits: int) -> None:
    assert swap(target, number).last_digits == digits


@pytest.mark.parametrize(
    ("text", "e164", "alias"),
    [
        ("800FLOWERS", FLOWERS, "800FLOWERS"),
        ("1-800-flowers", FLOWERS, "800FLOWERS"),
        ("1 800 MATTRESS", "+18006288737", "800MATTRESS"),
        ("0800 REPAIR", "+44800737247", "800REPAIR"),
    ],
)
def test_a_vanity_number_is_what_dials_the_target(text: str, e164: str, alias: str) -> None:
    assert numbers.read_vanity(text, e164) == alias


@pytest.mark.parametrize(
    "text", ["800FLOWER", "800FLOWERZ1", "8003569377", "900FLOWERS", "", "FLÖWERS", "800FLOWERSHOPPE"]
)
def test_a_vanity_number_that_dials_another_is_refused(text: str) -> None:
    with pytest.raises(NumberError, match=r"does not dial \+18003569377"):
        numbers.read_vanity(text, FLOWERS)
