"""The command line as a person meets it, on real files."""

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.config import Config, load
from gateway.core.calls.call import InboundCall
from gateway.core.calls.routing import decide
from gateway.core.visits.visit import read_visit
from tests.cli.refusals import refusal
from tests.conftest import NOW
from tests.house import POOL, House


def every_command() -> Iterator[list[str]]:
    import click

    from gateway.cli import main

    def walk(command: click.Command, words: list[str]) -> Iterator[list[str]]:
        yield words
        if isinstance(command, click.Group):
            for name, child in command.commands.items():
                yield from walk(child, [*words, name])

    return walk(main, [])


def test_every_command_and_option_has_help() -> None:
    import click

    from gateway.cli import main

    for words in every_command():
        command: click.Command = main
        for word in words:
            assert isinstance(command, click.Group)
            command = command.commands[word]
        assert command.help, words
        for parameter in command.params:
            assert isinstance(parameter, click.Argument) or (isinstance(parameter, click.Option) and parameter.help), (
                words,
                parameter,
            )


def test_the_example_shows_every_key_at_its_default() -> None:
    text = Path("config.example.toml").read_text()
    shown = tomllib.loads("\n".join(line.removeprefix("# ") for line in text.splitlines() if _is_key(line)))
    sample = {"trunks": shown.pop("trunks"), "destinations": shown.pop("destinations")}
    assert Config(**shown) == Config()
    expected = json.loads(Config().model_dump_json(exclude={"trunks", "destinations"}))
    assert {section: set(keys) for section, keys in shown.items()} == {
        name: set(keys) for name, keys in expected.items()
    }
    assert Config(**sample).destinations["sales"].hops[1].trunk == "carrier"


def _is_key(line: str) -> bool:
    text = line.removeprefix("# ")
    return text.startswith(("[", "hops", "]", "    {")) or " = " in text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[databse]\npath = 'x'", "unknown key 'databse'"),
        ("[web]\nprt = 1", "unknown key 'web.prt'"),
        ("[agi]\nport = 70000", "agi.port: Input should be less than or equal to 65535"),
        ("[destinations.x]\nhops = [{ ring = ['PJSIP/1,60,Tt'] }]", "is not a dial string"),
        ("[destinations.x]\nhops = [{ ring = ['PJSIP/1&PJSIP/2'] }]", "is not a dial string"),
        ("[destinations.x]\nhops = [{ ring = ['+12125550100'], trunk = 'gone' }]", "there is no [trunks.gone]"),
        ("[asterisk]\nfallback = 'PJSIP/${SYSTEM(id)}'", "is not a dial string"),
        ("[routing]\ncountry = 'Germany'", "is not a country"),
        ("[agi]\nhost = '::1'", "takes an IPv4 address"),
        ("[agi]\nhost = 'localhost'", "agi.host: 'localhost' is not an address"),
        ("web", "is not TOML"),
    ],
)
def test_a_bad_configuration_names_the_key(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "config.toml").write_text(text)
    house = House(tmp_path, 0, 0, None)  # type: ignore[arg-type]
    assert words in refusal(house, "config", "check")


@pytest.mark.parametrize("number", ["+447911123456", "+19005550199"])
def test_a_destination_abroad_or_at_a_premium_is_refused(tmp_path: Path, number: str) -> None:
    hop = f"[trunks.c]\ndial = 'PJSIP/{{number}}@c'\n[destinations.x]\nhops = [{{ ring = ['{number}'], trunk = 'c' }}]"
    (tmp_path / "config.toml").write_text(hop)
    assert "destinations.x: " + number in refusal(House(tmp_path, 0, 0, None), "config", "check")  # type: ignore[arg-type]


