"""Numbers paused, retired and released by the PBX admin."""

from datetime import UTC, datetime

from gateway.core.calls.attribution import Attribution, State
from gateway.core.calls.call import RoutedCall
from tests.cli.refusals import refusal
from tests.house import POOL, House


def state_of(house: House, number: str) -> object:
    return {row["number"]: row["state"] for row in house.ask("number", "list")}.get(number)


def test_numbers_are_paused_and_resumed(house: House) -> None:
    done = house.run("number", "pause", POOL[0], "+12125550188", f"{POOL[1]}..{POOL[2]}")
    assert (done.returncode, done.stdout.strip()) == (2, "3 paused, 1 refused")
    assert "+12125550188: refused: it is no number of ours" in done.stderr
    assert house.ask("pool", "show", "web")["numbers"] == len(POOL) - 3
    assert house.ask("number", "resume", POOL[0]) == {"resumed": 1, "refused": []}
    assert house.ask("number", "add", "--pool", "web", "--sms", POOL[1]) == {"added": 1, "refused": []}
    states = {row["number"]: (row["state"], row["sms"]) for row in house.ask("number", "list")}
    assert [states[number] for number in POOL[:3]] == [("free", False), ("free", True), ("paused", False)]


def test_a_retired_number_tells_who_dials_it_yet(house: House) -> None:
    assert "No number is retired" in house.run("number", "ghosts").stdout
    assert house.run("number", "retire", *POOL[:2], "--for", "90").stdout.strip() == "2 retired, 0 refused"
    now, nobody = datetime.now(UTC), Attribution(State.UNLEASED, "")
    house.store.calls.record(RoutedCall("c1", None, POOL[1], now, nobody, "main"))
    ghosts = house.ask("number", "ghosts", "--pool", "web")
    assert [(row["number"], row["ghost_calls"]) for row in ghosts] == [(POOL[1], 1), (POOL[0], 0)]
    assert house.ask("call", "show", "c1")["ghost"] is True
    assert house.ask("explain", POOL[1])["destination"] == "main"


def test_a_number_is_released_when_nothing_holds_it_any_more(house: House) -> None:
    assert "it is not retired: `leaseline number retire`" in refusal(house, "number", "release", POOL[0])
    house.run("number", "retire", POOL[0])
    assert "it is held until" in refusal(house, "number", "release", POOL[0])
    assert house.ask("number", "release", "--force", POOL[0]) == {"released": 1, "refused": []}
    assert state_of(house, POOL[0]) is None
    assert house.ask("explain", POOL[0])["state"] == "unknown"
    house.run("number", "retire", POOL[1], "--for", "0")
    assert house.ask("number", "release", POOL[1]) == {"released": 1, "refused": []}


def test_a_number_that_a_visitor_holds_is_not_released(house: House) -> None:
    leased = house.lease()
    house.run("number", "retire", leased, "--for", "0")
    assert "a visitor's lease of it runs until" in refusal(house, "number", "release", "--force", leased)
    assert state_of(house, leased) == "retired"
