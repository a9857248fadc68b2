"""What the bench measures has to be what it says. No test here asserts a duration."""

import asyncio
import json
import sqlite3
import xml.etree.ElementTree as ET
from argparse import Namespace
from collections.abc import Sequence
from contextlib import closing
from math import nan
from pathlib import Path
from threading import Event

import pytest

from tests.bench import __main__ as bench
from tests.bench import freeswitch, sipwords, table
from tests.bench.bulk import NOW, make_pools
from tests.bench.figures import Row, timing
from tests.bench.lines import fallback
from tests.bench.plan import Plan, Say
from tests.bench.scale import KINDS, VISIT, Base, Kind, Size
from tests.bench.switch import ASK_AGI, setup
from tests.bench.uac import Caller, Line, open_socket
from tests.live.freeswitch import FREESWITCH
from tests.live.provision import UnavailableError
from tests.live.switch import Settings
from tests.stores import FileStore

SMALL = Size(numbers=100, leases=1000, states=True)


def test_a_filled_database_is_whole(tmp_path: Path) -> None:
    make_pools(tmp_path / "bench.db", SMALL.fills, Event())
    with closing(sqlite3.connect(tmp_path / "bench.db")) as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("SELECT COUNT(*) FROM lease").fetchall() == [(1000 + 100 + 100,)]


def test_a_filled_database_has_every_index_of_the_schema(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "fresh.db")
    store.migrate()
    make_pools(tmp_path / "bench.db", SMALL.fills, Event())
    names = "SELECT name, sql FROM sqlite_master WHERE type = 'index' ORDER BY name"
    filled = FileStore(tmp_path / "bench.db", read_only=True)
    assert filled.engine.read(names) == store.engine.read(names)
    store.close()
    filled.close()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.pool)
def test_each_kind_of_lease_ends_as_it_says(tmp_path: Path, kind: Kind) -> None:
    pools = make_pools(tmp_path / "bench.db", SMALL.fills, Event())
    store = FileStore(tmp_path / "bench.db")
    for turn in range(150):  # more often than there are numbers
        granted = store.leases.grant(f"new{turn}", VISIT, [pools[kind.pool]], NOW + turn * kind.step)
        assert granted[0].choice is kind.choice
    store.close()


def test_decisions_find_a_visitor(tmp_path: Path) -> None:
    with closing(Base(SMALL, tmp_path / "bench.db", make_pools(tmp_path / "bench.db", SMALL.fills, Event()))) as base:
        for turn in range(50):
            base.decide(turn)  # asserts it


def test_both_dialplans_differ_in_how_they_ask_only() -> None:
    made = setup(4573, "http://127.0.0.1:8080", 5070)
    curl = made.extra[made.extra.index("[curl-inbound]") :].replace("curl-", "leaseline-").splitlines(keepends=True)
    ours = made.dialplan.splitlines(keepends=True)
    assert [line for line in curl if line not in ours][-1] == " same => n,MSet(${ANSWER})\n"
    assert len([line for line in curl if line not in ours]) == 4
    assert ASK_AGI not in curl


def test_freeswitch_runs_our_dialplan_as_it_is_beside_a_plain_bridge() -> None:
    made = freeswitch.setup(8084, 5070)
    assert made.dialplan == FREESWITCH.dialplan(Settings(8084, fallback(FREESWITCH)))
    plain, ours = ET.fromstring(made.extra).iter("action")
    assert plain.attrib == {"application": "bridge", "data": "sofia/gateway/dest/15550001111"}
    assert ours.attrib == {"application": "transfer", "data": "$1 XML leaseline"}


def _unavailable(_plan: Plan, _where: Path | None, _say: Say) -> Sequence[Row]:
    raise UnavailableError("not installed")


def test_a_switch_that_cannot_be_had_is_left_out_unless_it_was_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    row = Row("leases", "one", timing([1.0]))
    parts = {"freeswitch": (_unavailable, ""), "leases": (lambda *_: [row], "")}
    monkeypatch.setattr(bench, "PARTS", parts)
    assert bench._measure(Namespace(only=None, quick=True, dir=None)) == [row]
    assert "left out: not installed\n" in capsys.readouterr().err
    with pytest.raises(UnavailableError):
        bench._measure(Namespace(only="freeswitch", quick=True, dir=None))


def test_figures_of_nothing_are_no_figures(tmp_path: Path) -> None:
    row = Row("calls", "none", timing([], failed=3), ratio=nan)
    table.write_json(tmp_path / "bench.json", [row], {})
    written = json.loads((tmp_path / "bench.json").read_text())["rows"][0]
    assert (written["time"], written["ratio"]) == (
        {"count": 3, "failed": 3, "median": None, "p95": None, "p99": None}, None,
    )  # fmt: skip
    assert "none" in table.text([row])


def test_quantiles_are_values_that_were_measured() -> None:
    measured = timing([float(value) for value in range(1, 101)])
    assert (measured.median, measured.p95, measured.p99) == (50.0, 95.0, 99.0)


def test_a_line_answers_an_invite_with_its_own_headers() -> None:
    dialog = sipwords.Dialog("call", 5060, 5070, "+12125550110", "+16465550100")
    answer = sipwords.read(sipwords.respond(sipwords.read(dialog.invite()), "200 OK", 5070, sipwords.BODY))
    assert (answer.status, answer.method, answer.header("Call-ID")) == (200, "INVITE", "call")
    assert sipwords.read(dialog.bye(answer)).first_line == "BYE sip:bench@127.0.0.1:5070 SIP/2.0"


@pytest.mark.parametrize("tick", [0.0, 0.02])
def test_a_line_knows_how_long_it_let_a_caller_wait(tick: float) -> None:
    people = [f"+1646555010{place}" for place in range(8)]

    async def call() -> tuple[Line, list[float | None]]:
        line = await open_socket(lambda: Line(tick))
        caller = await open_socket(lambda: Caller(line.port))
        placed = await caller.place_all(["+12125550110"] * len(people), people, rate=100)
        line.transport.close()
        caller.transport.close()
        return line, [one.answer_ms for one in placed]

    line, answers = asyncio.run(call())
    waits = [line.waited(one) for one in people]
    assert all(answer and answer >= wait for answer, wait in zip(answers, waits, strict=True))
    assert len(set(waits)) == (len(people) if tick else 1)
