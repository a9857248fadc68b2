"""The controller as FreeSWITCH meets it: recorded bytes on a socket, a real database behind it."""

import contextlib
import fcntl
import os
import select
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.asked import asked_call
from tests.freeswitch.peer import OK, converse, peer
from tests.freeswitch.recorded import announcement, encoded, said
from tests.freeswitch.words import DESTINATIONS
from tests.house import POOL, House
from tests.house import house as a_house
from tests.live.ports import free_tcp_port
from tests.live.processes import helper, wait_until


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with a_house(tmp_path_factory.mktemp("esl"), DESTINATIONS, switch="freeswitch") as built, built.running("esl"):
        yield built


def call(call_id: str = "1-1", did: str = POOL[0], caller: str = "+12125550199") -> bytes:
    return announcement(call=call_id, dialled=did, trunk="external", caller=caller)


def told(house: House, announced: bytes) -> bytes:
    """Return the command that tells FreeSWITCH what was decided; nothing if there is none."""
    heard = converse(house.port, announced)
    return heard[1] if len(heard) > 1 else b""


def test_the_conversation_is_connect_one_command_exit(house: House) -> None:
    number = house.lease()
    heard = converse(house.port, call("leased-1", number))
    row = wait_until(lambda: asked_call(house.store, "leased-1"), 60, "the call row")
    assert row
    assert heard == [
        b"connect\n",
        b"api uuid_setvar_multi leased-1 dni_lease=" + row["lease_id"].encode() + b";dni_state=active;"
        b"dni_did=" + number[1:].encode() + b";dni_bridge=[leg_timeout=20]sofia/gateway/dest/100,"
        b"[leg_timeout=20]user/101@example.com;dni_last=sofia/gateway/dest/100,user/101@example.com;dni_ok=1\n",
        b"exit\n",
    ]
    assert (row["state"], row["campaign"], row["likelihood"]) == ("active", "spring", 1.0)


def test_campaign_text_never_crosses_to_the_switch(house: House) -> None:
    number = house.lease("https://shop.example/?utm_campaign=%0A%0Aapi%20system%20touch&utm_source=%24%7Bx%7D")
    heard = converse(house.port, call("text-1", number))
    assert len(heard) == 3
    assert b"system" not in heard[1]
    assert b"$" not in heard[1]


@pytest.mark.parametrize("did", ["+12125550110", "12125550110", "2125550110", "0012125550110", "5550110"])
def test_every_form_of_a_did_is_understood(house: House, did: str) -> None:
    assert b"dni_did=12125550110;" in told(house, call(did=did))


def test_a_stranger_number_rings_the_default_destination(house: House) -> None:
    assert b"dni_state=unknown;dni_did=13125550000;dni_bridge=" in told(house, call(did="+13125550000"))


@pytest.mark.parametrize(
    "name", ["Jos\udce9", "x\u2028variable_dni_dialled: +13125550000", "x%0Avariable_dni_dialled: %2B13125550000"]
)
def test_a_callers_name_cannot_change_the_dialled_number(house: House, name: str) -> None:
    named = call(did=POOL[1]).replace(b"\nCaller-", b"\nCaller-X: " + encoded(name) + b"\nCaller-", 1)
    assert b"dni_did=12125550111;" in told(house, named)


@pytest.mark.parametrize("header", ["Unique-ID: another", "Content-Type: text/disconnect-notice", "Reply-Text: -ERR"])
def test_a_header_that_a_caller_forges_changes_nothing(house: House, header: str) -> None:
    forged = call("forged-1").replace(b"\n\n", f"\nvariable_sip_h_X-Foo: a%0A{header}\n\n".encode())
    assert told(house, forged).startswith(b"api uuid_setvar_multi forged-1 ")


def test_the_hostile_headers_of_a_real_call_do_not_keep_it_from_its_answer(house: House) -> None:
    hostile = announcement("hostile-headers", dialled=POOL[0], trunk="external", caller="+12125550199")
    assert b"dni_did=12125550110;" in told(house, hostile)


def test_a_call_that_went_on_without_us_is_told_nothing(house: House) -> None:
    """As after a stop of this machine: the dialplan's rescue has come, and FreeSWITCH still takes our words."""
    gone_on = announcement(call="gone-1", dialled=POOL[0], cdr_state="timeout")
    assert converse(house.port, gone_on) == [b"connect\n"]
    converse(house.port, call("gone-2"))
    wait_until(lambda: asked_call(house.store, "gone-2"), 60, "a later call's row")
    assert asked_call(house.store, "gone-1") is None


def test_a_peer_that_never_says_goodbye_is_let_go(house: House) -> None:
    with peer(house.port) as switch:
        switch.hear()
        switch.say(call("rude-1"))
        switch.hear()
        switch.say(OK)
        assert switch.hear() == b"exit\n"
        assert switch.is_let_go()
    wait_until(lambda: asked_call(house.store, "rude-1"), 60, "the call row")


@pytest.mark.parametrize("refusal", [said("unknown-uuid")[1], said("unknown-api")[1], said("unknown-command")[1]])
def test_a_command_that_the_switch_refused_is_no_decision(house: House, refusal: bytes) -> None:
    assert len(converse(house.port, call("refused-1"), refusal)) == 2
    converse(house.port, call("refused-2"))
    wait_until(lambda: asked_call(house.store, "refused-2"), 60, "a later call's row")
    assert asked_call(house.store, "refused-1") is None


