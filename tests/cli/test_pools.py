"""Pools and numbers as the PBX admin changes them."""

from tests.cli.refusals import refusal
from tests.house import POOL, House

ORIGIN = "http://127.0.0.1:8000"


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


def test_the_order_of_overflow_is_the_pools_own_and_is_told(house: House) -> None:
    assert house.ask("pool", "show", "web")["overflow"] == "recycled,source_shared,shared,static"
    changed = house.ask("pool", "change", "web", "--overflow", "source_shared, recycled")
    assert (changed["overflow"], changed["cooldown"]) == ("source_shared,recycled,static", "soft")
    assert house.ask("pool", "change", "web", "--hard")["overflow"] == "source_shared,static"
    assert house.ask("pool", "change", "web", "--soft")["overflow"] == "source_shared,recycled,static"
    assert house.ask("pool", "list")[0]["overflow"] == "source_shared,recycled,static"
    new = ("pool", "create", "other", "--swap-target", "+12125550101", "--hard", "--overflow")
    assert house.ask(*new, "shared,source_shared,static")["overflow"] == "shared,source_shared,static"
    assert house.ask("pool", "change", "other", "--overflow", "static")["overflow"] == "static"


def test_an_overflow_that_contradicts_itself_is_refused(house: House) -> None:
    change = ("pool", "change", "web", "--overflow")
    for words, said in (
        ("", "'' in --overflow is none of recycled, source_shared, shared"),
        ("shared,random", "'random' in --overflow is none of"),
        ("static,shared", "static, the page's own number, always comes last"),
        ("shared,shared", "shared stands twice in --overflow"),
    ):
        assert said in refusal(house, *change, words)
    assert "leave recycled out of --overflow, or write --soft" in refusal(house, *change, "shared,recycled", "--hard")
    house.ask("pool", "change", "web", "--hard")
    assert "leave recycled out of --overflow, or write --soft" in refusal(house, *change, "recycled")
    assert house.ask(*change, "recycled", "--soft")["overflow"] == "recycled,static"


def test_overflow_rules_are_never_hidden_by_their_pool(house: House) -> None:
    rule = ("rule", "add", "--pool", "web", "--overflow", "--name", "full", "--number", "+12125550150", "source = a")
    house.ask(*rule)
    change = ("pool", "change", "web", "--overflow", "recycled")
    assert "the overflow rule full would never be reached: name source_shared" in refusal(house, *change)
    house.ask("rule", "remove", "full")
    house.ask(*change)
    assert "web never shows the number of an overflow rule: name source_shared" in refusal(house, *rule)


def test_a_vanity_number_is_told_when_the_pool_is_made(house: House) -> None:
    made = house.ask("pool", "create", "flowers", "--swap-target", "+18003569377", "--vanity", "800FLOWERS")
    assert made["vanity"] == "800FLOWERS"


def test_numbers_of_a_pool_are_read_in_its_country(house: House) -> None:
    made = house.ask(
        "pool", "create", "uk", "--country", "gb", "--swap-target", "020 7946 0000", "--format", "national"
    )
    assert (made["swap_target"], made["country"], made["format"]) == ("+442079460000", "GB", "national")
    assert house.run("number", "add", "--pool", "uk", "020 7946 0123").returncode == 0
    (house.home / "n.csv").write_text("number,pool\n020 7946 0124..020 7946 0125,uk\n(212) 555-0150,web\n")
    assert house.run("number", "import", str(house.home / "n.csv")).returncode == 0
    house.ask("rule", "add", "--pool", "uk", "--name", "ads", "--number", "020 7946 0126", "source = google")
    in_uk = [row["number"] for row in house.ask("number", "list", "--pool", "uk")]
    assert in_uk == [f"+44207946012{place}" for place in range(3, 7)]
    assert "+12125550150" in {row["number"] for row in house.ask("number", "list", "--pool", "web")}
    assert (house.ask("pool", "show", "web")["country"], house.ask("pool", "show", "web")["format"]) == (None, "page")
    changed = house.ask("pool", "change", "uk", "--country", "", "--format", "page")
    assert (changed["country"], changed["format"]) == (None, "page")
    assert "'UK' is not a country: write its two letters" in refusal(house, "pool", "change", "uk", "--country", "UK")
    assert "is not a phone number in US" in refusal(house, "pool", "change", "uk", "--swap-target", "020 7946 0001")


def test_what_can_text_is_read_from_a_file(house: House) -> None:
    (house.home / "n.csv").write_text("number,sms\n+12125550150,yes\n+12125550151,no\n+12125550152,maybe\n")
    done = house.run("number", "import", str(house.home / "n.csv"), "--pool", "web")
    assert "line 4: refused: 'maybe' in the column sms is neither yes nor no" in done.stderr
    texts = {row["number"]: row["sms"] for row in house.ask("number", "list")}
    assert (texts["+12125550150"], texts["+12125550151"]) == (True, False)


def test_two_pools_share_a_target_where_one_is_for_some_visitors_only(house: House) -> None:
    new = ("pool", "create", "sale", "--swap-target", "+12125550100")
    assert "`--only-for CONDITION` makes one for some visitors" in refusal(house, *new)
    assert "--only-for cannot be used: " in refusal(house, *new, "--only-for", "campaign is sale")
    made = house.ask(*new, "--only-for", "Campaign = SALE")
    assert (made["condition"], made["swap_target"]) == ("campaign = sale", "+12125550100")
    for url, pool in (("/?utm_campaign=sale", "sale"), ("/", "web")):
        told = house.ask("rule", "test", f"{ORIGIN}{url}")
        assert [one["pool"] for one in told["targets"]] == [pool]
    assert "(pool sale, for campaign = sale)" in house.run("rule", "test", f"{ORIGIN}/?utm_campaign=sale").stdout
    assert house.ask("pool", "change", "sale", "--only-for", "medium = cpc")["condition"] == "medium = cpc"
    assert "exists already" in refusal(house, "pool", "change", "sale", "--only-for", "")
    house.ask("pool", "change", "web", "--only-for", "campaign = other")
    told = house.run("rule", "test", f"{ORIGIN}/").stdout
    assert "no pool of it is for this visitor, so the site's own number stays" in told


def test_a_pool_for_some_visitors_replaces_the_letters_that_its_target_is_written_in(house: House) -> None:
    house.ask("pool", "change", "web", "--swap-target", "(800) 356-9377", "--vanity", "1-800-Flowers")
    made = house.ask("pool", "create", "sale", "--swap-target", "(800) 356-9377", "--only-for", "campaign = sale")
    assert made["vanity"] == "800FLOWERS"
