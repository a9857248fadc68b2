"""How targets are found in what pages write, and what is written in their place."""

import pytest

from gateway.core import numbers
from gateway.core.numbers import (
    Format,
    NumberError,
    display,
    in_format,
    read_found,
    rewrite,
    runs_in,
    runs_of_targets,
    usual_runs,
    usual_texts,
)

NEW_YORK, LEASED = "+12125550100", "+16465550110"
LONDON, LONDON_LEASED = "+442079460000", "+442079460123"
MOSCOW, MOSCOW_LEASED = "+74951234567", "+74957654321"
BUDAPEST, BUDAPEST_LEASED = "+3612345678", "+3618765432"
ROME, ROME_LEASED = "+390612345678", "+390687654321"
BUENOS_AIRES, FLOWERS, SHOP_LEASED = "+5491123456789", "+18003569377", "+18335550123"
WRITTEN = [
    (NEW_YORK, LEASED, "(212) 555-0100", "(646) 555-0110"),
    (NEW_YORK, LEASED, "212-555-0100", "646-555-0110"),
    (NEW_YORK, LEASED, "212.555.0100", "646.555.0110"),
    (NEW_YORK, LEASED, "212\u00a0555\u20110100", "646\u00a0555\u20110110"),
    (NEW_YORK, LEASED, "2125550100", "6465550110"),
    (NEW_YORK, LEASED, "2 1 2 5 5 5 0 1 0 0", "6 4 6 5 5 5 0 1 1 0"),
    (NEW_YORK, LEASED, "+1 212 555 0100", "+1 646 555 0110"),
    (NEW_YORK, LEASED, "+1 (212) 555-0100", "+1 (646) 555-0110"),
    (NEW_YORK, LEASED, "(+1) 212 555 0100", "(+1) 646 555 0110"),
    (NEW_YORK, LEASED, "1-212-555-0100", "1-646-555-0110"),
    (NEW_YORK, LEASED, "001 212 555 0100", "001 646 555 0110"),
    (NEW_YORK, LEASED, "+12125550100", "+16465550110"),
    (NEW_YORK, LEASED, "1999 212-555-0100", "1999 646-555-0110"),
    (NEW_YORK, LEASED, "212-555-0199 / 212-555-0100", "212-555-0199 / 646-555-0110"),
    (NEW_YORK, LONDON_LEASED, "(212) 555-0100", "+44 20 7946 0123"),
    (NEW_YORK, LONDON_LEASED, "(212 555-0100", "(+44 20 7946 0123"),  # the page closes its bracket behind it
    (LONDON, LONDON_LEASED, "020 7946 0000", "020 7946 0123"),
    (LONDON, LONDON_LEASED, "(020) 7946 0000", "(020) 7946 0123"),
    (LONDON, LONDON_LEASED, "+44 (0)20 7946 0000", "+44 (0)20 7946 0123"),
    (LONDON, LONDON_LEASED, "0044 20 7946 0000", "0044 20 7946 0123"),
    (LONDON, LONDON_LEASED, "011 44 20 7946 0000", "011 44 20 7946 0123"),
    (LONDON, LONDON_LEASED, "20 7946 0000", "20 7946 0123"),
    (MOSCOW, MOSCOW_LEASED, "8 (495) 123-45-67", "8 (495) 765-43-21"),
    (MOSCOW, MOSCOW_LEASED, "+7 495 123-45-67", "+7 495 765-43-21"),
    (BUDAPEST, BUDAPEST_LEASED, "06 1 234 5678", "06 1 876 5432"),
    (ROME, ROME_LEASED, "+39 06 1234 5678", "+39 06 8765 4321"),
    (ROME, ROME_LEASED, "06 12345678", "06 87654321"),
    (BUDAPEST, "+36201234567", "+36 1 234 5678", "+36 20 123 4567"),
    (FLOWERS, SHOP_LEASED, "1-800-FLOWERS", "(833) 555-0123"),
    (FLOWERS, SHOP_LEASED, "800 FLOWERS NOW", "(833) 555-0123 NOW"),
    (FLOWERS, SHOP_LEASED, "1-800-356-9377", "1-833-555-0123"),
]
LINKS = {
    "tel:2125550100": "tel:+16465550110",
    "tel:+12125550100": "tel:+16465550110",
    "tel:+(212) 555-0100": "tel:+16465550110",
    "tel:(212)%20555-0100": "tel:+16465550110",
    "tel://2125550100": "tel:+16465550110",
    "TEL:212-555-0100;ext=9": "tel:+16465550110;ext=9",
    "tel:+12125550100,,5": "tel:+16465550110,,5",
}
OTHERS = [
    (NEW_YORK, LEASED, text)
    for text in ("12125550100345", "+44 2125550100", "+44 (0)2125550100", "+442125550100", "555-0100", "212-555-01000",
                 "212-555-0101",
                 "2 125 550 10", "92125550100", "tel:+12125550199", "tel:%", "tel:", "sms:+12125550100",
                 "212, 555, 0100", "")
] + [(FLOWERS, SHOP_LEASED, "1-800-FLOWERSHOP"), (LONDON, LONDON_LEASED, "+33 20 7946 0000")]  # fmt: skip


