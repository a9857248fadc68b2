"""When misses are worth an alarm, and since when a path has them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.visits.misses import (
    LONGEST_PATH,
    OTHER_PATHS,
    Hour,
    is_alarming,
    missed_path,
    page_path,
    run_began,
)
from tests.conftest import NOW

HOUR = timedelta(hours=1)


def hour(place: int, views: int, misses: int, minute: int = 10) -> Hour:
    at = NOW + place * HOUR
    return Hour(at, views, misses, at + timedelta(minutes=minute) if misses else None)


hours = st.lists(st.tuples(st.integers(1, 5), st.integers(0, 5)), min_size=1, max_size=30).map(
    lambda counts: [hour(place, max(views, misses), misses) for place, (views, misses) in enumerate(counts)]
)


@pytest.mark.parametrize(
    ("views", "misses", "alarming"),
    [(0, 0, False), (49, 49, False), (50, 2, False), (50, 3, True), (100, 5, False), (100, 6, True), (10**9, 0, False)],
)
def test_an_alarm_takes_fifty_views_and_more_than_a_twentieth_of_them(views: int, misses: int, alarming: bool) -> None:
    assert is_alarming(views, misses) is alarming


@given(st.integers(0, 10**6), st.data())
def test_one_miss_more_never_ends_an_alarm(views: int, data: st.DataObject) -> None:
    misses = data.draw(st.integers(0, views))
    assert not is_alarming(views, misses) or is_alarming(views + 1, misses + 1)


# Since when


def test_a_run_begins_with_its_first_miss_and_not_with_its_hour() -> None:
    assert run_began([hour(0, 9, 0), hour(1, 9, 4, minute=42), hour(2, 9, 9)]) == NOW + HOUR + timedelta(minutes=42)


def test_an_older_run_is_over_once_an_hour_was_clean() -> None:
    assert run_began([hour(0, 9, 9), hour(1, 9, 0), hour(2, 9, 1)]) == hour(2, 9, 1).first_miss_at
    assert run_began([hour(0, 9, 9), hour(1, 9, 0)]) is None


def test_a_night_without_visitors_does_not_end_a_run() -> None:
    assert run_began([hour(0, 9, 9), hour(12, 9, 9)]) == hour(0, 9, 9).first_miss_at


@given(hours)
def test_from_its_beginning_a_run_has_no_clean_hour(counted: list[Hour]) -> None:
    began = run_began(counted)
    if began is None:
        assert counted[-1].misses == 0
    else:
        run = [one for one in counted if one.at >= began - HOUR]
        assert all(one.misses for one in run)
        assert run[0].first_miss_at == began
        assert counted.index(run[0]) == 0 or counted[counted.index(run[0]) - 1].misses == 0


@given(hours)
def test_the_order_of_the_hours_does_not_matter(counted: list[Hour]) -> None:
    shuffled = sorted(counted, key=lambda one: (one.misses, one.at))
    assert run_began(shuffled) == run_began(counted)


def test_a_path_had_a_target_when_any_view_of_all_that_is_kept_found_one() -> None:
    assert missed_path("/a", 9, 9, [hour(-100, 9, 8), hour(0, 9, 9)]).had_target
    assert not missed_path("/blog", 9, 9, [hour(-100, 9, 9), hour(0, 9, 9)]).had_target


# Paths


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/contact?utm_term=a#form", "/contact"),
        ("https://shop.example/contact/?q", "/contact/"),
        ("https://shop.example", "/"),
        ("https://shop.example?q=/x", "/"),
        ("", "/"),
        ("contact", "/contact"),
        ("//contact", "//contact"),
        (OTHER_PATHS, f"/{OTHER_PATHS}"),
        ("/a\x00\x1b[31mb\n\ud800", "/a[31mb"),
        ("/" + "x" * 500, "/" + "x" * (LONGEST_PATH - 1)),
    ],
)
def test_a_path_is_kept_without_query_and_fragment(text: str, path: str) -> None:
    assert page_path(text) == path


@given(st.text(max_size=600))
def test_no_text_makes_a_path_that_is_long_or_breaks_a_line_or_is_another_thing(text: str) -> None:
    path = page_path(text)
    assert path.startswith("/")
    assert len(path) <= LONGEST_PATH
    assert path.isprintable()
    assert not {"?", "#"} & set(path)
    assert path.encode()
    assert page_path(path) == path