def test_the_environment_goes_before_the_file(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEASELINE_ROUTING__DEFAULT_DESTINATION", "nowhere")
    assert "there is no [destinations.nowhere]" in refusal(house, "config", "check")


def test_missing_files_say_what_to_do(tmp_path: Path, house: House) -> None:
    gone = House(tmp_path / "gone", 0, 0, None)  # type: ignore[arg-type]
    assert "`leaseline init` writes one" in refusal(gone, "config", "check")
    assert "cannot read" in refusal(house, "number", "import", "gone.csv", "--pool", "web")
    (house.home / "leaseline.db").unlink()
    assert "run `leaseline init`" in refusal(house, "call", "list")


def test_a_database_where_nobody_may_write_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    config = tmp_path / "config.toml"
    config.write_text(f'[database]\npath = "{tmp_path}/file/x.db"\n[web]\nsecret_file = "{tmp_path}/key"')
    assert "cannot use the database" in refusal(House(tmp_path, 0, 0, None), "init")  # type: ignore[arg-type]


def test_numbers_are_added_and_the_bad_ones_reported_line_by_line(house: House) -> None:
    (house.home / "n.csv").write_text(
        "number,campaign\n(212) 555-0150,\n\n212555,x\n+12125550160..+12125550162\n+12125550110,\n+13125550100\n"
    )
    done = house.run("number", "import", str(house.home / "n.csv"), "--pool", "web")
    assert done.returncode == 2
    assert done.stdout.strip() == "4 added, 3 refused"
    assert [line.split(": refused: ")[0] for line in done.stderr.splitlines()] == ["line 4", "line 6", "line 7"]
    assert "too few digits" in done.stderr
    assert "a number of ours already" in done.stderr
    assert "in circles" in done.stderr
    assert len(house.ask("number", "list")) == len(POOL) + 4


def test_an_import_is_looked_at_before_it_is_done(house: House) -> None:
    file = house.home / "n.csv"
    file.write_text("number,kind\n+12125550150..+12125550152,\n+12125550151,\n212555,\n+12125550160,shared\n")
    before = house.store.engine.read("SELECT * FROM number")
    done = house.run("number", "import", str(file), "--pool", "web", "--dry-run")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (2, "4 would be added, 2 refused")
    assert [line.split()[:3] for line in done.stdout.splitlines()[1:-1]] == [
        ["+12125550150", "pool", "web"],
        ["+12125550151", "pool", "web"],
        ["+12125550152", "pool", "web"],
        ["+12125550160", "shared", "web"],
    ]
    assert "line 3: refused: +12125550151 is a number of ours already" in done.stderr
    assert "line 4: refused: " in done.stderr
    assert house.store.engine.read("SELECT * FROM number") == before
    assert house.run("number", "import", str(file), "--pool", "web").stdout.strip() == "4 added, 2 refused"
    seen = house.run("number", "import", str(file), "--pool", "web", "--dry-run", "--json").stdout
    assert json.loads(seen)["would_be_added"] == 0


def test_a_preview_tells_what_would_be_put_back(house: House) -> None:
    house.run("number", "pause", POOL[0])
    seen = house.ask("number", "add", "--pool", "web", "--sms", "--dry-run", POOL[0])
    assert (seen["would_be_added"], seen["numbers"][0]["number"], seen["numbers"][0]["sms"]) == (1, POOL[0], True)


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("+13125550100", POOL[0]),
        ("PJSIP/100", f"PJSIP/{POOL[0][1:]}@carrier"),
        ("PJSIP/100", f"PJSIP/{POOL[0][2:]}@carrier"),
        ("PJSIP/15551230000@fallback", f"PJSIP/{POOL[0]}@carrier"),
    ],
)
def test_a_destination_that_is_a_number_of_ours_is_refused(house: House, written: str, instead: str) -> None:
    house.config.write_text(house.config.read_text().replace(written, instead))
    assert "calls would go in circles" in refusal(house, "config", "check")
    assert "calls would go in circles" in refusal(house, "agi")


