"""The commands on a machine that runs FreeSWITCH."""

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.cli.refusals import refusal
from tests.cli.switch import LOCATE_CDR, LOCATE_DIALPLAN, LOCATE_SOCKET, Switch, a_switch, event_socket
from tests.house import POOL


@pytest.fixture(scope="module")
def running_switch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Switch]:
    with a_switch(tmp_path_factory.mktemp("switch"), "of our own") as built:
        yield built


@pytest.fixture
def switch(running_switch: Switch) -> Switch:
    running_switch.reset()
    return running_switch


# Configuration


def test_the_environment_names_the_switch(switch: Switch, monkeypatch: pytest.MonkeyPatch) -> None:
    switch.configure('switch = "freeswitch"', 'switch = "asterisk"')
    monkeypatch.setenv("LEASELINE_SWITCH", "freeswitch")
    assert "is fine: for freeswitch" in switch.run("config", "check").stdout


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("+13125550100", POOL[0]),
        ("user/100@example.com", f"user/{POOL[0][1:]}@example.com"),
        ("user/100@example.com", f"sofia/gateway/carrier/{POOL[0][2:]}"),
        ("user/100@example.com", f"sofia/internal/{POOL[0][1:]}%example.com"),
        ("user/100@example.com", f"sofia/internal/sip:{POOL[0]}@10.0.0.1"),
        ("user/100@example.com", f"loopback/{POOL[0][1:]}/default"),
        ("sofia/gateway/fallback/15551230000", f"sofia/gateway/fallback/{POOL[0][1:]}"),
    ],
)
def test_a_destination_that_is_a_number_of_ours_is_refused(switch: Switch, written: str, instead: str) -> None:
    switch.configure(written, instead)
    done = switch.run("config", "check")
    assert (done.exit_code, "calls would go in circles" in done.stderr) == (2, True)


def test_a_gateway_that_is_named_like_a_number_of_ours_dials_none(switch: Switch) -> None:
    switch.configure("user/100@", f"sofia/gateway/{POOL[0][1:]}/100@")
    assert "is fine: for freeswitch" in switch.run("config", "check").stdout


def test_explain_names_the_fallback_of_this_switch(switch: Switch) -> None:
    switch.configure('default_destination = "main"\n', "")
    printed = switch.run("explain", "+13125550177").stdout
    assert "the dialplan's fallback, sofia/gateway/fallback/15551230000" in printed


# Processes


def test_the_controller_of_the_other_switch_does_not_start(switch: Switch) -> None:
    assert "run `leaseline esl`, or set switch" in refusal(switch.house, "agi")


def test_nothing_to_serve_names_the_sections_of_this_switch(switch: Switch) -> None:
    for section in ("esl", "web", "worker"):
        switch.configure(f"[{section}]\n", f"[{section}]\nenabled = false\n")
    assert "set enabled = true in [esl], [web] or [worker]" in refusal(switch.house, "serve")


def test_the_worker_takes_the_folder_of_this_switch(switch: Switch) -> None:
    recorded = Path(__file__).parents[1] / "freeswitch" / "data" / "cancelled.cdr.json"
    whole = json.loads(recorded.read_text())
    whole["variables"]["dni_dialled"] = POOL[0]
    (switch.house.cdrs / "a_x.cdr.json").write_text(json.dumps(whole) + "\n")
    assert switch.house.run("worker", "--once").stdout == f"1 CDR(s) taken from {switch.house.cdrs}\n"
    assert [call["id"] for call in switch.house.ask("call", "list")] == [whole["variables"]["uuid"]]


# Dialplan


def actions(xml: str) -> list[str]:
    return [action.get("data", "") for action in ElementTree.fromstring(xml).iter("action")]


def test_the_dialplan_is_printed_with_listener_and_fallback(switch: Switch) -> None:
    switch.configure(
        "[freeswitch]", "[freeswitch]\nfallback_seconds = 33\nlongest_call = 4321\ntransfer_context = 'a.example'"
    )
    printed = actions(switch.run("dialplan", "freeswitch", "leaseline.xml").stdout)
    for setting in (
        f"dni_esl=127.0.0.1:{switch.house.port}",
        "dni_fallback=sofia/gateway/fallback/15551230000",
        "dni_fallback_ring=33",
        "dni_limit=4321",
        "dni_transfer_context=a.example",
        "force_transfer_context=${dni_transfer_context}",
    ):
        assert printed.count(setting) == 1


def test_only_the_settings_differ_from_the_file_that_we_ship(switch: Switch) -> None:
    shipped = Path("dialplan/freeswitch/leaseline.xml").read_text().splitlines()
    printed = switch.run("dialplan", "freeswitch", "leaseline.xml").stdout.splitlines()
    changed = [new for old, new in zip(shipped, printed, strict=True) if old != new]
    assert [line.split("data=")[1].split("=")[0] for line in changed] == ['"dni_esl', '"dni_fallback']


