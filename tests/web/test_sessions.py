"""What is kept of a visit, and what is not where the visitor does not want it."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from gateway.config import ConfigError
from gateway.core.calls.attribution import Kind
from tests.web.shop import FROM_AD, ORIGIN, START, Json, Shop, numbers_in

SHARED = "+16465550199"
TABLES = ("visitor", "session", "lease", "tap")


def session(shop: Shop) -> Json:
    return shop.store.engine.read("SELECT * FROM session ORDER BY started_at DESC LIMIT 1")[0]


def first(shop: Shop, url: str = f"{ORIGIN}/ad?gclid=first", days: float = 3) -> Json:
    at = shop.clock.at - timedelta(days=days)
    return {"url": url, "referrer": "https://www.google.com/", "at": int(at.timestamp() * 1000)}


def test_the_first_touch_is_the_sessions_landing_page(shop: Shop) -> None:
    shop.ask(url=f"{ORIGIN}/contact", referrer=f"{ORIGIN}/ad", first=first(shop))
    row = session(shop)
    assert (row["landing_page_url"], row["referring_url"]) == (f"{ORIGIN}/ad?gclid=first", "https://www.google.com/")
    assert json.loads(row["parameters"]) == {"gclid": "first"}
    assert row["landed_at"] == int((START - timedelta(days=3)).timestamp() * 1000)
    assert row["page_url"] == f"{ORIGIN}/contact"


@pytest.mark.parametrize(
    ("url", "days"),
    [("https://evil.example/ad?gclid=x", 3), (f"{ORIGIN}/ad?gclid=x", 91), (f"{ORIGIN}/ad?gclid=x", -1)],
)
def test_a_first_touch_that_cannot_be_is_passed_over(shop: Shop, url: str, days: float) -> None:
    shop.ask(referrer="https://bing.example/", first=first(shop, url, days))
    row = session(shop)
    assert (row["landing_page_url"], row["referring_url"]) == (FROM_AD, "https://bing.example/")
    assert row["landed_at"] is None


@pytest.mark.parametrize("at", [-1, 2**63, 1e400, "1", 253_402_300_800_000])
def test_a_first_touch_at_no_time_is_refused(shop: Shop, at: object) -> None:
    assert shop.ask(first={"url": FROM_AD, "at": at}).status_code == 400


def test_a_first_touch_at_the_end_of_all_time_is_passed_over(shop: Shop) -> None:
    assert shop.ask(first={"url": FROM_AD, "at": 253_402_300_799_999}).status_code == 200


def test_tags_are_kept_with_the_session(shop: Shop) -> None:
    shop.ask(tags={"order": "42", "plan": "gold"})
    assert json.loads(session(shop)["tags"]) == {"order": "42", "plan": "gold"}


def test_a_cookieless_visit_is_leased_and_keeps_no_query(shop: Shop) -> None:
    answer = shop.ask(consent="cookieless", referrer="https://g.example/?q=1", first=first(shop)).get_json()
    assert numbers_in(answer)
    row = session(shop)
    assert (row["landing_page_url"], row["page_url"]) == (f"{ORIGIN}/ad", f"{ORIGIN}/beds")
    assert (row["referring_url"], row["parameters"]) == ("https://www.google.com/", "{}")


@pytest.mark.parametrize(
    ("consent", "headers"), [("source", {}), ("default", {"Sec-GPC": "1"}), ("cookieless", {"Sec-GPC": "1"})]
)
def test_without_consent_everybodys_number_is_shown_and_nothing_stored(
    shop: Shop, consent: str, headers: dict[str, str]
) -> None:
    shop.add_numbers(shop.pool, [SHARED], Kind.SHARED)
    body = {"site": shop.site.key, "url": FROM_AD, "found": ["2125550100"], "consent": consent, "tags": {"a": "b"}}
    known = shop.lease()["visitor"]
    before = {table: shop.store.engine.read(f"SELECT * FROM {table}") for table in TABLES}
    answer = shop.post("/v1/lease", {**body, "visitor": known}, headers=headers).get_json()
    assert numbers_in(answer) == [SHARED]
    assert answer["numbers"][0]["choice"] == "shared"
    assert (answer["visitor"], answer["lease"], answer["held_for"], answer["expires_in"]) == ("", "", 1200, 0)
    assert {table: shop.store.engine.read(f"SELECT * FROM {table}") for table in TABLES} == before


def test_consent_goes_before_what_the_browser_says_of_itself(shop: Shop) -> None:
    body = {"site": shop.site.key, "url": FROM_AD, "found": ["2125550100"], "consent": "granted"}
    assert shop.post("/v1/lease", body, headers={"Sec-GPC": "1"}).get_json()["lease"]


def test_without_a_shared_number_the_pages_own_stays(shop: Shop) -> None:
    assert shop.ask(consent="source").get_json()["numbers"] == []


@pytest.fixture
def geo(tmp_path: Path) -> Path:
    writer = MMDBWriter(4, "GeoLite2-City", languages=["en"], description="test")
    record = {"country": {"iso_code": "US"}, "subdivisions": [{"iso_code": "NY"}]}
    writer.insert_network(IPSet(["203.0.113.0/24"]), record)
    writer.insert_network(IPSet(["198.51.100.0/24"]), {"country_code": "FR", "state1": "Normandy"})
    writer.insert_network(IPSet(["192.0.2.0/24"]), {"country": {"iso_code": 7}, "subdivisions": []})
    file = tmp_path / "city.mmdb"
    writer.to_db_file(str(file))
    return file


def test_country_and_region_come_from_the_operators_file(tmp_path: Path, geo: Path) -> None:
    shop = Shop(tmp_path, numbers=[f"+1646555{place:04}" for place in range(9)], geo_database=str(geo))
    body = {"site": shop.site.key, "url": FROM_AD, "found": ["2125550100"]}
    places = {"203.0.113.7": ("US", "NY"), "198.51.100.7": ("FR", "Normandy"), "192.0.2.7": ("", ""), "": ("", "")}
    for network, place in {**places, "2001:db8::7": ("", "")}.items():
        shop.clock.forward(1)
        assert numbers_in(shop.post("/v1/lease", body, network=network).get_json())
        assert (session(shop)["country"], session(shop)["region"]) == place
    shop.store.close()


@pytest.mark.parametrize("content", [None, b"", b"no database" * 100])
def test_a_geo_database_that_cannot_be_read_stops_the_start(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "city.mmdb"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError, match=r"\[web\] geo_database: cannot read .*city\.mmdb"):
        Shop(tmp_path, geo_database=str(file))
