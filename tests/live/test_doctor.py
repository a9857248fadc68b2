"""What `leaseline doctor` sees of a real Asterisk: each fault is made on it, and has to be named."""

import contextlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli import main
from tests.live.asterisk import ASTERISK, Asterisk
from tests.live.processes import run, wait_until
from tests.live.stage import Stage, open_stage
from tests.live.switch import Binary, Kind

pytestmark = [
    pytest.mark.live,
    pytest.mark.parametrize("kind", [ASTERISK], ids=["asterisk"], indirect=True, scope="session"),
]
TELEPHONES = """
[100](peer)
aors=100
[100]
type=aor
contact=sip:127.0.0.1:5061
contact=sip:127.0.0.1:5062

[101](peer)
aors=101
[101]
type=aor
max_contacts=1

[102](peer)

[103](peer)
aors=103
[103]
type=aor
contact=sip:127.0.0.1:9
qualify_frequency=1
qualify_timeout=0.2
"""
EXTENSIONS = """
[of-the-business]
exten => _X!,1,GotoIf($["${EXTEN:0:1}" = "9"]?out,${EXTEN},1:leaseline-inbound,${EXTEN},1)
[from-pstn]
include => of-the-business
exten => 1,1,Hangup()
[elsewhere]
exten => _X!,1,Hangup()
[by-variable]
exten => _X!,1,Goto(${WHERE},${EXTEN},1)
"""


class Ward:
    """An Asterisk that a test makes ill, and its doctor."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.etc = stage.switch.home / "etc"
        self._well = {file: file.read_text() for file in (*self.etc.iterdir(), stage.house.config)}

    def change(self, name: str, old: str, new: str) -> None:
        """Change a text of a configuration file, and load it."""
        file = self.stage.house.config if name == "config.toml" else self.etc / name
        assert old in file.read_text(), file.read_text()
        file.write_text(file.read_text().replace(old, new))
        self.reload(file)

    def reload(self, file: Path) -> None:
        """Have Asterisk take a file up."""
        words = {"pjsip.conf": "module reload res_pjsip.so", "extra.conf": "dialplan reload", "cdr.conf": "cdr reload"}
        if file.name in words:
            self.console("module reload cdr" if file.name == "cdr.conf" else words[file.name])

    def console(self, words: str) -> str:
        """Return what Asterisk's console answers."""
        return run([*self.stage.switch.question, words], 30.0).stdout

    def doctor(self, check: str) -> tuple[str, str]:
        """Return what the doctor finds."""
        printed = CliRunner().invoke(main, ["--config", str(self.stage.house.config), "doctor", "--json"]).stdout
        found = {one["check"]: one for one in json.loads(printed)}
        return found[check]["result"], found[check]["detail"]

    def heal(self) -> None:
        """Put back what tests changed."""
        for file, text in self._well.items():
            if file.read_text() != text:
                file.write_text(text)
                self.reload(file)


@pytest.fixture(scope="module")
def hospital(kind: Kind, binary: Binary, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ward]:
    with open_stage(kind, binary, tmp_path_factory.mktemp("doctor")) as stage, visible(stage.switch):
        config, etc = stage.house.config, stage.switch.home / "etc"
        config.write_text(f"{config.read_text()}\n[trunks.trunk]\n")
        (etc / "pjsip.conf").write_text((etc / "pjsip.conf").read_text() + TELEPHONES)
        (etc / "extra.conf").write_text(EXTENSIONS)
        built = Ward(stage)
        built.reload(etc / "pjsip.conf")
        built.reload(etc / "extra.conf")
        yield built


@contextlib.contextmanager
def visible(switch: object) -> Iterator[None]:
    """Have Asterisk's files where it says that they are: a private root has them deeper."""
    assert isinstance(switch, Asterisk)
    if switch.inner_home.exists():
        yield
        return
    switch.inner_home.symlink_to(switch.home)
    try:
        yield
    finally:
        switch.inner_home.unlink()


@pytest.fixture
def ward(hospital: Ward) -> Iterator[Ward]:
    yield hospital
    hospital.heal()


def test_doctor_finds_a_right_asterisk_well(ward: Ward) -> None:
    found = {check: ward.doctor(check) for check in ("asterisk files", "trunks", "call records", "targets", "fallback")}
    assert {check: one for check, one in found.items() if one[0] != "ok"} == {}


@pytest.mark.parametrize("key", ["enable", "channeldefaultenabled", "unanswered", "congestion"])
def test_doctor_names_the_line_that_keeps_calls_out_of_the_records(ward: Ward, key: str) -> None:
    ward.change("cdr.conf", "[general]\n", f"[general]\n{key}=yes\n")  # of two lines the last holds
    ward.change("cdr.conf", "initiatedseconds=no\n", f"{key}=no\n")
    result, detail = ward.doctor("call records")
    assert (result, bool(re.search(rf"cdr\.conf line \d+ says {key}=no: write {key}=yes", detail))) == ("fail", True), (
        detail
    )