def test_the_cdr_folder_is_filled_in_and_escaped(switch: Switch) -> None:
    switch.configure(f"{switch.house.cdrs}", "/var/log/a&b")
    printed = ElementTree.fromstring(switch.run("dialplan", "freeswitch", "json_cdr.conf.xml").stdout)
    assert {param.get("name"): param.get("value") for param in printed.iter("param")}["log-dir"] == "/var/log/a&b"


def test_without_a_name_every_file_is_printed_with_its_place_and_what_else_to_set(switch: Switch) -> None:
    printed = switch.run("dialplan", "freeswitch").stdout
    for words in (
        "/etc/freeswitch/dialplan/leaseline.xml",
        "/etc/freeswitch/autoload_configs/json_cdr.conf.xml",
        "event_socket.conf.xml",
        "modules.conf.xml",
        "carrier",
    ):
        assert words in printed
    assert ElementTree.fromstring(f"<all>{printed}</all>").find(".//context[@name='leaseline']") is not None


def test_the_example_fallback_and_the_other_switch_are_warned_of(switch: Switch) -> None:
    switch.configure("/fallback/", "/carrier/")
    assert "set [freeswitch] fallback first" in switch.run("dialplan", "freeswitch").stderr
    assert 'set switch = "asterisk"' in switch.run("dialplan", "asterisk").stderr


# Doctor

FINE = (
    "cdr folder", "freeswitch", "modules", "event socket", "dialplan", "trunks", "session rate", "call records",
    "targets", "fallback",
)  # fmt: skip


def test_doctor_finds_a_right_installation_well_and_asks_nothing_of_asterisk(switch: Switch) -> None:
    found = switch.doctor()
    assert {name: found[name] for name in FINE if found[name][0] != "ok"} == {}
    assert found["esl listener"][0] == "fail"
    assert not {"agi listener", "asterisk", "cdr file"} & set(found)


@pytest.mark.parametrize(
    ("question", "answer", "check", "words"),
    [
        ("version", "-ERR no reply", "freeswitch", "see [freeswitch] command"),
        ("module_exists mod_json_cdr", "false", "modules", '`fs_cli -x "load mod_json_cdr"`'),
        ("module_exists mod_json_cdr", "false", "modules", "`apt-get install freeswitch-mod-json-cdr`, then `fs_cli"),
        ("module_exists mod_hash", "false", "modules", "mod_hash not loaded: `fs_cli"),
        ("module_exists mod_hash", "-ERR", "modules", "mod_hash not loaded"),
        (LOCATE_DIALPLAN, "can't find anything\n", "dialplan", "leaseline.xml is not loaded"),
        (LOCATE_DIALPLAN, '<context name="leaseline"></context>', "dialplan", "leaseline.xml is not loaded"),
        (LOCATE_DIALPLAN, "can't find anything\n", "fallback", "differs from config.toml in dni_esl, dni_fallback"),
        (LOCATE_SOCKET, "can't find anything\n", "event socket", "no event_socket.conf.xml loaded"),
        (LOCATE_CDR, "can't find anything\n", "call records", "no json_cdr.conf.xml loaded"),
    ],
)
def test_doctor_says_what_is_missing(switch: Switch, question: str, answer: str, check: str, words: str) -> None:
    switch.answers[question] = answer
    result, detail = switch.doctor()[check]
    assert (result, words in detail) == ("fail", True), detail


@pytest.mark.parametrize(
    ("question", "old", "new", "check", "words"),
    [
        (LOCATE_DIALPLAN, "dni_limit=7200", "dni_limit=1", "fallback", "differs from config.toml in dni_limit:"),
        (LOCATE_DIALPLAN, "fallback/1555", "other/1555", "fallback", "differs from config.toml in dni_fallback:"),
        (LOCATE_DIALPLAN, "context=default", "context=x", "fallback", "from config.toml in dni_transfer_context:"),
        (LOCATE_CDR, "leaseline-cdr", "json_cdr", "call records", "writes no CDRs to"),
        (LOCATE_CDR, '"encode-values" value="false"', '"encode-values" value="true"', "call records", "encode-values"),
        (LOCATE_CDR, '<param name="encode-values" value="false"/>', "", "call records", "(encode-values)"),
        (LOCATE_CDR, '"rotate" value="false"', '"rotate" value="true"', "call records", "(rotate)"),
        (LOCATE_CDR, '"rotate" value="false"', '"url" value="http://x"', "call records", "(url)"),
    ],
)
def test_doctor_says_what_differs(switch: Switch, question: str, old: str, new: str, check: str, words: str) -> None:
    assert old in switch.answers[question]
    switch.answers[question] = switch.answers[question].replace(old, new)
    result, detail = switch.doctor()[check]
    assert (result, words in detail) == ("fail", True), detail