def test_an_empty_pool_says_what_visitors_see(house: House) -> None:
    assert (
        house.run("pool", "create", "empty", "--swap-target", "+12125550101", "--destination", "main").returncode == 0
    )
    assert "every visitor sees +12125550101" in house.run("pool", "show", "empty").stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("pool", "create", "web", "--swap-target", "+12125550107", "--destination", "main"),
        ("pool", "create", "p2", "--swap-target", "+12125550107", "--destination", "nowhere"),
        ("pool", "create", "p2", "--swap-target", "12", "--destination", "main"),
        ("pool", "create", "p2", "--site", "gone", "--swap-target", "+12125550107"),
        ("pool", "show", "gone"),
        ("site", "add", "shop", "--origin", "https://x.example"),
        ("site", "add", "s2", "--origin", "https://x.example/path"),
        ("number", "add", "+12125550188"),
        ("number", "add", "--pool", "gone", "+12125550188"),
        ("call", "show", "gone"),
        ("explain", "+12125550110", "--at", "yesterday"),
        ("pool", "create", "", "--swap-target", "+12125550107", "--destination", "main"),
        ("pool", "create", "p2", "--swap-target", POOL[0], "--destination", "main"),
        ("number", "add", "--pool", "web", "+12125550100"),
        ("call", "show", "\udcff"),
        ("lease", "list", "--pool", "\udcff"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(house: House, arguments: tuple[str, ...]) -> None:
    lines = refusal(house, *arguments).splitlines()
    assert len([line for line in lines if "refused" in line or line.startswith("leaseline: ")]) == 1


@pytest.mark.parametrize("option", ["--lease", "--cooldown"])
def test_a_figure_beyond_all_reason_is_refused(house: House, option: str) -> None:
    done = house.run("pool", "create", "p2", "--swap-target", "+12125550107", option, "9" * 20)
    assert (done.returncode, "is not in the range" in done.stderr) == (2, True)


def test_a_field_of_any_length_in_a_csv_file_is_no_traceback(house: House) -> None:
    (house.home / "n.csv").write_text("x" * 300_000)
    refusal(house, "number", "import", str(house.home / "n.csv"), "--pool", "web")


def test_a_fallback_with_parameters_is_no_comment_in_the_dialplan(house: House) -> None:
    dial = "PJSIP/trunk/sip:100@10.0.0.1;transport=tcp"
    house.config.write_text(house.config.read_text().replace("PJSIP/15551230000@fallback", dial))
    printed = house.run("dialplan", "asterisk", "leaseline.conf").stdout
    assert "Set(DNI_FALLBACK=PJSIP/trunk/sip:100@10.0.0.1\\;transport=tcp)" in printed


def test_explain_says_in_words_what_would_happen(house: House) -> None:
    words = house.run("explain", "2125550110", "--caller", "2125550199").stdout
    assert "No visitor was ever shown this number" in words
    assert "PJSIP/100 for 20 s" in words
    assert "PJSIP/13125550100@carrier for 30 s" in words
    assert house.ask("explain", "2125550110")["state"] == "unleased"
    assert house.ask("call", "list") == []


def test_explain_says_that_a_call_would_be_refused(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    assert house.ask("explain", POOL[0])["refused"] is False
    monkeypatch.setenv("LEASELINE_ROUTING__REFUSE_UNLEASED", "true")
    words = house.run("explain", POOL[0]).stdout
    assert "refused      before it is answered" in words
    assert "PJSIP/" not in words
    found = house.ask("explain", POOL[0])
    assert (found["state"], found["refused"], found["destination"], found["hops"]) == ("unleased", True, None, [])
    assert house.ask("explain", house.lease())["refused"] is False


def test_the_dialplan_is_printed_with_listener_and_fallback(house: House) -> None:
    printed = house.run("dialplan", "asterisk", "leaseline.conf").stdout
    assert f"Set(DNI_AGI=agi://127.0.0.1:{house.port})" in printed
    assert "Set(DNI_FALLBACK=PJSIP/15551230000@fallback)" in printed
    assert "[cdr_custom]" not in printed
    assert "leaseline.csv" in house.run("dialplan", "asterisk").stdout


def test_doctor_fails_when_nobody_listens_and_says_what_to_do(house: House) -> None:
    done = house.run("doctor", "--json")
    found = {finding["check"]: finding for finding in json.loads(done.stdout)}
    assert done.returncode == 2
    assert (found["database"]["result"], found["agi listener"]["result"]) == ("ok", "fail")
    assert "run `leaseline serve`" in found["agi listener"]["detail"]


def test_the_log_shows_what_the_page_said_of_the_visit_and_no_control_character_of_it(house: House) -> None:
    pool = house.store.sites.pool_by_name("web")
    assert pool
    visit = read_visit("https://shop.example/", "", tags={"variant": "b", "order": "42"})
    house.store.leases.grant("v", visit, [pool], NOW)
    decision = decide(house.store.calls, load(house.config).routes(), InboundCall("c1", POOL[0], "", "", NOW))
    house.store.calls.record(decision.call)
    row = house.ask("call", "show", "c1")
    assert (row["landing_variant"], row["tags"]) == ("b", {"variant": "b", "order": "42"})
    assert house.ask("call", "list")[0]["tags"] == row["tags"]
    with house.store.engine.writing() as transaction:  # of a version that let them through
        transaction.run("UPDATE session SET tags = :tags", {"tags": json.dumps({"variant": "\x1b[31mb\n"})})
    for said in (house.run("call", "list").stdout, house.run("call", "show", "c1").stdout):
        assert "?[31mb?" in said
        assert "\x1b" not in said


def test_a_printed_number_has_a_campaign_and_a_label_of_its_own(house: House) -> None:
    file = house.home / "n.csv"
    file.write_text("+12125550180,,static,spring,main,no,A7 north\n+12125550181,,static,,,,\n")
    done = house.run("number", "import", str(file), "--label", "somewhere")
    assert done.returncode == 0, done.stderr
    found = {row["number"]: (row["campaign"], row["label"]) for row in house.ask("number", "list")}
    assert found["+12125550180"] == ("spring", "A7 north")
    assert found["+12125550181"] == (None, "somewhere")
    assert house.run("number", "add", "--kind", "static", "--label", "A8", "+12125550182").returncode == 0
    assert house.ask("number", "list")[-1]["label"] == "A8"
