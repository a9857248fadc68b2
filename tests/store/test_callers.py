"""Callers who cannot be told from others: no stranger inherits the visitor of another."""

from datetime import timedelta

import pytest

from gateway.core.calls.attribution import State
from tests.asked import asked_calls
from tests.conftest import NOW
from tests.store.test_calls import SECOND, Line
from tests.stores import FileStore

OURS = "+12125560000"


@pytest.fixture
def line(fresh_store: FileStore) -> Line:
    return Line(fresh_store)


@pytest.mark.parametrize("caller", ["+266696687", "0000000000", "1111111111", "+10000000000", "201", OURS])
def test_two_strangers_behind_one_placeholder_are_two_strangers(line: Line, caller: str) -> None:
    """A number of ours is what a PBX before us may put in place of the caller's."""
    assert line.visit("a", NOW, "spring") == OURS
    line.ring("1", OURS, NOW + 5 * SECOND, caller=caller)
    assert line.ring("2", OURS, NOW + timedelta(days=30), caller=caller) is State.EXPIRED
    second, first = asked_calls(line.store)
    assert (first["campaign"], second["campaign"], second["first_call"]) == ("spring", None, None)


@pytest.mark.parametrize("kept", ["+266696687", "266696687", "+10000000000", "0000000000"])
def test_a_placeholder_that_was_kept_as_a_number_is_nobodys_history(line: Line, kept: str) -> None:
    number = line.visit("a", NOW, "spring")
    line.ring("1", number, NOW + 5 * SECOND)
    with line.store.engine.writing() as transaction:
        transaction.run("UPDATE call SET customer_phone_number = :kept", {"kept": kept})
    assert line.ring("2", number, NOW + timedelta(days=30), caller=kept) is State.EXPIRED
    assert [(call["customer_phone_number"], call["first_call"]) for call in asked_calls(line.store)] == [
        (None, None)
    ] * 2


def test_who_comes_with_and_without_the_international_prefix_is_one_caller(line: Line) -> None:
    number = line.visit("a", NOW, "spring")
    line.ring("1", number, NOW + 5 * SECOND, caller="00442079460000")
    assert line.ring("2", number, NOW + timedelta(days=20), caller="+442079460000") is State.REPEAT


def test_a_call_attributed_again_is_not_a_placeholders_second_one(line: Line) -> None:
    number = line.visit("a", NOW, "spring")
    line.ring("1", number, NOW + 5 * SECOND)
    line.ring("2", number, NOW + timedelta(days=20))
    with line.store.engine.writing() as transaction:
        transaction.run("UPDATE call SET customer_phone_number = '+10000000000'", {})
    line.store.past_calls(line.routes.weights).attribute(["2"], NOW + timedelta(days=21))
    assert asked_calls(line.store)[0]["state"] == "expired"
