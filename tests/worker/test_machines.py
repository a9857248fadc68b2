"""A hop that a machine answers: that nobody talked is as little known as that somebody did, and waiting is no talk."""

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.asterisk import cdr as asterisk
from gateway.config import load
from gateway.core.calls.routing import Hop, Routes
from gateway.freeswitch import cdr as freeswitch
from gateway.worker.cdr.ingest import ingest
from gateway.worker.cdr.sweep import Sweeper
from tests.asked import asked_calls
from tests.conftest import NOW, make_pool
from tests.stores import FileStore
from tests.worker.spool import record
from tests.worker.test_ingest import line

ASTERISK = Routes(
    {
        "main": (
            Hop(("PJSIP/100", "PJSIP/2125550199@carrier"), 20),
            Hop(("Local/600@queues", "PJSIP/voicemail"), 60, machine=True),
        )
    },
    "main", "US", {},
)  # fmt: skip
FREESWITCH = Routes(
    {
        "main": (
            Hop(("user/100@example.com", "sofia/gateway/carrier/12125550199"), 20),
            Hop(("loopback/600/default", "sofia/gateway/pbx/4000"), 60, machine=True),
        )
    },
    "main", "US", {},
)  # fmt: skip
TALKED = ("ANSWERED", True, 60.0)
MACHINE = ("MACHINE", None, None)


def outcome(store: FileStore) -> tuple[object, ...]:
    [call] = asked_calls(store)
    return call["disposition"], call["answered"], call["talk_time"]


def from_asterisk(store: FileStore, home: Path, routes: Routes, *lines: str) -> tuple[object, ...]:
    make_pool(store, 1)
    path = home / "leaseline.csv"
    path.write_text("".join(lines))
    ingest(store, routes, path)
    return outcome(store)


@pytest.mark.parametrize(
    ("channel", "expected"),
    [
        ("Local/600@queues-0000002a;1", MACHINE),
        ("PJSIP/voicemail-0000002a", MACHINE),
        ("PJSIP/100-0000002a", TALKED),
        ("PJSIP/carrier-0000002a", TALKED),
        ("PJSIP/agent-0000002a", TALKED),  # who took the call out of the queue
        ("", TALKED),
    ],
)
def test_asterisks_record_tells_which_hop_answered(
    fresh_store: FileStore, tmp_path: Path, channel: str, expected: tuple[object, ...]
) -> None:
    assert from_asterisk(fresh_store, tmp_path, ASTERISK, line(1).replace("PJSIP/d-1", channel)) == expected


def test_after_a_person_the_machine_counts_for_nothing(fresh_store: FileStore, tmp_path: Path) -> None:
    lines = (line(1).replace("PJSIP/d-1", "PJSIP/100-1"), line(1, sequence=2).replace("PJSIP/d-1", "PJSIP/voicemail-2"))
    assert from_asterisk(fresh_store, tmp_path, ASTERISK, *lines) == TALKED


def test_a_machine_after_an_unanswered_hop_is_what_answered(fresh_store: FileStore, tmp_path: Path) -> None:
    lines = (line(1, answered=False), line(1, sequence=2).replace("PJSIP/d-1", "Local/600@queues-2;1"))
    assert from_asterisk(fresh_store, tmp_path, ASTERISK, *lines) == MACHINE


def test_two_hops_through_one_trunk_are_not_told_apart_and_nothing_is_claimed(
    fresh_store: FileStore, tmp_path: Path
) -> None:
    hops = (Hop(("PJSIP/1@carrier",), 20), Hop(("PJSIP/2@carrier",), 20, machine=True))
    routes = replace(ASTERISK, destinations={"main": hops})
    assert from_asterisk(fresh_store, tmp_path, routes, line(1).replace("PJSIP/d-1", "PJSIP/carrier-1")) == TALKED


@pytest.mark.parametrize("tag", ["failopen", "timeout", ""])
def test_the_fallback_is_no_hop(fresh_store: FileStore, tmp_path: Path, tag: str) -> None:
    text = line(1, tag=tag).replace("PJSIP/d-1", "PJSIP/voicemail-1")
    assert from_asterisk(fresh_store, tmp_path, ASTERISK, text) == TALKED


@pytest.mark.parametrize(
    ("channel", "machine"),
    [
        ("loopback/600-a", True),
        ("sofia/external/4000", True),
        ("sofia/external/4000@127.0.0.1:5071", True),
        ("sofia/internal/100@192.0.2.7:5060", False),
        ("sofia/external/12125550199", False),
        ("sofia/internal/agent@192.0.2.7", False),
        ("", False),
    ],
)
def test_freeswitchs_record_tells_which_hop_answered(
    fresh_store: FileStore, tmp_path: Path, channel: str, machine: bool
) -> None:
    make_pool(fresh_store, 1)
    (tmp_path / "1.cdr.json").write_text(record(1, bridge_channel=channel))
    Sweeper(fresh_store, FREESWITCH, tmp_path).sweep(NOW)
    disposition, answered, talk_time = outcome(fresh_store)
    assert (disposition, answered) == (("MACHINE", None) if machine else ("ANSWERED", True))
    assert (talk_time is None) is machine


@pytest.mark.parametrize(
    ("target", "channel"),
    [
        ("PJSIP/100", "PJSIP/100-0000002a"),
        ("PJSIP/line-2", "PJSIP/line-2-0000002a"),
        ("PJSIP/12125550142@carrier", "PJSIP/carrier-0000002a"),
        ("PJSIP/carrier/sip:12125550142@192.0.2.7:5060", "PJSIP/carrier-0000002a"),
        ("Local/600@queues/n", "Local/600@queues-0000002a;1"),
        ("SIP/100", "SIP/100-0000002a"),
    ],
)
def test_a_dial_string_of_asterisk_names_its_channel(target: str, channel: str) -> None:
    assert asterisk.is_of(target, channel)
    assert not asterisk.is_of(target, f"{channel.partition('/')[0]}/9{channel.partition('/')[2]}")


def test_no_channel_of_freeswitch_is_of_every_dial_string() -> None:
    assert not freeswitch.is_of("sofia/gateway/carrier/1", "")
    assert not freeswitch.is_of("loopback/600/default", "loopback/6001-a")


def test_the_configuration_marks_a_hop_whose_answer_is_a_machines(tmp_path: Path) -> None:
    hops = "[destinations.a]\nhops = [{ring = ['PJSIP/1']}, {ring = ['Local/600@queues'], answers = 'machine'}]\n"
    (tmp_path / "config.toml").write_text(hops)
    assert [hop.machine for hop in load(tmp_path / "config.toml").routes().destinations["a"]] == [False, True]
