"""What config.toml may say, and what is said of the rest."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.cli.dialplan import asterisk_file
from gateway.config import Config, ConfigError, load
from gateway.core.attribution import Weights
from gateway.core.routing import Identity

ON_FREESWITCH = 'switch = "freeswitch"\n'


def hop(target: str) -> str:
    return f"[destinations.x]\nhops = [{{ ring = ['{target}'] }}]"


def fault(tmp_path: Path, text: str) -> str:
    """Return what is said of a configuration, or nothing."""
    (tmp_path / "config.toml").write_text(text, encoding="utf-8")
    try:
        load(tmp_path / "config.toml")
    except ConfigError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    "target",
    [
        "sofia/gateway/carrier/12125550142",
        "sofia/gateway/carrier/+12125550142",
        "user/100@example.com",
        "sofia/internal/100%example.com",
        "sofia/internal/sip:100@10.0.0.1:5062",
        "loopback/100/default",
        "verto_rtc/100",
    ],
)
def test_every_usual_dial_string_is_taken(tmp_path: Path, target: str) -> None:
    assert fault(tmp_path, ON_FREESWITCH + hop(target)) == ""


FOREIGN = [
    *((ON_FREESWITCH, f"{name}/{{number}}@carrier") for name in ("PJSIP", "pjsip", "SIP", "IAX2", "Local", "DAHDI")),
    *(("", f"{name}/{{number}}") for name in ("sofia/gateway/carrier", "sofia/internal", "user", "loopback", "group")),
]


@pytest.mark.parametrize(("chosen", "target"), FOREIGN)
def test_a_technology_of_the_other_switch_is_refused_wherever_it_stands(
    tmp_path: Path, chosen: str, target: str
) -> None:
    ours, theirs = ("FreeSWITCH", "sofia/gateway/carrier/12125550142") if chosen else ("Asterisk", "PJSIP/100")
    said = f"{ours} has no {target.partition('/')[0]}: write it such as {theirs}"
    dialled = target.replace("{number}", "12125550100")
    section = ours.lower()
    for text, where in (
        (hop(dialled), "destinations.x"),
        (f"[{section}]\nfallback = '{dialled}'", f"{section}: fallback"),
        (f"[trunks.c]\ndial = '{target}'", "trunks.c.dial"),
    ):
        assert f"{where}: '{dialled}': {said}" in fault(tmp_path, chosen + text)


def test_a_technology_that_only_begins_like_one_of_the_other_switch_is_taken(tmp_path: Path) -> None:
    for target in ("sofia/SIP/100", "sofia/gateway/PJSIP/100", "sip_x/100", "user/local"):
        assert fault(tmp_path, ON_FREESWITCH + hop(target)) == ""
    for target in ("PJSIP/user", "PJSIP/100@sofia", "SIP/sofia/100", "Local/100@group", "DAHDI/g1/100", "users/100"):
        assert fault(tmp_path, hop(target)) == ""


@pytest.mark.parametrize("target", ["", "/", "/carrier", "/carrier/", "//12125550142"])
def test_a_gateway_without_a_name_and_a_number_is_refused(tmp_path: Path, target: str) -> None:
    words = f"'sofia/gateway{target}' needs a gateway and a number, such as sofia/gateway/carrier/12125550142"
    assert f"destinations.x: {words}" in fault(tmp_path, ON_FREESWITCH + hop(f"sofia/gateway{target}"))
    assert f"fallback: {words}" in fault(tmp_path, f"[freeswitch]\nfallback = 'sofia/gateway{target}'")


def test_a_profile_that_is_named_like_a_gateway_is_taken(tmp_path: Path) -> None:
    assert fault(tmp_path, ON_FREESWITCH + hop("sofia/gateways/100%example.com")) == ""


@pytest.mark.parametrize("name", ["Carrier", "sip.example.com", "_", "-x", "A.b-C_9", "x" * 40])
def test_a_trunk_has_any_name_that_the_dialplan_passes_on(tmp_path: Path, name: str) -> None:
    trunk = f"[trunks.\"{name}\"]\ncountry = 'CA'\ndial = 'sofia/gateway/c/{{number}}'\n"
    assert fault(tmp_path, ON_FREESWITCH + trunk + hop("+12125550142").replace("] }", f"], trunk = '{name}' }}")) == ""
    assert load(tmp_path / "config.toml").routes().country_of(name) == "CA"


@pytest.mark.parametrize("name", ["", "a b", "a/b", "a@b", "é", "x" * 41, "a:5060", "c\\n"])
def test_a_trunk_has_no_name_that_the_dialplan_keeps_back(tmp_path: Path, name: str) -> None:
    assert "is not a trunk's name: use letters" in fault(tmp_path, f'[trunks."{name}"]')
    hops = hop("+12125550142").replace("] }", f'], trunk = "{name}" }}')
    assert "is not a trunk's name: use letters" in fault(tmp_path, hops)


@pytest.mark.parametrize("name", ["Main", "sip.example.com", "-x", "_x"])
def test_a_destination_has_a_plain_name(tmp_path: Path, name: str) -> None:
    assert "is not a name: use a-z, 0-9" in fault(
        tmp_path, hop("PJSIP/100").replace("destinations.x", f'destinations."{name}"')
    )


@pytest.mark.parametrize("key", ["asterisk_cdr", "freeswitch_cdr"])
@pytest.mark.parametrize("path", ["leaseline-cdr", "./cdr", "../cdr", "~/cdr", ""])
def test_a_cdr_path_that_the_switch_would_find_elsewhere_is_refused(tmp_path: Path, key: str, path: str) -> None:
    said = fault(tmp_path, f"[worker]\n{key} = '{path}'")
    assert f"worker.{key}: '{Path(path)}' is not an absolute path: begin it with /" in said
    assert fault(tmp_path, f"[worker]\n{key} = '/var/log/cdr'") == ""


@pytest.mark.parametrize("name", ["", "a b", "x" * 81, "${context}", "a,b", "a;b", "a'b", "é"])
def test_a_context_that_would_say_more_than_its_name_is_refused(tmp_path: Path, name: str) -> None:
    assert "freeswitch.transfer_context: " in fault(tmp_path, f'[freeswitch]\ntransfer_context = "{name}"')


@pytest.mark.parametrize("name", ["default", "pbx.example.com", "from-internal", "A_1@b", "x" * 80])
def test_every_usual_context_is_taken(tmp_path: Path, name: str) -> None:
    assert fault(tmp_path, f'[freeswitch]\ntransfer_context = "{name}"') == ""


@pytest.mark.parametrize("character", [*',|;[]{}<>"\\^&=$ \n', "é"])
def test_no_character_that_would_say_more_than_whom_to_ring_is_taken(tmp_path: Path, character: str) -> None:
    text = hop("TARGET").replace("'TARGET'", json.dumps(f"user/100{character}user/101", ensure_ascii=False))
    words = "is not a dial string such as sofia/gateway/carrier/12125550142"
    assert words in fault(tmp_path, ON_FREESWITCH + text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("switch = 'freepbx'", "switch: Input should be 'asterisk' or 'freeswitch'"),
        (hop("sofia/internal/100%example.com"), "destinations.x: 'sofia/internal/100%example.com' is not a dial"),
        (ON_FREESWITCH + hop("PJSIP/1;2"), "destinations.x: 'PJSIP/1;2' is not a dial string such as sofia/"),
        (ON_FREESWITCH + "[trunks.c]\ndial = 'PJSIP/{number};x'", "trunks.c.dial: 'PJSIP/12125550100;x' is not"),
        ("[trunks.c]\ndial = 'sofia/gateway/c,{number}'", "trunks.c.dial: 'sofia/gateway/c,12125550100' is not"),
        ("[trunks.c]\ndial = 'sofia/gateway/c'", "dial needs {number} once"),
        ("[freeswitch]\nfallback = 'user/1,user/2'", "freeswitch: fallback: 'user/1,user/2' is not a dial"),
        (ON_FREESWITCH + "[asterisk]\nfallback = 'PJSIP/1&PJSIP/2'", "asterisk: fallback: 'PJSIP/1&PJSIP/2'"),
        ("[freeswitch]\nlongest_call = 5", "freeswitch.longest_call: Input should be greater than or equal to 60"),
        ("[esl]\nhost = '::1'", "takes an IPv4 address"),
        ("[routing]\nunleased_destination = 'x'", "routing.unleased_destination: there is no [destinations.x]"),
        (
            "[routing]\nrefuse_unleased = true\nunleased_destination = 'x'\n" + hop("PJSIP/100"),
            "routing: calls to numbers that no visitor was shown are either refused or sent elsewhere: leave out",
        ),
        ("[attribution]\ndelay = 0", "attribution.delay: Input should be greater than or equal to 1"),
        ("[attribution]\ndelay = 1.5", "attribution.delay: Input should be a valid integer"),
        ("[attribution]\npower = -1.5", "attribution.power: Input should be greater than or equal to 0.1"),
        ("[attribution]\npower = nan", "attribution.power: Input should be"),
        ("[attribution]\ntap = 0.5", "attribution.tap: Input should be greater than or equal to 1"),
        ("[attribution]\ntap = inf", "attribution.tap: Input should be"),
        ("[attribution]\ntap_window = 86400", "attribution.tap_window: Input should be less than or equal to 3600"),
        ("[attribution]\nprovisional = 0", "attribution.provisional: Input should be greater than or equal to 0.001"),
        ("[attribution]\nused = 2", "attribution.used: Input should be less than or equal to 1"),
        ("[attribution]\nrepeat_fade = 99999999", "attribution.repeat_fade: Input should be less than or equal to"),
        ("[attribution]\nrepeat_from = 0", "attribution.repeat_from: Input should be greater than or equal to 0.5"),
        ("[attribution]\nunseen = 0", "attribution.unseen: Input should be greater than or equal to 0.001"),
        ("[attribution]\nwindow = 60", "unknown key 'attribution.window'"),
        ("[esl]\nhost = 'localhost'", "esl.host: 'localhost' is not an address"),
    ],
)
def test_a_bad_configuration_names_the_key(tmp_path: Path, text: str, words: str) -> None:
    assert words in fault(tmp_path, text)


def test_the_weights_of_the_file_reach_the_calls_and_the_others_are_the_cores(tmp_path: Path) -> None:
    text = "[attribution]\ntap = 7\ntap_window = 90\n[routing]\nunleased_destination = 'x'\n" + hop("PJSIP/100")
    assert fault(tmp_path, text) == ""
    routes = load(tmp_path / "config.toml").routes()
    assert routes.weights == replace(Weights(), tap=7.0, tap_window=timedelta(seconds=90))
    assert (routes.unleased, Config().routes().weights) == ("x", Weights())


def test_a_hop_says_who_is_calling_as_its_trunk_wants_it(tmp_path: Path) -> None:
    text = """
