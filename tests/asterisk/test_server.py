"""The controller as Asterisk meets it: bytes on a socket, a real database behind it."""

import fcntl
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.asked import asked_call
from tests.house import POOL, House
from tests.house import house as a_house
from tests.live.processes import wait_until

DESTINATIONS = '[destinations.main]\nhops = [{ ring = ["PJSIP/100@dest", "PJSIP/101@dest"], seconds = 20 }]'
ENVIRONMENT = (
    "agi_network: yes\nagi_network_script: {script}\nagi_uniqueid: {call}\nagi_callerid: +12125550199\n"
    "agi_calleridname: {name}\nagi_callingpres: 0\nagi_dnid: {did}\nagi_arg_1: {did}\nagi_arg_2: trunk\n\n"
)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with a_house(tmp_path_factory.mktemp("agi"), DESTINATIONS) as built, built.running("agi"):
        yield built


def connect(house: House) -> socket.socket:
    return socket.create_connection(("127.0.0.1", house.port), 5)


def environment(call: str = "1.1", did: str = POOL[0], name: str = "x", script: str = "route") -> bytes:
    return ENVIRONMENT.format(call=call, did=did, name=name, script=script).encode()


def converse(house: House, sent: bytes, reply: bytes = b"200 result=0\n") -> bytes:
    """Return everything the controller writes, each line answered with `reply`."""
    with closing(connect(house)) as peer:
        peer.sendall(sent)
        stream = peer.makefile("rb")
        written = b""
        while line := stream.readline():
            written += line
            if line.startswith(b"EXEC"):
                peer.sendall(reply)
        return written


def test_a_leased_number_is_answered_with_one_command(house: House) -> None:
    number = house.lease()
    written = converse(house, environment(call="leased.1", did=number))
    assert written.count(b"\n") == 1
    assert b"DNI_STATE=active,DNI_DID=" + number[1:].encode() in written
    assert b'DNI_HOPS=1,DNI_HOP_1=PJSIP/100@dest&PJSIP/101@dest,DNI_RING_1=20,DNI_OK=1"\n' in written
    row = wait_until(lambda: asked_call(house.store, "leased.1"), 60, "the call row")
    assert row
    assert (row["state"], row["campaign"], row["likelihood"]) == ("active", "spring", 1.0)


def test_campaign_text_never_crosses_to_the_switch(house: House) -> None:
    number = house.lease("https://shop.example/?utm_campaign=%22%0AEXEC%20System%20touch&utm_source=%24%7Bx%7D")
    written = converse(house, environment(call="text.1", did=number))
    assert written.count(b"\n") == 1
    assert b"System" not in written
    assert b"$" not in written


@pytest.mark.parametrize(
    "did", ["+12125550110", "12125550110", "2125550110", "0012125550110", "01112125550110", "5550110"]
)
def test_every_form_of_a_did_is_understood(house: House, did: str) -> None:
    assert b"DNI_DID=12125550110," in converse(house, environment(did=did))


def test_a_stranger_number_rings_the_default_destination(house: House) -> None:
    assert b"DNI_STATE=unknown,DNI_DID=13125550000,DNI_HOPS=1" in converse(house, environment(did="+13125550000"))


@pytest.mark.parametrize("name", ["Jos\udce9", "x\u2028agi_arg_1: +13125550000", "x\nagi_arg_1: +13125550000"])
def test_a_callers_name_cannot_change_the_dialled_number(house: House, name: str) -> None:
    sent = ENVIRONMENT.format(call="1.2", did=POOL[1], name=name, script="route").encode("utf-8", "surrogateescape")
    assert b"DNI_DID=12125550111," in converse(house, sent)


def test_a_hangup_line_is_not_taken_for_the_reply(house: House) -> None:
    converse(house, environment(call="hangup.1"), b"HANGUP\n200 result=0\n")
    wait_until(lambda: asked_call(house.store, "hangup.1"), 60, "the call row")