ABROAD = "+1 646-555-0110"
IN_FORMAT = [
    (NEW_YORK, LEASED, "(212) 555-0100", ABROAD),
    (NEW_YORK, LEASED, "2125550100", ABROAD),
    (NEW_YORK, LEASED, "+1 (212) 555-0100", ABROAD),
    (NEW_YORK, LEASED, "(+1) 212 555 0100", ABROAD),
    (NEW_YORK, LEASED, "(212 555-0100", f"({ABROAD}"),
    (NEW_YORK, LEASED, "((212) 555-0100", f"({ABROAD}"),
    (NEW_YORK, LEASED, "1999 212-555-0100 / 212-555-0199", f"1999 {ABROAD} / 212-555-0199"),
    (NEW_YORK, LEASED, "tel:(212)%20555-0100", "tel:+16465550110"),
    (NEW_YORK, LEASED, "212-555-0101", "212-555-0101"),
    (LONDON, LONDON_LEASED, "+44 (0)20 7946 0000", "+44 20 7946 0123"),
    (FLOWERS, SHOP_LEASED, "1-800-FLOWERS NOW", "+1 833-555-0123 NOW"),
]


def vanity_of(target: str) -> str:
    return "800FLOWERS" if target == FLOWERS else ""


@pytest.mark.parametrize(("target", "number", "text", "written"), WRITTEN)
def test_a_number_is_written_as_the_page_writes_its_own(target: str, number: str, text: str, written: str) -> None:
    vanity = vanity_of(target)
    assert where_found(target, vanity, read_found([text])) == text
    assert rewrite(text, target, number, vanity) == written


@pytest.mark.parametrize(("target", "number", "text", "expected"), IN_FORMAT)
def test_a_pools_own_format_goes_before_the_pages_but_not_in_links(
    target: str, number: str, text: str, expected: str
) -> None:
    written = in_format(number, Format.INTERNATIONAL, target)
    assert rewrite(text, target, number, vanity_of(target), written=written) == expected


@pytest.mark.parametrize(
    ("target", "number", "country", "form", "expected"),
    [
        (NEW_YORK, LEASED, "", Format.PAGE, ""),
        (NEW_YORK, LEASED, "", Format.NATIONAL, "(646) 555-0110"),
        (NEW_YORK, LEASED, "CA", Format.NATIONAL, "(646) 555-0110"),
        (NEW_YORK, LEASED, "GB", Format.NATIONAL, ABROAD),
        (NEW_YORK, LONDON_LEASED, "", Format.NATIONAL, "+44 20 7946 0123"),
        (NEW_YORK, LONDON_LEASED, "GB", Format.NATIONAL, "020 7946 0123"),
        (LONDON, LONDON_LEASED, "", Format.NATIONAL, "020 7946 0123"),
        (LONDON, LONDON_LEASED, "GB", Format.INTERNATIONAL, "+44 20 7946 0123"),
        (BUDAPEST, "+36201234567", "", Format.NATIONAL, "06 20 123 4567"),
        ("+376712345", "+376712346", "", Format.NATIONAL, "+376 712 346"),  # of 712 346 the script would find no more
        ("+3544101234", "+3544101235", "", Format.NATIONAL, "410 1235"),
    ],
)
def test_the_national_format_is_that_of_the_pools_country_for_its_own_numbers(
    target: str, number: str, country: str, form: Format, expected: str
) -> None:
    assert in_format(number, form, target, country) == expected


