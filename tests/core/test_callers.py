"""Who calls: full numbers are somebody's; placeholders are nobody's; other digits are told and are no evidence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.numbers import callers

# What carriers and switches are known to send in place of a withheld number, in each form that a trunk may give it.
PLACEHOLDERS = (
    "", "anonymous", "Anonymous", "ANONYMOUS", "unknown", "Restricted", "unavailable", "Unavailable", "Private",
    "asserted", "asterisk", "withheld", "Blocked", "No Caller ID", "anonymous@anonymous.invalid",
    "sip:anonymous@anonymous.invalid",
    "266696687", "+266696687", "00266696687", "011266696687", "1266696687", "+1266696687",
    "7378742833", "+7378742833", "+17378742833", "2562533", "+2562533", "8656696", "+8656696", "86282452253",
    "+86282452253", "7748283", "+94844353",
    "0", "00", "000", "0000", "00000", "0000000000", "+0000000000", "10000000000", "+10000000000", "0010000000000",
    "1111111111", "11111111111", "+11111111111", "2222222222", "5555555555", "+15555555555", "8888888888",
    "9999999999", "+19999999999", "999999999999999", "+999999999",
    "1234567890", "0123456789", "123456789", "+1234567890", "+11234567890", "12345678901", "0987654321", "0000123456",
    "+1000", "+464", "+1", "+", "+10001234567", "+12120000000", "+0",
)  # fmt: skip


@pytest.mark.parametrize("text", PLACEHOLDERS)
@pytest.mark.parametrize("country", ["US", "GB", "DE"])
def test_who_withholds_their_number_is_nobody(text: str, country: str) -> None:
    assert callers.read(text, country) is None


@pytest.mark.parametrize(
    ("text", "country", "caller"),
    [
        ("+12125550199", "US", "+12125550199"),
        ("2125550199", "US", "+12125550199"),
        ("12125550199", "GB", "+12125550199"),
        ("sip:+12125550199@carrier.example", "US", "+12125550199"),
        ("02079460000", "GB", "+442079460000"),
        ("+02079460000", "GB", "+442079460000"),
        ("+4402079460000", "US", "+442079460000"),
        ("00442079460000", "US", "+442079460000"),
        ("0013125550007", "US", "+13125550007"),
        ("0050051234", "US", "+50051234"),
        ("0033612345679", "JP", "+33612345679"),
        ("0033612345679", "AU", "+33612345679"),
        ("011442079460000", "GB", "+442079460000"),
        ("01133612345679", "DE", "+33612345679"),
        ("01112125550199", "FR", "+12125550199"),
        ("00393331234568", "US", "+393331234568"),
        ("442079460000", "US", "+442079460000"),
        ("01144207946", "IT", "+3901144207946"),  # Turin's own 011
        ("01133612345", "GB", "+441133612345"),  # Leeds
    ],
)
def test_a_full_number_is_read_whatever_stands_before_it(text: str, country: str, caller: str) -> None:
    assert callers.read(text, country) == caller
    assert callers.is_known(caller)


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("201", "US"), ("100", "US"), ("1000", "DE"), ("5001", "GB"), ("2222", "US"),  # extensions of a PBX
        ("5550123", "US"),  # a number without its area
        ("12005550100", "US"),  # of an area that is not in use yet
        ("02079460000", "US"),  # of a trunk whose country is another one
        ("12125550199", "DE"),  # a German one without its zero, or an American one without its plus
    ],
)  # fmt: skip
def test_digits_that_are_no_full_number_are_told_as_they_came_and_make_nobody_known(text: str, country: str) -> None:
    assert callers.read(text, country) == text
    assert not callers.is_known(text)


@pytest.mark.parametrize("kept", ["+10000000000", "266696687", "+490000", "0000000000", "+11111111111", "201", None])
def test_what_an_earlier_version_kept_of_such_callers_makes_nobody_known(kept: str | None) -> None:
    assert not callers.is_known(kept)


def test_who_is_forwarded_with_our_own_number_has_no_history() -> None:
    own = "+12125550110"
    assert callers.with_history(own, (own,)) is None
    assert callers.with_history("+12125550199", (own,)) == "+12125550199"


@given(st.text(max_size=80), st.sampled_from(["US", "GB", "DE", "IT"]))
def test_no_text_of_a_stranger_raises_or_leaves_more_than_a_number(text: str, country: str) -> None:
    caller = callers.read(text, country)
    assert caller is None or caller.lstrip("+").isdigit()
    assert caller is None or not caller.startswith("+") or callers.is_known(caller)