@pytest.mark.parametrize(
    "refusal",
    [
        b"510 Invalid or unknown command\n",
        b"511 Command Not Permitted on a dead channel or intercept routine\n",
        b"520-Invalid command syntax.  Proper usage follows:\nSets variables.\n520 End of proper usage.\n",
        b"200 result=-1\n",
        b"nonsense\n",
        b"\xff\n",
    ],
)
def test_a_command_that_the_switch_refused_is_no_decision(house: House, refusal: bytes) -> None:
    assert converse(house, environment(call="refused.1"), refusal).count(b"\n") == 1
    converse(house, environment(call="refused.2"))
    wait_until(lambda: asked_call(house.store, "refused.2"), 60, "a later call's row")
    assert asked_call(house.store, "refused.1") is None


def test_another_route_ends_in_failure(house: House) -> None:
    assert converse(house, environment(script="hangup")) == b"failure\n"


def test_a_call_without_an_id_ends_in_failure(house: House) -> None:
    assert converse(house, b"agi_network_script: route\nagi_arg_1: 12125550110\n\n") == b"failure\n"


def test_ten_thousand_connect_and_close_leave_the_controller_answering(house: House) -> None:
    for _ in range(10_000):
        connect(house).close()
    assert b"DNI_OK=1" in converse(house, environment(call="probe.1"))


def test_silent_peers_and_half_environments_are_cut_and_do_not_hold_up_a_call(house: House) -> None:
    peers = [connect(house) for _ in range(500)]
    for place, peer in enumerate(peers):
        if place % 2:
            peer.sendall(b"agi_network: yes\nagi_network_script: ro")
    assert b"DNI_OK=1" in converse(house, environment(call="silent.1"))
    for peer in peers:
        assert peer.recv(1) == b""  # the controller closed it
        peer.close()


def test_an_endless_environment_is_cut(house: House) -> None:
    with closing(connect(house)) as peer, pytest.raises(ConnectionError):
        peer.sendall((b"agi_x: " + b"y" * 4096 + b"\n") * 10_000)
    assert b"DNI_OK=1" in converse(house, environment(call="endless.1"))


def test_a_peer_that_never_replies_is_cut(house: House) -> None:
    with closing(connect(house)) as peer:
        peer.sendall(environment(call="mute.1"))
        stream = peer.makefile("rb")
        assert stream.readline().startswith(b"EXEC MSet")
        assert stream.read() == b""


def test_what_was_decided_is_written_before_the_controller_ends(tmp_path: Path) -> None:
    with a_house(tmp_path, DESTINATIONS) as house, house.running("agi") as process:
        with (tmp_path / "leaseline.db.lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # so that the row still waits when the controller is told to end
            for call in ("last.1", "last.2"):
                converse(house, environment(call=call))
            process.terminate()
        assert process.wait(60) == 0
        assert asked_call(house.store, "last.1")
        assert asked_call(house.store, "last.2")


def test_an_unreadable_database_falls_open_and_the_controller_lives(tmp_path: Path) -> None:
    with a_house(tmp_path, DESTINATIONS) as house, house.running("agi") as process:
        assert b"DNI_OK=1" in converse(house, environment(call="before.1"))
        for name in ("leaseline.db-wal", "leaseline.db"):
            (tmp_path / name).unlink()
        (tmp_path / "leaseline.db").write_bytes(b"not a database" * 1000)
        assert converse(house, environment(call="broken.1")) in (b"failure\n", b"")
        assert process.poll() is None


def test_a_taken_port_is_one_clear_line(house: House) -> None:
    done: subprocess.CompletedProcess[str] = house.run("agi")
    assert done.returncode == 2
    assert done.stderr.startswith(f"leaseline: cannot listen on 127.0.0.1 port {house.port}: Address already in use.")
    assert "Traceback" not in done.stderr


def test_a_number_that_nobody_was_shown_is_refused_where_so_configured(tmp_path: Path) -> None:
    with a_house(tmp_path, f"refuse_unleased = true\n{DESTINATIONS}") as house, house.running("agi"):
        numbers = (POOL[5], "+13125550000", house.lease())
        told = [converse(house, environment(call=f"{did}.1", did=did)) for did in numbers]
    assert [b",DNI_REFUSE=1," in one for one in told] == [True, False, False]
    assert [b"DNI_HOPS=1," in one for one in told] == [True] * 3
