"""`call explain` and `call reattribute`, on a house with a call that a tap decided."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli import main
from gateway.config import load
from gateway.core.calls.call import InboundCall
from gateway.core.calls.routing import decide
from gateway.core.visits.visit import Visit
from gateway.store import Tap
from tests.asked import asked_calls
from tests.cli.conftest import DESTINATIONS
from tests.cli.refusals import refusal
from tests.house import House
from tests.house import house as a_house

NUMBER, CALLER = "+12125550110", "+12125550199"
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
CALL = datetime(2026, 11, 22, 12, 12, tzinfo=UTC)
WEAK_TAPS = "\n[attribution]\ntap = 1\n"


@pytest.fixture
def called(tmp_path: Path) -> Iterator[House]:
    """A pool of one number that two visitors had; the one who left tapped it 4 s before the call `1`."""
    with a_house(tmp_path, DESTINATIONS, numbers=(NUMBER,)) as house:
        pool = house.store.sites.pool_by_name("web")
        assert pool
        for visitor, at in (("left", CALL - 12 * MINUTE), ("sees", CALL - MINUTE)):
            lease = house.store.leases.grant(visitor, Visit(), [pool], at)[0].lease
            assert lease
            house.store.leases.renew([lease.id], at + 10 * SECOND)
            house.store.leases.release([lease.id], at + 20 * SECOND)
        house.store.leases.note_tap(Tap(pool.site, "left", NUMBER[1:], NUMBER, None), [], CALL - 4 * SECOND)
        ring(house, "1")
        yield house


def ring(house: House, call: str, at: datetime = CALL) -> None:
    routes = load(house.config).routes()
    house.store.calls.record(decide(house.store.calls, routes, InboundCall(call, NUMBER, "", CALLER, at)).call)


def run(house: House, *arguments: str) -> Result:
    """Run a command in this process, as starting one takes a second."""
    return CliRunner().invoke(main, ["--config", str(house.config), *arguments])


def weaken_taps(house: House) -> None:
    house.config.write_text(house.config.read_text() + WEAK_TAPS)


def visitor(house: House, call: str = "1") -> str:
    return str(house.ask("call", "show", call)["visitor_id"])


def test_explain_says_whose_call_it_was_and_shows_the_evidence_of_all(called: House) -> None:
    said = run(called, "call", "explain", "1").output
    assert "state        cooling, contested" in said
    assert "The visitor tapped the number 4 seconds before the call" in said
    assert "heartbeat_age" in said
    assert "of today" not in said
    found = json.loads(run(called, "call", "explain", "1", "--json").output)
    assert [(one["visitor_id"], one["tap_age"]) for one in found["candidates"]] == [("left", 4.0), ("sees", None)]
    assert (found["today"], found["before"], found["told"]) == (None, [], None)
    assert "there is no call 'gone'" in refusal(called, "call", "explain", "gone")


def test_explain_says_what_changed_weights_would_make_of_a_call(called: House) -> None:
    weaken_taps(called)
    said = run(called, "call", "explain", "1").output
    assert said.index("tapped the number") < said.index("By the weights and the log of today it would be")
    assert "The visitor's lease was running" in said
    today = json.loads(run(called, "call", "explain", "1", "--json").output)["today"]
    assert (today["state"], today["candidates"][0]["visitor_id"]) == ("active", "sees")


def test_reattribute_says_what_it_changes_and_explain_what_was_before(called: House) -> None:
    assert run(called, "call", "reattribute", "1").output == "0 of 1 call(s) changed\n"
    weaken_taps(called)
    tried = run(called, "call", "reattribute", "--since", "2026-11-01", "--dry-run").output
    assert tried.splitlines()[-1] == "1 of 1 call(s) would change"
    assert visitor(called) == "left"
    done = json.loads(run(called, "call", "reattribute", "1", "--json").stdout)
    assert [(one["id"], one["was"][:7], one["is"][:6]) for one in done] == [("1", "cooling", "active")]
    assert visitor(called) == "sees"
    assert "before       cooling, lease" in run(called, "call", "explain", "1").output
    assert run(called, "call", "reattribute", "--since", "2026-11-01").output == "0 of 1 call(s) changed\n"


def test_many_calls_are_gone_through(called: House) -> None:
    for place in range(250):
        ring(called, f"more{place}", CALL + place * timedelta(milliseconds=1))
    weaken_taps(called)
    done = run(called, "call", "reattribute", "--since", "2026-11-01")
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (0, "251 of 251 call(s) changed")
    assert "Attributing" in done.stderr
    assert {call["visitor_id"] for call in asked_calls(called.store)} == {"sees"}


def test_reattribute_has_to_be_told_which_calls(called: House) -> None:
    for arguments in ((), ("1", "--since", "2026-11-01")):
        assert "which calls?" in refusal(called, "call", "reattribute", *arguments)
    assert "there is no call 'gone'" in refusal(called, "call", "reattribute", "1", "gone")
    assert "is not a time" in refusal(called, "call", "reattribute", "--since", "yesterday")


def test_a_row_of_an_older_version_is_shown_with_what_it_has(called: House) -> None:
    old = [{"lease_id": "x", "visitor_id": "left", "state": "active", "heartbeat_age": 5.0, "weight": 1.0}]
    with called.store.engine.writing() as transaction:
        transaction.run("UPDATE call SET candidates = :old", {"old": json.dumps(old)})
    for command in ("explain", "show"):
        done = run(called, "call", command, "1")
        assert (done.exit_code, "left" in done.output) == (0, True)
