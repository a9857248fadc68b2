from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.visits.visit import LONGEST_VALUE, PARAMETERS, FirstTouch, counts, read_visit

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ORIGINS = ("https://shop.example", "http://127.0.0.1:8000", "http://[::1]:81")


def test_campaign_parameters_and_click_ids_are_kept_and_the_rest_is_not() -> None:
    visit = read_visit(
        "https://shop.example/x?utm_source=google&utm_campaign=a%20b&gclid=G&secret=1", "https://g.example"
    )
    assert visit.parameters == {"utm_source": "google", "utm_campaign": "a b", "gclid": "G"}
    assert visit.referring_url == "https://g.example"


@pytest.mark.parametrize("name", PARAMETERS)
def test_every_ad_network_finds_its_click_id_again(name: str) -> None:
    assert read_visit(f"https://x/?{name}=7", "").parameters == {name: "7"}


def test_the_first_of_a_doubled_parameter_counts() -> None:
    assert read_visit("https://x/?utm_source=a&utm_source=b", "").parameters == {"utm_source": "a"}


def test_the_first_touch_is_how_the_visitor_arrived_and_the_page_is_kept_beside_it() -> None:
    first = FirstTouch("https://shop.example/ad?gclid=1", "https://g.example", NOW - DAY)
    visit = read_visit("https://shop.example/contact?gclid=2", "https://shop.example/ad", first)
    assert (visit.landing_page_url, visit.referring_url, visit.landed_at) == (first.url, first.referrer, first.at)
    assert visit.parameters == {"gclid": "1"}
    assert visit.page_url == "https://shop.example/contact?gclid=2"


def test_a_cookieless_visit_keeps_no_query_and_no_fragment() -> None:
    first = FirstTouch("https://shop.example/ad?gclid=1#x", "https://g.example/?q=secret", NOW)
    visit = read_visit("https://shop.example/a?gclid=2", "https://g.example/?q=other", first, cookieless=True)
    assert (visit.landing_page_url, visit.referring_url) == ("https://shop.example/ad", "https://g.example/")
    assert (visit.page_url, visit.parameters) == ("https://shop.example/a", {})


@pytest.mark.parametrize(
    ("url", "age", "believed"),
    [
        ("https://shop.example/", DAY, True),
        ("https://SHOP.example:443/x?y", timedelta(), True),
        ("http://127.0.0.1:8000/", DAY, True),
        ("http://[::1]:81/", DAY, True),
        ("https://shop.example/", 90 * DAY, True),
        ("https://shop.example/", 90 * DAY + timedelta(seconds=1), False),
        ("https://shop.example/", timedelta(seconds=-1), False),
        ("http://shop.example/", DAY, False),
        ("https://shop.example.evil.example/", DAY, False),
        ("https://evil.example/https://shop.example/", DAY, False),
        ("https://shop.example:8443/", DAY, False),
        ("https://shop.example:x/", DAY, False),
        ("http://[", DAY, False),
        ("", DAY, False),
    ],
)
def test_a_first_touch_counts_on_the_site_in_the_past_and_not_for_ever(
    url: str, age: timedelta, believed: bool
) -> None:
    assert counts(FirstTouch(url, "", NOW - age), ORIGINS, NOW) is believed


def test_tags_are_kept_and_cut() -> None:
    assert read_visit("", "", None, {"order": "42\x00", "x" * 99: "y" * 999}).tags == {
        "order": "42",
        "x" * 64: "y" * 256,
    }


@given(st.text(), st.text())
def test_no_url_ever_raises_or_leaves_control_characters(url: str, value: str) -> None:
    first = FirstTouch(url, value, NOW)
    counts(first, ORIGINS, NOW)
    for visit in (read_visit(f"{url}?utm_campaign={value}", url), read_visit(url, url, first, {url: value})):
        texts = [visit.landing_page_url, visit.referring_url, visit.page_url, *visit.parameters.values()]
        assert all(text.isprintable() for text in (*texts, *visit.tags, *visit.tags.values()))
        assert all(len(kept) <= LONGEST_VALUE for kept in visit.parameters.values())
