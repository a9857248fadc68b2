"""What notes on greenswitch say of its traps, asked of `leaseline esl` and of the library as it comes.

Where the library as it comes stops failing, its strict xfail turns red, and the mend can go.
"""

import contextlib
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.freeswitch.peer import OK, peer
from tests.freeswitch.recorded import announcement, said
from tests.freeswitch.stock import MOST
from tests.freeswitch.words import DESTINATIONS
from tests.house import house
from tests.live.ports import free_tcp_port
from tests.live.processes import helper, wait_until

CALL = announcement(dialled="+12125550110", trunk="external", caller="+12125550199")
TELLING = b"dni_did=12125550110;"
STOCK = pytest.param("greenswitch", marks=pytest.mark.xfail(strict=True, reason="greenswitch 0.0.19 as it comes"))


@pytest.fixture(params=["leaseline", STOCK])
def port(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[int]:
    """Return where a controller listens that nobody has spoken to yet."""
    with leaseline(tmp_path) if request.param == "leaseline" else greenswitch(tmp_path) as opened:
        yield opened


@contextlib.contextmanager
def leaseline(home: Path) -> Iterator[int]:
    with house(home, DESTINATIONS, switch="freeswitch") as built, built.running("esl"):
        yield built.port


@contextlib.contextmanager
def greenswitch(home: Path) -> Iterator[int]:
    port = free_tcp_port()
    program = [sys.executable, "-m", "tests.freeswitch.stock", str(port)]
    with helper(program, home / "stock.log", Path(__file__).parents[2]):
        wait_until(lambda: listens(port), 60, "the stock server to listen")
        yield port


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def told(port: int, announced: bytes = CALL) -> bytes:
    """Return the command that a call gets; how the controller leaves is asked elsewhere."""
    with peer(port) as switch:
        switch.hear()
        switch.say(announced)
        return switch.hear()


def test_the_library_as_it_comes_answers_a_good_call(tmp_path: Path) -> None:
    """Otherwise it would fail everything below for another reason than the one that is named."""
    with greenswitch(tmp_path) as port:
        assert TELLING in told(port)


def test_a_header_that_a_caller_forges_does_not_change_the_dialled_number(port: int) -> None:
    forged = b"variable_sip_h_X-Foo: a%0Avariable_dni_dialled: %2B13125550000\nContent-Type:"
    assert TELLING in told(port, CALL.replace(b"Content-Type:", forged, 1))


def test_a_reply_that_is_cut_short_does_not_stop_the_next_call(port: int) -> None:
    with peer(port) as cut:
        cut.hear()
        cut.say(CALL)
        cut.hear()
        cut.say(b"Content-Type: api/response\nContent-Length: 1000\n\n+OK")
    assert TELLING in told(port)


def test_a_silent_peer_is_cut_and_hears_of_it(port: int) -> None:
    with peer(port) as silent:
        assert silent.hear() == b"connect\n"
        assert silent.is_let_go()


def test_a_peer_that_is_silent_after_its_call_is_cut_and_hears_of_it(port: int) -> None:
    with peer(port) as silent:
        silent.hear()
        silent.say(CALL)
        silent.hear()
        assert silent.is_let_go()


def test_peers_that_go_without_a_notice_take_no_slot_with_them(port: int) -> None:
    for _ in range(MOST + 1):
        with peer(port) as leaving:
            leaving.hear()
            leaving.say(CALL)
            leaving.hear()
    assert TELLING in told(port)


def test_a_line_that_is_no_header_leaves_nobody_waiting(port: int) -> None:
    with peer(port) as confused:
        confused.hear()
        confused.say(b"Disconnected, goodbye.\n\n")
        assert confused.is_let_go()


def test_a_reply_that_was_not_asked_for_leaves_nobody_waiting(port: int) -> None:
    with peer(port) as eager:
        eager.hear()
        eager.say(CALL + OK + OK + OK)
        assert eager.is_let_go()


def test_a_caller_who_cancels_during_the_decision_leaves_nobody_waiting(port: int) -> None:
    notice = said("caller-cancels-during-decision")[1]
    with peer(port) as switch:
        switch.hear()
        switch.say(announcement("caller-cancels-during-decision", dialled="+12125550110"))
        switch.hear()
        switch.say(notice)
        assert switch.is_let_go()