def test_doctor_warns_of_an_older_dialplan_that_refuses_no_call(switch: Switch) -> None:
    switch.answers[LOCATE_DIALPLAN] = switch.answers[LOCATE_DIALPLAN].replace("leaseline-refuse", "of-before")
    assert switch.doctor()["dialplan"][0] == "ok"
    switch.configure("[routing]", "[routing]\nrefuse_unleased = true")
    result, detail = switch.doctor()["dialplan"]
    assert (result, "leaseline.xml is an older one" in detail) == ("warn", True)
    switch.answers[LOCATE_DIALPLAN] = switch.answers[LOCATE_DIALPLAN].replace("of-before", "leaseline-refuse")
    assert switch.doctor()["dialplan"][0] == "ok"


@pytest.mark.parametrize("password", ["ClueCon", ""])
def test_doctor_refuses_the_password_that_everybody_knows(switch: Switch, password: str) -> None:
    switch.answers[LOCATE_SOCKET] = event_socket("127.0.0.1", 1, password)
    assert switch.doctor()["event socket"][0] == "fail"


def test_the_way_to_a_password_of_ones_own_locks_nobody_out(switch: Switch) -> None:
    """fs_cli loads the new one while it still logs in with the old one."""
    switch.answers[LOCATE_SOCKET] = event_socket("127.0.0.1", 1, "ClueCon")
    detail = switch.doctor()["event socket"][1]
    steps = (
        "event_socket.conf.xml",
        "`fs_cli -x reloadxml`",
        '`fs_cli -x "reload mod_event_socket"`',
        "/etc/fs_cli.conf",
    )
    places = [detail.find(step) for step in steps]
    assert -1 not in places
    assert places == sorted(places)


def test_one_file_is_named_for_the_password(switch: Switch) -> None:
    switch.answers[LOCATE_SOCKET] = event_socket("127.0.0.1", 1, "ClueCon")
    for text in (switch.doctor()["event socket"][1], switch.run("dialplan", "freeswitch").stdout):
        assert "/etc/fs_cli.conf" in text
        assert ".fs_cli_conf" not in text


@pytest.mark.parametrize("port", ["1", "", "99999", "none"])
def test_an_event_socket_that_does_not_answer_is_judged_by_its_file(switch: Switch, port: str) -> None:
    switch.answers[LOCATE_SOCKET] = event_socket("127.0.0.1", port, "of our own")
    assert switch.doctor()["event socket"][0] == "ok"


def test_doctor_tries_the_password_on_the_switch_that_runs(tmp_path: Path) -> None:
    """The file has a new one, and nobody loaded the module again."""
    with a_switch(tmp_path, "ClueCon") as switch:
        result, detail = switch.doctor()["event socket"]
    assert (result, "set one of your own in event_socket.conf.xml" in detail) == ("fail", True)


def test_doctor_warns_of_an_event_socket_beyond_this_machine(switch: Switch) -> None:
    switch.answers[LOCATE_SOCKET] = switch.answers[LOCATE_SOCKET].replace("127.0.0.1", "0.0.0.0")
    assert switch.doctor()["event socket"][0] == "warn"


def test_doctor_refuses_the_example_fallback(switch: Switch) -> None:
    switch.configure("/fallback/", "/carrier/")
    assert "is the example" in switch.doctor()["fallback"][1]


def test_doctor_says_how_to_make_the_folder_and_what_lies_aside(switch: Switch) -> None:
    (switch.house.cdrs / "rejected").mkdir()
    (switch.house.cdrs / "rejected" / "a_x.cdr.json").write_text("?")
    assert switch.doctor()["cdr folder"][0] == "warn"
    switch.house.cdrs.rename(switch.house.home / "away")
    result, detail = switch.doctor()["cdr folder"]
    assert (result, "install -d -o freeswitch -g freeswitch -m 2770" in detail) == ("fail", True)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to give the database to somebody else")
def test_doctor_tries_the_folder_as_the_user_whose_database_it_is(switch: Switch, tmp_path: Path) -> None:
    nobody = 65534
    (tmp_path / "theirs.db").touch()
    os.chown(tmp_path / "theirs.db", nobody, nobody)
    switch.configure(str(switch.house.store.path), str(tmp_path / "theirs.db"))
    with tempfile.TemporaryDirectory() as name:  # whose parents everybody may pass
        switch.configure(str(switch.house.cdrs), name)
        for mode, result in ((0o755, "fail"), (0o777, "ok"), (0o1777, "fail")):
            Path(name).chmod(mode)
            assert switch.doctor()["cdr folder"][0] == result, oct(mode)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to give the folder away")
def test_a_sticky_folder_is_well_only_in_the_hands_of_the_worker(switch: Switch, tmp_path: Path) -> None:
    nobody, nameless = 65534, 54321
    (tmp_path / "theirs.db").touch()
    os.chown(tmp_path / "theirs.db", nobody, nobody)
    switch.configure(str(switch.house.store.path), str(tmp_path / "theirs.db"))
    with tempfile.TemporaryDirectory() as name:  # whose parents everybody may pass
        switch.configure(str(switch.house.cdrs), name)
        Path(name).chmod(0o1777)
        for owner, result in ((nobody, "ok"), (nameless, "fail")):
            os.chown(name, owner, owner)
            assert switch.doctor()["cdr folder"][0] == result, owner