@pytest.mark.parametrize("text", LINKS)
def test_a_link_dials_the_number_in_full(text: str) -> None:
    assert where_found(NEW_YORK, "", read_found([text])) == text
    assert rewrite(text, NEW_YORK, LEASED) == LINKS[text]


@pytest.mark.parametrize(("target", "number", "text"), OTHERS)
def test_what_is_another_number_stays(target: str, number: str, text: str) -> None:
    assert rewrite(text, target, number, vanity_of(target)) == text


def test_a_link_for_texts_changes_only_where_the_number_can_receive_them() -> None:
    text = "sms:+12125550100?body=hello"
    assert rewrite(text, NEW_YORK, LEASED) == text
    assert rewrite(text, NEW_YORK, LEASED, sms=True) == "sms:+16465550110?body=hello"


def test_the_usual_ways_to_write_a_number_are_all_of_that_number() -> None:
    for target, number in ((NEW_YORK, LEASED), (LONDON, LONDON_LEASED), (ROME, ROME_LEASED), (MOSCOW, MOSCOW_LEASED)):
        runs = usual_runs(target)
        assert len(runs) > 12
        assert [run for run in runs if rewrite(run, target, number, sms=True) == run] == []


def _changed(texts: dict[str, str]) -> dict[str, str]:
    return {run: text for run, text in texts.items() if text != run}


def where_found(target: str, vanity: str, candidates: dict[str, str]) -> str | None:
    return runs_of_targets(((target, vanity),), candidates).get(0)


def test_each_of_many_targets_is_found_in_its_own_run_and_first_as_it_is_usually_written() -> None:
    targets = ((NEW_YORK, ""), (LONDON, ""), (FLOWERS, "800FLOWERS"), (MOSCOW, ""))
    page = ["+1 212 555 0100", "(212) 555-0100", "1-800-FLOWERS", "020 7946 0000"]
    found = runs_of_targets(targets, read_found(page))
    assert found == {place: where_found(*targets[place], read_found(page)) for place in (0, 1, 2)}
    assert found[2] == "1-800-FLOWERS"


@pytest.mark.parametrize("written", ["", "+99 1"])
@pytest.mark.parametrize("sms", [True, False])
@pytest.mark.parametrize(
    ("target", "number"),
    [(NEW_YORK, LEASED), (LONDON, LONDON_LEASED), (ROME, ROME_LEASED), (MOSCOW, MOSCOW_LEASED), (FLOWERS, SHOP_LEASED),
     (NEW_YORK, LONDON_LEASED), (BUENOS_AIRES, "+5491187654321"), (BUDAPEST, "+36201234567")],
)  # fmt: skip
def test_the_usual_ways_are_written_at_once_as_each_would_be_alone(
    target: str, number: str, sms: bool, written: str
) -> None:
    alone = {run: rewrite(run, target, number, sms=sms, written=written) for run in usual_runs(target)}
    together = usual_texts(target, number, sms=sms, written=written)
    assert _changed(together) == _changed(alone)


@pytest.mark.parametrize(
    ("target", "number", "shown"),
    [(NEW_YORK, LEASED, "(646) 555-0110"), (NEW_YORK, LONDON_LEASED, "+44 20 7946 0123"),
     (LONDON, LONDON_LEASED, "020 7946 0123"), (BUDAPEST, "+36201234567", "+36 20 123 4567")],
)  # fmt: skip
def test_a_number_is_shown_as_people_of_the_targets_country_write_it(target: str, number: str, shown: str) -> None:
    assert display(number, target) == shown


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


@pytest.mark.parametrize(
    "texts",
    [
        ["Call (646) 555-0110 now"],
        ["24/7 EMERGENCY PLUMBER 646-555-0110"],
        ["tel:+1-646-555-0110;ext=2"],
        ['{"telephone": "+16465550110"}'],
        ["6 4 6 5 5 5 0 1 1 0"],
    ],
)
def test_a_number_in_a_pages_text_is_found_without_the_script(texts: list[str]) -> None:
    assert runs_of_targets(((LEASED, ""),), read_found(runs_in(texts)))


@pytest.mark.parametrize("text", ["+44 6465550110", "646,555,0110", "646-555-01101", "order 1646555011"])
def test_what_is_no_number_of_ours_is_not_found_in_a_text(text: str) -> None:
    assert not runs_of_targets(((LEASED, ""),), read_found(runs_in([text])))
