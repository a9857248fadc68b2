"""Which rule shows its number to whom, and which can never."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.leasing.leases import Choice
from gateway.core.rules.book import Book, Rule, check, failing, fields
from gateway.core.rules.conditions import parse
from gateway.core.rules.unreachable import covers, why_never
from gateway.core.visits.visit import Visit, read_visit
from gateway.service.referrers import referrers
from tests.core.test_conditions import conditions

SHOP = "https://shop.example"
ORIGINS = (SHOP,)
AD = f"{SHOP}/Boats/oak?utm_source=Google&utm_medium=CPC&utm_campaign=Spring+Sale&gclid=x&Ref=Joe&ref=ann&flag"
SESSION = fields(read_visit(AD, "https://www.News.example/a"), ORIGINS, referrers()) | {
    "device": "mobile",
    "country": "us",
}


def book(*texts: str, pool: str = "web") -> Book:
    return Book(rules(texts, pool))


def rules(texts: Iterable[str], pool: str = "web") -> list[Rule]:
    return [Rule(str(place), str(place), pool, f"+1212555{place:04}", parse(text)) for place, text in enumerate(texts)]


def found(listed: Book, session: dict[str, str], pool: str = "web") -> str | None:
    rule = listed.find(pool, session).get(Choice.SOURCE)
    return rule.name if rule else None


def test_a_visit_has_the_fields_that_conditions_ask_for() -> None:
    assert SESSION == {
        "source": "google", "medium": "cpc", "campaign": "spring sale", "referrer_domain": "news.example",
        "landing_path": "/boats/oak", "device": "mobile", "country": "us", "param.gclid": "x", "param.ref": "joe",
        "param.flag": "", "param.utm_source": "google", "param.utm_medium": "cpc", "param.utm_campaign": "spring sale",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("visit", "session"),
    [
        (Visit(), {"source": "(direct)", "medium": "(none)"}),
        (Visit("http://["), {"source": "(direct)", "medium": "(none)"}),
        (Visit(f"{SHOP}/?" + "&".join("a=b" for _ in range(200))), {"source": "(direct)", "medium": "(none)"}),
        (
            Visit(f"{SHOP}/a", f"{SHOP}/b"),
            {"source": "(direct)", "medium": "(none)", "landing_path": "/a", "referrer_domain": "shop.example"},
        ),
    ],
)
def test_a_visit_that_says_little_has_few_fields(visit: Visit, session: dict[str, str]) -> None:
    assert fields(visit, ORIGINS, referrers()) == session


@given(st.text(), st.text())
def test_no_url_makes_the_fields_fail(url: str, referrer: str) -> None:
    assert fields(read_visit(f"{SHOP}/?{url}", referrer), ORIGINS, referrers())["source"]


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("source = google", True),
        ("source = bing", False),
        ("SOURCE = GOOGLE and campaign contains SALE", True),
        ("medium = cpc and not campaign contains brand", True),
        ("not param.none = x", True),
        ("param.flag exists", True),
        ("param.none exists", False),
        ("param.ref = joe", True),
        ("landing_path starts with /BOATS", True),
        ("landing_path starts with /cars or device = mobile", True),
        (r'referrer_domain matches "(^|\.)NEWS\.example$"', True),
        (r'referrer_domain matches "^ews"', False),
        ("param.none matches .*", False),
        ("source = bing or source = google and medium = email", False),
        ("(source = bing or source = google) and medium = cpc", True),
    ],
)
def test_a_condition_holds_or_says_why_not(text: str, holds: bool) -> None:
    condition = parse(text)
    assert check(condition)(SESSION) is holds
    assert bool(failing(condition, SESSION)) is not holds
    assert found(book(text), SESSION) == ("0" if holds else None)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("source = bing", ["source = bing"]),
        ("source = google and param.x = 1", ["param.x = 1"]),
        ("not source = google", ["not source = google"]),
        ("param.x exists or medium = email", ["param.x exists", "medium = email"]),
        (
            "param.x exists or not (source = google or medium = cpc)",
            ["param.x exists", "not (source = google or medium = cpc)"],
        ),
    ],
)
def test_the_parts_for_which_a_rule_does_not_fit_are_told(text: str, parts: list[str]) -> None:
    assert [str(part) for part in failing(parse(text), SESSION)] == parts


def test_the_first_rule_that_holds_goes_before_the_others_however_they_are_filed() -> None:
    texts = ("source = bing", "device exists", "source = google", "source = google and medium = cpc")
    assert found(book(*texts), SESSION) == "1"
    assert found(book(*texts[2:], texts[1]), SESSION) == "0"
    assert found(book(*texts), {"source": "google", "medium": "cpc"}) == "2"
    assert found(book(*texts), SESSION, pool="other") is None


def test_overflow_rules_are_tried_apart_in_an_order_of_their_own() -> None:
    late = [replace(rule, overflow=True) for rule in rules(("source = bing", "source = google", "medium = cpc"))]
    fitting = Book([*rules(("device = mobile",)), *late]).find("web", SESSION)
    assert {choice: rule.name for choice, rule in fitting.items()} == {Choice.SOURCE: "0", Choice.SOURCE_SHARED: "1"}
    assert Book(late).find("web", {"source": "yahoo"}) == {}


@given(st.lists(conditions, max_size=8), st.dictionaries(st.sampled_from(["source", "medium", "campaign"]), st.text()))
def test_filing_changes_no_answer(listed: list[object], session: dict[str, str]) -> None:
    made = rules(map(str, listed))
    plain = next((rule for rule in made if check(rule.condition)(session)), None)
    assert Book(made).find("web", session) == ({Choice.SOURCE: plain} if plain else {})


@pytest.mark.parametrize(
    "text",
    [
        "source = a and source = b",
        "source = a and not source exists",
        "source = a and not source = a",
        "source = abc and source contains x",
        "landing_path = /a and landing_path starts with /b",
        "not source exists",
        "medium = b and not (source = a or medium = b)",
        "param.x = 1 and not param.x exists or source = a and source = b",
        "source starts with ab and not source contains b",
    ],
)
def test_a_rule_that_can_hold_for_nobody_is_known(text: str) -> None:
    assert why_never(parse(text))


@pytest.mark.parametrize(
    "text", ["source = a or source = b", "source = abc and source contains b", "not param.x exists", "source exists"]
)
def test_a_rule_that_can_hold_is_not_taken_for_one_that_cannot(text: str) -> None:
    assert why_never(parse(text)) is None


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("source = a", "source = A"),
        ("source = a", "source = a and medium = b"),
        ("medium = b and source = a", "source = a and campaign = c and medium = b"),
        ("source = a or source = b", "source = b"),
        ("source = a or source = b", "source = b and medium = c or source = a"),
        ("source exists", "param.x exists"),
        ("param.x exists", "param.x = 1"),
        ("param.x exists", "param.x starts with 1 and source = a"),
        ("not source = b", "source = a"),
        ("landing_path starts with /boats", "landing_path = /boats/oak"),
        ("landing_path starts with /boats", "landing_path starts with /boats/oak"),
        ("landing_path contains oak", "landing_path starts with /boats/oak"),
        (r'referrer_domain matches "(^|\.)x\.com$"', "referrer_domain = a.x.com"),
    ],
)
def test_a_rule_behind_one_that_always_holds_where_it_does_is_known(earlier: str, later: str) -> None:
    assert covers(parse(earlier), parse(later))


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("source = a and medium = b", "source = a"),
        ("source = b", "source = a or source = b"),
        ("param.x exists", "param.y = 1"),
        ("landing_path starts with /boats/oak", "landing_path starts with /boats"),
        ("landing_path contains boats", "landing_path contains oats"),
        ("param.x exists", "not param.x = 1"),
        ("landing_path = /a", "landing_path starts with /a"),
    ],
)
def test_a_rule_that_some_reach_is_not_taken_for_one_that_nobody_does(earlier: str, later: str) -> None:
    assert not covers(parse(earlier), parse(later))


@given(conditions, conditions, st.dictionaries(st.sampled_from(["campaign", "param.gclid"]), st.text(max_size=3)))
def test_what_is_called_unreachable_is(earlier: object, later: object, more: dict[str, str]) -> None:
    one, other = parse(str(earlier)), parse(str(later))
    session = {"source": "a", "medium": "b", **more}
    if covers(one, other):
        assert check(one)(session) or not check(other)(session)
    if why_never(other):
        assert not check(other)(session)
