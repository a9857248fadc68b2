"""Pools and numbers as the PBX admin changes them."""

from tests.cli.refusals import refusal
from tests.house import POOL, House


def test_a_pool_is_changed_and_what_is_not_named_stays(house: House) -> None:
    changed = house.ask("pool", "change", "web", "--lease", "600", "--hard", "--swap-target", "(800) 356-9377")
    assert (changed["lease_length"], changed["cooldown"], changed["swap_target"]) == (600, "hard", "+18003569377")
    assert (changed["destination"], changed["cooldown_seconds"]) == ("main", 604_800)
    assert house.ask("pool", "change", "web", "--vanity", "1-800-Flowers")["vanity"] == "800FLOWERS"
    assert house.ask("pool", "change", "web", "--soft")["cooldown"] == "soft"
    assert "does not dial" in refusal(house, "pool", "change", "web", "--swap-target", "+12125550101")
    assert house.ask("pool", "change", "web", "--vanity", "", "--swap-target", "+12125550101")["vanity"] is None


def test_a_change_that_cannot_be_is_one_clear_line(house: House) -> None:
    assert "there is no pool 'gone'" in refusal(house, "pool", "change", "gone", "--hard")
    assert "there is no [destinations.nowhere]" in refusal(house, "pool", "change", "web", "--destination", "nowhere")
    assert "is a number of ours" in refusal(house, "pool", "change", "web", "--swap-target", POOL[0])
    assert "does not dial" in refusal(house, "pool", "change", "web", "--vanity", "800FLOWERS")


def test_a_vanity_number_is_told_when_the_pool_is_made(house: House) -> None:
    made = house.ask("pool", "create", "flowers", "--swap-target", "+18003569377", "--vanity", "800FLOWERS")
    assert made["vanity"] == "800FLOWERS"


def test_what_can_text_is_read_from_a_file(house: House) -> None:
    (house.home / "n.csv").write_text("number,sms\n+12125550150,yes\n+12125550151,no\n+12125550152,maybe\n")
    done = house.run("number", "import", str(house.home / "n.csv"), "--pool", "web")
    assert "line 4: refused: 'maybe' in the column sms is neither yes nor no" in done.stderr
    texts = {row["number"]: row["sms"] for row in house.ask("number", "list")}
    assert (texts["+12125550150"], texts["+12125550151"]) == (True, False)
