import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core import numbers
from gateway.core.numbers import NumberError


@pytest.mark.parametrize(
    ("text", "country", "e164"),
    [
        ("+1 212-555-0110", "DE", "+12125550110"),
        ("(212) 555-0110", "US", "+12125550110"),
        ("030 901820", "DE", "+4930901820"),
        ("0049 30 901820", "FR", "+4930901820"),
        ("020 7946 0958", "GB", "+442079460958"),
        ("212.555.0110", "US", "+12125550110"),
    ],
)
def test_what_people_write_becomes_e164(text: str, country: str, e164: str) -> None:
    assert numbers.parse(text, country) == e164


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("212555", "too few digits"),
        ("+1212555011099999", "too many digits"),
        ("+999 1234567", "country code does not exist"),
        ("1-800-FLOWERS", "write digits"),
        ("", "holds no phone number"),
        ("9" * 5000, "write digits"),
    ],
)
def test_what_is_no_number_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(NumberError, match=reason):
        numbers.parse(text, "US")


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("+12125550110", "US"),
        ("12125550110", "US"),
        ("2125550110", "US"),
        ("0012125550110", "DE"),
        ("01112125550110", "US"),
        ("+12125550110;npdi=yes;rn=+12125559999", "US"),
        ("2125550110;phone-context=+1", "US"),
        ("sip:+12125550110@carrier.example:5060", "US"),
        ("tel:+1-212-555-0110", "US"),
    ],
)
def test_every_form_that_a_trunk_delivers_is_read(text: str, country: str) -> None:
    assert "+12125550110" in numbers.read_dialled(text, country).forms


@pytest.mark.parametrize(
    ("text", "country", "own"),
    [
        ("+02079460000", "GB", "+442079460000"),
        ("+00442079460000", "GB", "+442079460000"),
        ("+00442079460000", "US", "+442079460000"),
        ("+4402079460000", "GB", "+442079460000"),
        ("+44 (0)20 7946 0000", "US", "+442079460000"),
        ("+44442079460000", "GB", "+442079460000"),
        ("0442079460000", "GB", "+442079460000"),
        ("000442079460000", "GB", "+442079460000"),
        ("004402079460000", "DE", "+442079460000"),
        ("+112125550110", "US", "+12125550110"),
        ("112125550110", "US", "+12125550110"),
        ("+2125550110", "US", "+12125550110"),
        ("+0012125550110", "US", "+12125550110"),
        ("+01112125550110", "GB", "+12125550110"),
        ("0012125550110", "US", "+12125550110"),
        ("+0301234567", "DE", "+49301234567"),
        ("+4949301234567", "DE", "+49301234567"),
        ("+0612345678", "FR", "+33612345678"),
    ],
)
def test_an_odd_form_of_a_number_of_ours_is_looked_up(text: str, country: str, own: str) -> None:
    assert own in numbers.read_dialled(text, country).forms


def test_a_leading_plus_before_a_number_of_some_country_is_never_read_as_national() -> None:
    assert numbers.read_dialled("+49301234567", "US").forms == ("+49301234567",)


@given(st.text(max_size=200))
def test_no_dialled_text_ever_raises_or_leaves_more_than_digits(text: str) -> None:
    dialled = numbers.read_dialled(text, "US")
    assert dialled.digits == "" or (dialled.digits.isascii() and dialled.digits.isdigit())
    assert all(numbers.E164.fullmatch(form) for form in dialled.forms)


@pytest.mark.parametrize("costly", ["+19005550199", "+442079460958", "+8835100000000"])
def test_foreign_and_costly_numbers_are_never_forwarded_to(costly: str) -> None:
    with pytest.raises(NumberError):
        numbers.check_forward(costly, ("US", "CA"))


def test_a_short_tail_matches_nobody() -> None:
    assert numbers.tail("50110") is None
    assert numbers.tail("550110") == "550110"
