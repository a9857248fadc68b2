"""Recorded arrivals as lines of JSON, as a simulation reads them."""

import json

from tests.cli.refusals import refusal
from tests.house import House


def test_every_visit_is_a_line_without_a_visitor_and_without_a_url(house: House) -> None:
    house.lease()
    house.lease()
    printed = house.run("lease", "export", "--pool", "web").stdout
    lines = [json.loads(line) for line in printed.splitlines()]
    assert [set(line) for line in lines] == [{"pool", "started_at", "last_seen_at", "left"}] * 2
    assert [line["left"] for line in lines] == ["there", "there"]
    assert "visitor" not in printed
    assert "spring" not in printed


def test_only_what_was_asked_for_is_exported(house: House) -> None:
    house.lease()
    assert house.run("lease", "export", "--since", "2100-01-01").stdout == ""
    assert "there is no pool 'gone'" in refusal(house, "lease", "export", "--pool", "gone")
    assert "is not a time" in refusal(house, "lease", "export", "--since", "yesterday")