[trunks.strict]
dial = "PJSIP/{number}@strict"
number_format = "e164"
caller_id = "did"
[destinations.x]
hops = [
    { ring = ["+12125550142"], trunk = "strict" },
    { ring = ["PJSIP/100", "PJSIP/12125550142@strict", "PJSIP/strict/sip:1@10.0.0.1"] },
]
"""
    (tmp_path / "config.toml").write_text(text)
    config = load(tmp_path / "config.toml")
    first, second = config.routes().destinations["x"]
    strict = Identity(caller_id="did", plus=True)
    assert first.identities == (strict,)
    assert second.identities == (Identity(), strict, strict)


def test_a_gateway_of_freeswitch_is_a_trunk_as_well(tmp_path: Path) -> None:
    strict, profile = 'asserted_identity = "did"\ntrusted = true', 'caller_id = "did"'
    (tmp_path / "config.toml").write_text(f"{ON_FREESWITCH}[trunks.strict]\n{strict}\n[trunks.external]\n{profile}")
    config = load(tmp_path / "config.toml")
    assert config.identity("sofia/gateway/strict/12125550142") == Identity(asserted="did", trusted=True)
    assert config.identity("sofia/external/12125550142@10.0.0.1") == Identity(caller_id="did")
    assert config.identity("user/100@example.com") == Identity()


@pytest.mark.parametrize("place", ["From header", "P-Called-Party-ID: x", "X-DNI-DID", "x-dni-did", "+1", ""])
def test_a_place_that_holds_no_number_is_refused(tmp_path: Path, place: str) -> None:
    assert f"trunks.c.did: {place!r} is no place of a number" in fault(tmp_path, f'[trunks.c]\ndid = "{place}"')


@pytest.mark.parametrize("place", ["uri", "to", "To", "URI", "P-Called-Party-ID", "X-Original-To"])
def test_a_number_may_stand_in_any_header(tmp_path: Path, place: str) -> None:
    assert fault(tmp_path, f'[trunks.c]\ndid = "{place}"') == ""


def test_all_telephones_of_an_extension_are_one_target(tmp_path: Path) -> None:
    text = f"{hop('PJSIP_DIAL_CONTACTS(100)')}\n[asterisk]\nfallback = 'PJSIP_DIAL_CONTACTS(front-desk)'"
    assert fault(tmp_path, text) == ""
    for odd in ("PJSIP_DIAL_CONTACTS(100,aor)", "PJSIP_DIAL_CONTACTS()", "${PJSIP_DIAL_CONTACTS(100)}", "SHELL(id)"):
        assert "is not a dial string" in fault(tmp_path, hop(odd))


def test_dialplan_holds_what_differs_from_trunk_to_trunk() -> None:
    strict = {"did": "To", "caller_id": "did", "asserted_identity": "caller", "trusted": True, "number_format": "e164"}
    config = Config(trunks={"sip.strict-1": strict, "plain": {}})  # type: ignore[dict-item]
    lines = asterisk_file("leaseline.conf", config).splitlines()
    settings = lines[lines.index("[leaseline-settings]") : lines.index("[leaseline-inbound]")]
    assert [line.partition("Set(")[2] for line in settings if "strict-1" in line] == [
        "DNI_PLACE_sip.strict-1=to)",
        "DNI_CALLERID_sip.strict-1=did)",
        "DNI_ASSERTED_sip.strict-1=caller)",
        "DNI_TRUSTED_sip.strict-1=yes)",
        "DNI_PLUS_sip.strict-1=+)",
    ]
    assert not any("plain" in line for line in settings)