def test_a_reply_that_was_cut_short_is_no_decision(house: House) -> None:
    with peer(house.port) as switch:
        switch.hear()
        switch.say(call("cut-1"))
        switch.hear()
        switch.say(OK.replace(b"Content-Length: 4", b"Content-Length: 400"))
        switch.socket.shutdown(socket.SHUT_WR)
        assert switch.is_let_go()
    converse(house.port, call("cut-2"))
    wait_until(lambda: asked_call(house.store, "cut-2"), 60, "a later call's row")
    assert asked_call(house.store, "cut-1") is None


def test_a_slow_disk_does_not_keep_the_next_call_waiting(tmp_path: Path) -> None:
    port, log, disk = free_tcp_port(), tmp_path / "slow.log", tmp_path / "disk"
    os.mkfifo(disk)
    with helper([sys.executable, "-m", "tests.freeswitch.slow", str(port), str(disk)], log, Path(__file__).parents[2]):
        wait_until(lambda: "ready" in log.read_text(), 60, "the controller")
        with peer(port) as slow, peer(port) as next_one:
            slow.hear()
            slow.say(call("slow-1"))
            with peer(port) as third:
                assert third.hear() == b"connect\n"
            assert select.select([slow.socket], [], [], 0)[0] == []  # not yet let go
            assert next_one.hear() == b"connect\n"
            disk.write_bytes(b"")
            assert slow.is_let_go()


def test_a_call_of_another_dialplan_is_told_nothing(house: House) -> None:
    assert converse(house.port, announcement()) == [b"connect\n"]


@pytest.mark.parametrize(
    "reply",
    [
        b"Content-Type: api/response\nContent-Length: -1\n\n",
        b"Content-Type: api/response\nContent-Length: 99999999999\n\n+OK\n",
        b"Content-Type: api/response\nContent-Length: x\n\n",
        b"Content-Type: api/response\n\n",
        b"Content-Type: command/reply\n\n",
        b"Content-Type: text/event-plain\nContent-Length: 4\n\nabcd",
        b"\n",
        b"\xff\xfe\n\n",
    ],
)
def test_a_reply_that_makes_no_sense_ends_the_connection_and_only_that(house: House, reply: bytes) -> None:
    with peer(house.port) as switch:
        switch.hear()
        switch.say(call("nonsense-1"))
        switch.hear()
        switch.say(reply)
        assert switch.is_let_go()
    assert b"dni_ok=1" in told(house, call())


def test_ten_thousand_connect_and_close_leave_the_controller_answering(house: House) -> None:
    for _ in range(10_000):
        with peer(house.port):
            pass
    assert b"dni_ok=1" in told(house, call("probe-1"))


def test_silent_peers_and_half_events_are_cut_and_do_not_hold_up_a_call(house: House) -> None:
    with contextlib.ExitStack() as stack:
        peers = [stack.enter_context(peer(house.port)) for _ in range(400)]
        for place, one in enumerate(peers):
            if place % 2:
                one.say(b"Event-Name: CHANNEL_DATA\nUnique")
        assert b"dni_ok=1" in told(house, call("silent-1"))
        assert all(one.is_let_go() for one in peers)


def test_an_endless_event_is_cut(house: House) -> None:
    with peer(house.port) as switch, pytest.raises(ConnectionError):
        switch.say((b"variable_x: " + b"y" * 4096 + b"\n") * 10_000)
    assert b"dni_ok=1" in told(house, call("endless-1"))


def test_what_was_decided_is_written_before_the_controller_ends(tmp_path: Path) -> None:
    with a_house(tmp_path, DESTINATIONS, switch="freeswitch") as house, house.running("esl") as process:
        with (tmp_path / "leaseline.db.lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # so that the row still waits when the controller is told to end
            for call_id in ("last-1", "last-2"):
                assert b"dni_ok=1" in told(house, call(call_id))
            process.terminate()
        assert process.wait(60) == 0
        assert asked_call(house.store, "last-1")
        assert asked_call(house.store, "last-2")


def test_an_unreadable_database_falls_open_and_the_controller_lives(tmp_path: Path) -> None:
    with a_house(tmp_path, DESTINATIONS, switch="freeswitch") as house, house.running("esl") as process:
        assert b"dni_ok=1" in told(house, call("before-1"))
        for name in ("leaseline.db-wal", "leaseline.db"):
            (tmp_path / name).unlink()
        (tmp_path / "leaseline.db").write_bytes(b"not a database" * 1000)
        assert converse(house.port, call("broken-1"), OK) == [b"connect\n"]
        assert process.poll() is None


def test_a_taken_port_is_one_clear_line(house: House) -> None:
    done = house.run("esl")
    assert done.returncode == 2
    assert done.stderr.startswith(f"leaseline: cannot listen on 127.0.0.1 port {house.port}: Address already in use.")
    assert "Traceback" not in done.stderr


def test_a_number_that_nobody_was_shown_is_refused_where_so_configured(tmp_path: Path) -> None:
    text = f"refuse_unleased = true\n{DESTINATIONS}"
    with a_house(tmp_path, text, switch="freeswitch") as house, house.running("esl"):
        numbers = (POOL[5], "+13125550000", house.lease())
        heard = [told(house, call(f"{did[1:]}-1", did)) for did in numbers]
    assert [b";dni_refuse=1;" in one for one in heard] == [True, False, False]
    assert [b";dni_bridge=" in one for one in heard] == [True] * 3
