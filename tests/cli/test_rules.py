"""Rules as the owner of the site writes and tries them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import DESTINATIONS
from tests.cli.refusals import refusal
from tests.house import POOL, SWAP_TARGET, House
from tests.house import house as a_house

SHOP = "https://shop.example"
ADS, BRAND = "+12125550150", "+12125550151"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with a_house(tmp_path, DESTINATIONS, origins=[SHOP]) as built:
        yield built


def words(name: str, number: str, condition: str, *more: str) -> list[str]:
    return ["rule", "add", "--pool", "web", "--name", name, "--number", number, *more, condition]


def add(house: House, name: str, number: str, condition: str, *more: str) -> Any:
    return house.ask(*words(name, number, condition, *more))


def test_rules_are_added_in_order_listed_moved_and_removed(house: House) -> None:
    made = add(house, "ads", "(212) 555-0150", "SOURCE = Google and medium = cpc", "--sms")
    assert made == {
        "name": "ads", "pool": "web", "swap_target": SWAP_TARGET, "priority": 1, "number": ADS, "campaign": "ads",
        "destination": "main", "condition": "source = google and medium = cpc", "overflow": False,
    }  # fmt: skip
    add(house, "brand", BRAND, "source = google and medium = cpc and campaign contains brand", "--before", "ads")
    add(house, "boats", "+12125550152", "landing_path starts with /boats")
    assert house.ask("rule", "move", "boats", "--before", "brand")["priority"] == 1
    assert [row["name"] for row in house.ask("rule", "list")] == ["boats", "brand", "ads"]
    assert house.ask("rule", "remove", "boats") == {"removed": "boats", "number": "+12125550152"}
    assert [row["name"] for row in house.ask("rule", "list", "--site", "shop")] == ["brand", "ads"]
    texts = {row["number"]: (row["kind"], row["sms"]) for row in house.ask("number", "list")}
    assert (texts[ADS], texts[BRAND]) == (("source", True), ("source", False))
    assert house.ask("explain", ADS)["attribution_reason"].endswith("The rule ads shows it.")


def test_a_number_of_kind_source_gets_a_rule(house: House) -> None:
    house.ask("number", "add", "--kind", "source", "--campaign", "google ads", ADS)
    made = add(house, "ads", ADS, "source = google")
    assert (made["campaign"], made["destination"]) == ("google ads", "main")


REFUSED = (
    ("b", BRAND, "source is google", "the condition cannot be used: column 8: expected `=`"),
    ("b", BRAND, 'campaign matches "(a+)+"', "column 18: the pattern cannot be used: it repeats"),
    ("b", BRAND, "source = google and medium = cpc", "b would never be reached: ads stands before it"),
    ("b", BRAND, "source = a and source = b", "nobody can ever fit it: `source = b` rules out `source = a`"),
    ("b", ADS, "source = bing", "is the number of the rule ads"),
    ("ads", BRAND, "source = bing", "a rule 'ads' exists already"),
    ("b", POOL[0], "source = bing", "is a number of ours that others are shown"),
    ("b", SWAP_TARGET, "source = bing", "is printed on the site (swap target of pool web)"),
    ("b", "+13125550100", "source = bing", "destinations.main forwards calls to +13125550100"),
    ("b", "12", "source = bing", "is not a phone number"),
    ("b\n", BRAND, "source = bing", "is not a name"),
)


def test_what_would_tell_nothing_is_refused_with_the_reason(house: House) -> None:
    add(house, "ads", ADS, "source = google")
    for name, number, condition, said in REFUSED:
        assert said in refusal(house, *words(name, number, condition))
    assert len(house.ask("rule", "list")) == 1


def test_names_that_are_none_are_refused(house: House) -> None:
    assert "there is no pool 'gone'" in refusal(
        house, "rule", "add", "--pool", "gone", "--name", "b", "--number", ADS, "source = a"
    )
    assert "there is no [destinations.gone]" in refusal(house, *words("b", ADS, "source = a", "--destination", "gone"))
    for command in ("remove", "move"):
        assert "there is no such rule 'gone'" in refusal(house, "rule", command, "gone")


def test_a_rule_by_country_is_added_with_a_warning_where_no_country_is_known(house: House) -> None:
    done = house.run(*words("ads", ADS, "source = google"))
    assert (done.returncode, done.stderr) == (0, "")
    done = house.run(*words("home", BRAND, "source = bing and not (campaign = a or country = us)"))
    assert (done.returncode, "warning: until [web] geo_database names a file" in done.stderr) == (0, True)
    assert [row["name"] for row in house.ask("rule", "list")] == ["ads", "home"]
    house.config.write_text(house.config.read_text().replace("[web]", '[web]\ngeo_database = "/geo.mmdb"'))
    done = house.run(*words("away", "+12125550152", "country = ca"))
    assert (done.returncode, done.stderr) == (0, "")


def test_a_number_that_a_rule_shows_is_not_given_up_before_the_rule(house: House) -> None:
    add(house, "ads", ADS, "source = google")
    add(house, "the boats", BRAND, "landing_path starts with /boats")
    said = "it is the number of the rule ads: `leaseline rule remove ads` first"
    for step in (["pause"], ["retire"], ["release", "--force"]):
        assert said in refusal(house, "number", *step, ADS)
    assert "`leaseline rule remove 'the boats'` first" in refusal(house, "number", "retire", BRAND)
    assert house.ask("number", "pause", POOL[0]) == {"paused": 1, "refused": []}
    house.run("rule", "remove", "ads")
    assert house.ask("number", "retire", ADS) == {"retired": 1, "refused": []}
    assert house.ask("number", "release", "--force", ADS) == {"released": 1, "refused": []}


def test_a_url_is_tried_and_what_serves_it_and_why_is_told(house: House) -> None:
    add(house, "brand", BRAND, "source = google and campaign contains brand")
    add(house, "ads", ADS, "source = google and medium = cpc and device = mobile")
    phone = ("--user-agent", "Mozilla/5.0 (iPhone) Mobile/15E148")
    landing = f"{SHOP}/boats?gclid=x&utm_campaign=spring"
    tried = house.ask("rule", "test", landing, "--referrer", "https://www.google.com/", *phone)
    assert tried["session"]["medium"] == "cpc"
    target = tried["targets"][0]
    assert (target["shows"], target["rule"], target["number"]) == ("rule", "ads", ADS)
    assert [one["why"] for one in target["tried"]] == [
        "campaign is 'spring', so campaign contains brand does not hold", "it holds",
    ]  # fmt: skip
    said = house.run("rule", "test", landing, *phone).stdout
    assert f"rule ads: it holds\n  shows {ADS}" in said


def test_a_url_that_no_rule_fits_is_served_by_the_pool_and_a_robot_by_nothing(house: House) -> None:
    add(house, "ads", ADS, "country = us")
    target = house.ask("rule", "test", f"{SHOP}/")["targets"][0]
    assert (target["shows"], target["number"], target["tried"][0]["why"]) == ("pool", None, "there is no country")
    assert house.ask("rule", "test", f"{SHOP}/", "--country", "US")["targets"][0]["number"] == ADS
    robot = house.ask("rule", "test", f"{SHOP}/", "--country", "US", "--user-agent", "Googlebot/2.1")
    assert (robot["robot"], robot["targets"][0]["shows"]) == (True, "nothing")


def test_an_overflow_rule_is_told_with_the_pools_overflow(house: House) -> None:
    add(house, "brand", BRAND, "source = google and campaign contains brand")
    made = add(house, "full", ADS, "source = google", "--overflow", "--destination", "main")
    assert (made["overflow"], made["priority"]) == (True, 2)
    assert "brand is none: overflow rules are tried after all" in refusal(
        house, *words("b", "+12125550152", "source = bing", "--overflow", "--before", "brand")
    )
    target = house.ask("rule", "test", f"{SHOP}/?utm_source=google")["targets"][0]
    assert (target["shows"], target["number"], target["overflow_rule"]) == ("pool", None, "full")
    assert (target["overflow_number"], [one["overflow"] for one in target["tried"]]) == (ADS, [False, True])
    said = house.run("rule", "test", f"{SHOP}/?utm_source=google").stdout
    assert (
        "overflow rule full: it holds\n  leases a number of the pool web; "
        f"without one left: recycled, source_shared ({ADS}), shared, the site's own\n"
    ) in said
    assert "source_shared (no rule holds)" in house.run("rule", "test", f"{SHOP}/").stdout
    served = house.ask("rule", "test", f"{SHOP}/?utm_source=google&utm_campaign=brand")["targets"][0]
    assert (served["rule"], served["overflow_rule"], len(served["tried"])) == ("brand", None, 1)


def test_a_url_of_no_site_is_refused(house: House) -> None:
    for arguments, said in (
        (["boats"], "'boats' is not a URL of a page"),
        (["https://other.example/"], "https://other.example is no origin of any site"),
        ([f"{SHOP}/", "--site", "gone"], "which site?"),
        (["https://other.example/", "--site", "shop"], "is no origin of the site shop"),
        (["http://["], "is not a URL of a page"),
    ):
        assert said in refusal(house, "rule", "test", *arguments)
