"""What keeps robots from draining a pool, and what nobody may notice who is none."""

import json
import re
from pathlib import Path

import pytest

from gateway.core.calls.attribution import Kind
from gateway.core.leasing.crowd import MOST_LIVE
from tests.web.shop import BROWSER, TARGET, Json, Shop, numbers_in

HOME = "203.0.113.7"
ROBOTS = (
    "", " ", "Googlebot/2.1 (+http://www.google.com/bot.html)", "Mozilla/5.0 (compatible; bingbot/2.0)",
    "facebookexternalhit/1.1", "Mozilla/5.0 AppleWebKit/537.36 (compatible; GPTBot/1.2)", "curl/8.9",
    f"{BROWSER.replace('Chrome/', 'HeadlessChrome/')}",
)  # fmt: skip
PEOPLE = (
    BROWSER,
    "Mozilla/5.0 (iPhone; CPU iPhone OS 26_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 "
    "Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:153.0) Gecko/20100101 Firefox/153.0",
    "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/29.0 Chrome/136.0 Mobile "
    "Safari/537.36",
)
AHEAD = (
    {"Sec-Purpose": "prefetch"},
    {"Sec-Purpose": "prefetch;prerender"},
    {"Purpose": "prefetch"},
    {"X-Moz": "prefetch"},
)
NOTHING = {"visitor": "", "lease": "", "numbers": [], "expires_in": 0, "held_for": 0, "held_after_bye": 0}


def ask(shop: Shop, network: str = HOME, headers: dict[str, str] | None = None, **changes: object) -> Json:
    body = {"site": shop.site.key, "url": "https://shop.example/", "found": ["(212) 555-0100"], **changes}
    answer = shop.post("/v1/lease", body, network=network, headers=headers)
    assert answer.status_code == 200
    return dict(answer.get_json())


def assert_is_nothing(shop: Shop, answer: Json) -> None:
    assert answer == {**answer, **NOTHING}
    assert set(answer) == set(shop.lease())


@pytest.fixture
def roomy(tmp_path: Path) -> Shop:
    return Shop(tmp_path, numbers=[f"+1646555{place:04}" for place in range(100)])


@pytest.mark.parametrize("user_agent", ROBOTS)
def test_robots_take_no_number(shop: Shop, user_agent: str) -> None:
    assert_is_nothing(shop, ask(shop, headers={"User-Agent": user_agent}))


@pytest.mark.parametrize("user_agent", PEOPLE)
def test_people_are_no_robots(shop: Shop, user_agent: str) -> None:
    assert numbers_in(ask(shop, headers={"User-Agent": user_agent}))


@pytest.mark.parametrize("headers", AHEAD, ids=str)
def test_a_page_that_is_loaded_ahead_takes_no_number(shop: Shop, headers: dict[str, str]) -> None:
    assert_is_nothing(shop, ask(shop, headers=headers))


def test_a_browser_that_a_program_drives_takes_no_number(shop: Shop) -> None:
    assert_is_nothing(shop, ask(shop, webdriver=True))


def test_a_long_user_agent_costs_no_more_than_a_short_one(shop: Shop) -> None:
    assert numbers_in(ask(shop, headers={"User-Agent": BROWSER + "x" * 7000 + "Googlebot"}))


def test_a_network_that_asks_too_often_is_shown_the_shared_number(roomy: Shop) -> None:
    roomy.add_numbers(roomy.pool, ["+16465559999"], Kind.SHARED)
    answers = [ask(roomy) for _ in range(25)]
    assert [len(one["visitor"]) > 0 for one in answers] == [True] * 20 + [False] * 5
    assert {one["choice"] for answer in answers[10:] for one in answer["numbers"]} == {"shared"}
    assert {one["lease"] for one in answers[10:]} == {""}
    assert all(numbers_in(one) for one in answers)
    assert numbers_in(ask(roomy, "198.51.100.1"))
    roomy.clock.forward(6)
    assert ask(roomy)["visitor"]


def test_a_visitor_who_is_known_is_not_limited(roomy: Shop) -> None:
    first = ask(roomy)
    for _ in range(30):
        again = ask(roomy, visitor=first["visitor"])
        assert numbers_in(again) == numbers_in(first)
    assert ask(roomy)["visitor"]


def test_an_office_holds_ten_numbers(roomy: Shop) -> None:
    assert sum(bool(numbers_in(ask(roomy))) for _ in range(15)) == 10


def test_without_a_proxys_word_nobody_is_limited(roomy: Shop) -> None:
    assert all(numbers_in(ask(roomy, network="")) for _ in range(30))


def test_a_client_that_names_itself_another_is_not_believed(tmp_path: Path) -> None:
    shop = Shop(tmp_path, numbers=[f"+1646555{place:04}" for place in range(100)], trusted_proxies=())
    asked = [bool(numbers_in(ask(shop, network=f"198.51.100.{place}"))) for place in range(15)]
    assert sum(asked) == 10
    shop.store.close()


def test_no_address_is_ever_stored(shop: Shop) -> None:
    answer = ask(shop)
    body = {"site": shop.site.key, "visitor": answer["visitor"], "lease": answer["lease"], "href": "tel:+12125550100"}
    assert shop.post("/v1/tel", body, network=HOME).status_code == 204
    shop.store.engine.database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    assert HOME.encode() not in shop.config.database.path.read_bytes()
    network = shop.store.engine.read("SELECT network FROM lease")[0]["network"]
    assert re.fullmatch("[0-9a-f]{24}", network)
    assert shop.store.engine.read("SELECT network FROM tap")[0]["network"] == network


def test_an_answer_names_nobody_elses_number(roomy: Shop) -> None:
    first, second = ask(roomy), ask(roomy, "198.51.100.1")
    for number in numbers_in(first):
        assert number[-7:] not in str(second)
    assert second["numbers"][0]["target"] == TARGET


def test_a_network_cannot_take_back_all_the_numbers_that_it_ever_had(tmp_path: Path) -> None:
    shop = Shop(tmp_path, numbers=[f"+1646555{place:04}" for place in range(20)])
    visitors: list[str] = []
    while len(visitors) < 36:
        answer = ask(shop)
        visitors += [answer["visitor"]] if answer["visitor"] else []
        shop.clock.forward(31)  # each lets its lease lapse, and the number cools for it
    held = [ask(shop, visitor=visitor)["lease"] for visitor in reversed(visitors)]
    assert sum(map(bool, held)) == MOST_LIVE
    assert numbers_in(ask(shop, "203.0.113.200"))
    shop.store.close()


def test_what_a_page_says_of_its_visit_never_costs_its_number(shop: Shop) -> None:
    tags: Json = {"order": 42, "long": "x" * 9999, "list": [1], **{f"z{place}": "y" for place in range(50)}}
    answer = ask(shop, tags=tags)
    assert numbers_in(answer)
    stored = json.loads(shop.store.engine.read("SELECT tags FROM session")[0]["tags"])
    assert (stored["order"], len(stored["long"]), "list" in stored, len(stored)) == ("42", 256, False, 10)
    assert (
        shop.post("/v1/beat", {"site": shop.site.key, "lease": answer["lease"], "tags": {"order": 43}}).status_code
        == 200
    )
    assert shop.store.engine.read("SELECT tags FROM session") == [{"tags": '{"order": "43"}'}]
