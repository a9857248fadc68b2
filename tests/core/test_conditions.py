"""What conditions of rules say, and what is refused when one is written."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.rules.conditions import (
    FIELDS,
    MOST_DEPTH,
    All,
    Compare,
    Condition,
    ConditionError,
    Either,
    Not,
    Operator,
    parse,
)
from gateway.core.rules.patterns import PatternError, compile_pattern

WORDS = ("source", "param.x", "and", "or", "not", "(", ")", "=", "contains", "starts", "with", "matches", "exists", '"')


def equals(field: str, value: str) -> Compare:
    return Compare(field, Operator.EQUALS, value)


A, B, C = equals("source", "a"), equals("medium", "b"), equals("campaign", "c")


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("source = a", A),
        ("SOURCE = A", A),
        ("source=a", A),
        ('source = "a"', A),
        ("source = a or medium = b and campaign = c", Either((A, All((B, C))))),
        ("(source = a or medium = b) and campaign = c", All((Either((A, B)), C))),
        ("not source = a and medium = b", All((Not(A), B))),
        ("not (source = a and medium = b)", Not(All((A, B)))),
        ("not not source = a", Not(Not(A))),
        ("((source = a)) and (medium = b and campaign = c)", All((A, B, C))),
        ("landing_path starts with /boats", Compare("landing_path", Operator.STARTS_WITH, "/boats")),
        ("param.gclid exists", Compare("param.gclid", Operator.EXISTS)),
        ("param.utm-X[1] contains y", Compare("param.utm-x[1]", Operator.CONTAINS, "y")),
        ('campaign contains "say ""hi"" (now)"', Compare("campaign", Operator.CONTAINS, 'say "hi" (now)')),
        ('source = "not"', equals("source", "not")),
        ('source = "(direct)"', equals("source", "(direct)")),
        (r'referrer_domain matches "(^|\.)Example\.com$"',
         Compare("referrer_domain", Operator.MATCHES, r"(^|\.)Example\.com$")),
        (r"campaign matches ^\S+$", Compare("campaign", Operator.MATCHES, r"^\S+$")),
    ],
)  # fmt: skip
def test_not_binds_before_and_and_and_before_or(text: str, condition: Condition) -> None:
    assert parse(text) == condition
    assert parse(str(condition)) == condition


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "column 1: expected a field"),
        ("sauce = google", "column 1: expected a field (source, medium"),
        ("source is google", "column 8: expected `=`, `contains`, `starts with`, `matches` or `exists`, found `is`"),
        ("source starts google", "column 8: expected `=`"),
        ("source != google", "column 8: expected `=`"),
        ("source =", "column 9: expected a value"),
        ("source = and medium = cpc", "column 10: expected a value"),
        ("source = google ads", "column 17: expected `and`, `or` or the end, found `ads`"),
        ("source = google and", "column 20: expected a field"),
        ("source = google)", "column 16: expected `and`, `or` or the end, found `)`"),
        ("(source = google", "column 17: expected `and`, `or` or `)`, found the end"),
        ('source = "google', "column 10: a quoted value has no end"),
        ('"source" = google', "column 1: expected a field"),
        ('source = ""', "column 10: the value is empty: write `not source exists`"),
        ('source = "a\x00b"', "column 10: a value is up to 256 printable characters"),
        (f"source = {'x' * 257}", "column 10: a value is up to 256"),
        ("source = " + "x" * 1000, "longer than 1000 characters"),
        ("param. exists", "column 1: expected a field"),
        ("device = phone", "column 10: expected a device (mobile, tablet, desktop), found `phone`"),
        ("landing_path = boats", "column 16: expected a path, which begins with /"),
        ("referrer_domain = www.example.com", "column 19: domains are compared without www."),
        (
            "(" * 21 + "source = a" + ")" * 21,
            f"column 21: brackets and nots stand in each other more than {MOST_DEPTH}",
        ),
        ("not " * 400 + "source = a", "longer than 1000 characters"),
        ("not " * 30 + "source = a", "more than 20 deep"),
        ('campaign matches "(a+)+b"', "column 18: the pattern cannot be used: it repeats what can match"),
    ],
)
def test_a_mistake_is_told_with_its_column_and_what_was_expected(text: str, words: str) -> None:
    with pytest.raises(ConditionError, match=re.escape(words)):
        parse(text)


texts = st.sampled_from(["a", "b", "ab"]) | st.text(
    st.characters(exclude_categories=("C", "Z")) | st.sampled_from(' "()='), min_size=1, max_size=9
).map(str.lower)
names = st.sampled_from([*FIELDS[:3], "param.gclid", "param.a-b_c.d~e%5b[0]"])
values = st.builds(
    Compare,
    names,
    st.sampled_from([Operator.EQUALS, Operator.CONTAINS, Operator.STARTS_WITH]),
    texts.filter(lambda text: text.lower() == text and text.isprintable()),
)
existing = st.builds(Compare, names, st.just(Operator.EXISTS))
conditions = st.recursive(
    values | existing,
    lambda inner: inner.map(Not) | st.lists(inner, min_size=2, max_size=3).map(lambda parts: joined(All, parts))
    | st.lists(inner, min_size=2, max_size=3).map(lambda parts: joined(Either, parts)),
    max_leaves=6,
)  # fmt: skip


def joined(kind: type[All] | type[Either], parts: list[Condition]) -> Condition:
    return kind(tuple(one for part in parts for one in (part.parts if isinstance(part, kind) else (part,))))


@given(conditions)
def test_a_condition_printed_and_read_again_is_the_same(condition: Condition) -> None:
    assert parse(str(condition)) == condition


@given(st.text() | st.lists(st.sampled_from(WORDS) | st.text(max_size=3), max_size=20).map(" ".join))
def test_no_text_makes_the_parser_fail_in_any_other_way(text: str) -> None:
    try:
        read = parse(text)
    except ConditionError:
        return
    assert parse(str(read)) == read


@pytest.mark.parametrize(
    "pattern",
    [
        r"(^|\.)example\.com$", "^/(boats|cars)/[^/]+/buy$", r"brand\b", "google.*ads", "^a+b*$", "(www\\.)?shop",
        r"^\d{3}-\d{2,4}", "[^a-z]", r"\[new\]", "(abc)*", "^(?:a|b)?c", "[\\w.]+@x",
    ],
)  # fmt: skip
def test_usual_patterns_can_be_used(pattern: str) -> None:
    compile_pattern(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+b", "(a|a)*b", "(a|ab)*c", "(.*)*", "((a*)b)+", "a*a*a*b", "^a*a*a*b", ".*foo.*", "(a?){9}", "a?" * 40,
        "(a|b)" * 20, r"(a)\1", "(?P<x>a)(?P=x)", "(?=a)", "(?i)a", "(?#x)", r"\x41", r"\Aa", "[[a]", "[a--b]", "[]",
        "[]([]a*b*c*", "(", ")", "a**", "[a", "a{300}", "a{2", "\\", "*", "x" * 129, "[z-a]", "^*a.*b.*c", "^a|b.*c.*d",
    ],
)  # fmt: skip
def test_a_pattern_that_is_none_or_could_take_long_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        compile_pattern(pattern)


@given(st.text(st.sampled_from("ab01.*+?{}()[]|^$\\-,:=&~dwx"), max_size=40) | st.text(max_size=20))
def test_no_text_makes_the_pattern_reader_fail_in_any_other_way(text: str) -> None:
    try:
        found = compile_pattern(text)
    except PatternError:
        return
    found.search("ab01" * 64)
