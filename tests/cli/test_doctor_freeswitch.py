"""What `leaseline doctor` sees of a FreeSWITCH: trunks, targets, and how many calls it lets in."""

from collections.abc import Iterator

import pytest

from tests.cli.switch import LOCATE_DIALPLAN, LOCATE_SOFIA, Switch, a_gateway, a_switch

OWN = '<context name="public"><extension name="x"><condition><action application="transfer" data="$1 XML {}"/>'
END = "</condition></extension></context>"


@pytest.fixture(scope="module")
def running_switch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Switch]:
    with a_switch(tmp_path_factory.mktemp("switch"), "of our own") as built:
        yield built


@pytest.fixture
def switch(running_switch: Switch) -> Switch:
    running_switch.reset()
    return running_switch


def calls_come_to(switch: Switch, context: str) -> tuple[str, str]:
    switch.answers["sofia status profile external"] = f"Context          \t{context}\n"
    return switch.doctor()["trunks"]


def add_context_that_transfers_to(switch: Switch, context: str) -> None:
    switch.answers[LOCATE_DIALPLAN] = f"<section>{switch.answers[LOCATE_DIALPLAN]}{OWN.format(context)}{END}</section>"


def test_a_trunk_whose_calls_go_elsewhere_is_named(switch: Switch) -> None:
    add_context_that_transfers_to(switch, "default")
    result, detail = calls_come_to(switch, "public")
    assert (result, "calls of carrier go to the context 'public'" in detail) == ("fail", True), detail


def test_a_context_of_the_business_that_transfers_to_ours_is_well(switch: Switch) -> None:
    add_context_that_transfers_to(switch, "leaseline")
    assert calls_come_to(switch, "public")[0] == "ok"


def test_a_context_that_is_in_no_file_is_not_judged(switch: Switch) -> None:
    result, detail = calls_come_to(switch, "of-the-database")
    assert (result, "cannot be seen" in detail) == ("warn", True), detail


def test_calls_of_a_gateway_that_registers_come_to_its_own_context(switch: Switch) -> None:
    switch.answers["sofia status gateway carrier"] = a_gateway("REGED", context="leaseline")
    assert calls_come_to(switch, "public")[0] == "ok"


def test_a_profile_that_lets_strangers_transfer_is_warned_of(switch: Switch) -> None:
    switch.answers[LOCATE_SOFIA] = switch.answers[LOCATE_SOFIA].replace('"true"', '"false"')
    result, detail = switch.doctor()["trunks"]
    assert (result, "set disable-transfer" in detail) == ("warn", True), detail


@pytest.mark.parametrize(
    ("question", "answer", "result", "words"),
    [
        ("sofia status gateway carrier", "Invalid Gateway!\n", "fail", "there is no gateway carrier"),
        ("sofia status gateway carrier", a_gateway("FAIL_WAIT"), "warn", "its registration FAIL_WAIT"),
        ("sofia status gateway carrier", a_gateway(status="DOWN (ping)"), "warn", "the gateway carrier is DOWN"),
        ("sofia status gateway carrier", a_gateway("REGED", "UP (ping)"), "ok", ""),
        ("user_exists id 100 example.com", "false", "fail", "there is no user 100 in the domain example.com"),
        ("sofia_contact 100@example.com", "error/user_not_registered", "warn", "nobody is registered as 100@"),
    ],
)
def test_each_target_is_looked_for(switch: Switch, question: str, answer: str, result: str, words: str) -> None:
    switch.answers[question] = answer
    found, detail = switch.doctor()["targets"]
    assert (found, words in detail) == (result, True), detail


@pytest.mark.parametrize(
    ("target", "words"),
    [("sofia/nosuch/1@example.com", "there is no sofia profile nosuch"), ("nosuch/1", "FreeSWITCH has no nosuch")],
)
def test_a_way_that_is_not_there_is_named(switch: Switch, target: str, words: str) -> None:
    switch.answers["sofia status profile nosuch"] = "Invalid Profile!\n"
    switch.configure("user/100@example.com", target)
    result, detail = switch.doctor()["targets"]
    assert (result, words in detail) == ("fail", True), detail


def test_a_fallback_that_does_not_answer_is_a_fault(switch: Switch) -> None:
    switch.answers["sofia status gateway fallback"] = a_gateway(status="DOWN")
    result, detail = switch.doctor()["fallback"]
    assert (result, "rings nobody: the gateway fallback is DOWN" in detail) == ("fail", True), detail


@pytest.mark.parametrize(
    ("ring", "legs"), [('"user/100@example.com"', 2), ('"user/100@example.com", "sofia/gateway/carrier/1"', 3)]
)
def test_the_stock_rate_is_named_with_the_value_that_is_enough(switch: Switch, ring: str, legs: int) -> None:
    switch.configure('"user/100@example.com"', ring)
    switch.answers["status"] = "0 session(s) per Sec out of max 30, peak 0, last 5min 0 \n"
    result, detail = switch.doctor()["session rate"]
    assert result == "warn"
    assert f"{30 // legs} calls a second" in detail
    assert f"sessions-per-second to {25 * legs} in" in detail
    switch.answers["status"] = f"0 session(s) per Sec out of max {25 * legs}, peak 0, last 5min 0 \n"
    assert switch.doctor()["session rate"][0] == "ok"