def test_doctor_names_the_key_that_is_missing(ward: Ward) -> None:
    ward.change("cdr.conf", "unanswered=yes\n", "")
    result, detail = ward.doctor("call records")
    assert (result, "write unanswered=yes under [general] in" in detail) == ("fail", True), detail


def test_doctor_warns_of_records_that_wait_in_a_batch(ward: Ward) -> None:
    ward.change("cdr.conf", "batch=no\n", "batch=yes\n")
    result, detail = ward.doctor("call records")
    assert (result, "says batch=yes: write batch=no" in detail) == ("warn", True), detail


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("${CDR(start,u)}", "${CDR(start)}", "column 9 is ${CDR(start)}, and the worker reads ${CDR(start,u)}"),
        (",${CSV_QUOTE(${CDR(dni_lease)})}", "", "column 7 is ${CSV_QUOTE(${CDR(dni_state)})}"),
        ("leaseline.csv", "master.csv", "master.csv, and the worker reads"),
    ],
)
def test_doctor_names_the_column_that_the_worker_would_misread(ward: Ward, old: str, new: str, words: str) -> None:
    file = ward.etc / "cdr_custom.conf"
    assert old in file.read_text()
    file.write_text(re.sub(r"(?m)^(leaseline.*)$", lambda line: line[0].replace(old, new), file.read_text()))
    result, detail = ward.doctor("call records")
    assert (result, words in detail) == ("fail", True), detail


def test_doctor_says_that_the_record_module_is_not_loaded(ward: Ward) -> None:
    ward.console("module unload cdr_custom.so")
    try:
        result, detail = ward.doctor("call records")
    finally:
        ward.console("module load cdr_custom.so")
    assert (result, "module load cdr_custom.so" in detail) == ("fail", True), detail


def test_doctor_names_a_trunk_whose_calls_go_elsewhere(ward: Ward) -> None:
    ward.change("pjsip.conf", "context=leaseline-inbound", "context=elsewhere")
    result, detail = ward.doctor("trunks")
    assert (result, "calls of trunk go to the context 'elsewhere'" in detail) == ("fail", True), detail
    ward.change("config.toml", "[trunks.trunk]\n", "")
    result, detail = ward.doctor("trunks")
    assert (result, "no trunk's calls come to leaseline-inbound" in detail) == ("fail", True), detail


def test_doctor_follows_a_context_of_the_business_to_ours(ward: Ward) -> None:
    ward.change("pjsip.conf", "context=leaseline-inbound", "context=from-pstn")
    assert ward.doctor("trunks")[0] == "ok"
    ward.change("pjsip.conf", "context=from-pstn", "context=by-variable")
    assert ward.doctor("trunks")[0] == "warn"
    ward.change("pjsip.conf", "context=by-variable", "context=nosuch")
    assert ward.doctor("trunks")[0] == "fail"


@pytest.mark.parametrize(
    ("old", "new"), [("allow_transfer=no", "allow_transfer=yes"), ("trust_id_inbound=yes", "trust_id_inbound=no")]
)
def test_doctor_warns_of_what_a_trunk_lets_strangers_do(ward: Ward, old: str, new: str) -> None:
    ward.change("pjsip.conf", old, new)
    result, detail = ward.doctor("trunks")
    assert (result, f"trunk has {new}" in detail) == ("warn", True), detail


@pytest.mark.parametrize(
    ("target", "result", "words"),
    [
        ("PJSIP/1@nosuch", "fail", "there is no endpoint nosuch in pjsip.conf"),
        ("PJSIP/102", "fail", "the endpoint 102 has no AOR"),
        ("DAHDI/1", "fail", "Asterisk has no DAHDI"),
        ("Local/1@nosuch", "fail", "there is no extension 1@nosuch"),
        ("Local/2@from-pstn/n", "ok", ""),
        ("PJSIP/dest/sip:2@127.0.0.1", "ok", ""),
        ("PJSIP/101", "warn", "nobody is registered at 101"),
        ("PJSIP/100", "warn", "one of the 2 telephones at 100 rings: write ${PJSIP_DIAL_CONTACTS(100)}"),
    ],
)
def test_doctor_looks_for_each_target_on_the_switch(ward: Ward, target: str, result: str, words: str) -> None:
    ward.change("config.toml", "PJSIP/15550001111@dest", target)
    found, detail = ward.doctor("targets")
    assert (found, words in detail) == (result, True), detail


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("PJSIP/1@nosuch", "there is no endpoint nosuch"),
        ("PJSIP/101", "nobody is registered at 101"),
        ("PJSIP/103", "103 does not answer at sip:127.0.0.1:9"),
    ],
)
def test_doctor_refuses_a_fallback_that_rings_nobody(ward: Ward, target: str, words: str) -> None:
    wait_until(lambda: "Unavail" in ward.console("pjsip show endpoint 103"), 10, "the dead telephone to be missed")
    ward.change("config.toml", "PJSIP/15550009999@fallback", target)
    (ward.etc / "leaseline.conf").write_text(ward.stage.house.run("dialplan", "asterisk", "leaseline.conf").stdout)
    ward.console("dialplan reload")
    result, detail = ward.doctor("fallback")
    assert (result, words in detail) == ("fail", True), detail
