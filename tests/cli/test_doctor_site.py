"""`leaseline doctor --site`: each thing that keeps visitors from their numbers is found, on real servers."""

import gzip
import json

import pytest
from werkzeug.wrappers import Response

from gateway.cli.doctor.page.site import examine
from gateway.core.numbers import Kind
from tests.browser.stage import Stage, answering
from tests.cli.sight import PHONE, Proxy, findings, header, put_up, tag_of
from tests.house import House
from web.script.tag import Wish


@pytest.mark.parametrize("wish", [Wish(), Wish(pinned=True), Wish(early=True, hide=300)])
def test_a_page_as_it_should_be_has_no_fault(stage: Stage, wish: Wish) -> None:
    put_up(stage, tag=tag_of(stage, wish))
    found = findings(stage)
    assert {result for result, _ in found.values()} == {"ok"}, found
    assert list(found) == [
        *("page", "script tag", "swap targets", "pool numbers", "page origin"),
        *("script", "script cache", "script content", "policy", "lease API"),
    ]


def test_looking_leases_nothing_and_stores_nothing(stage: Stage) -> None:
    put_up(stage)
    findings(stage)
    assert stage.shop.rows() == []


# The page


@pytest.mark.parametrize("address", ["ftp://x", "www.example.com", "http://[", "http://x:99999/", ""])
def test_what_is_no_address_is_said(stage: Stage, address: str) -> None:
    (only,) = examine(stage.shop.config, address)
    assert (only.check, only.result) == ("page", "fail")


def test_a_page_that_does_not_answer_is_said(stage: Stage) -> None:
    (only,) = examine(stage.shop.config, "http://127.0.0.1:1/")
    assert only.result == "fail"
    assert "cannot be fetched" in only.detail
    stage.api.app = Response("no", 503)
    (only,) = examine(stage.shop.config, stage.api_url)
    assert "answers 503" in only.detail


def test_redirects_are_followed_but_not_in_circles(stage: Stage) -> None:
    put_up(stage)
    stage.api.app = Response("", 302, {"Location": f"{stage.site_url}/"})
    assert examine(stage.shop.config, stage.api_url)[0].detail.startswith(f"{stage.site_url}/ answers 200")
    stage.api.app = Response("", 302, {"Location": "/"})
    assert "more than 5 redirects" in examine(stage.shop.config, stage.api_url)[0].detail


def test_a_page_without_end_is_given_up_on(stage: Stage) -> None:
    stage.api.app = Response(b"x" * 65536 for _ in range(1000))
    assert "longer than 5 MiB" in examine(stage.shop.config, stage.api_url)[0].detail
    packed = gzip.compress(b"x" * 50_000_000)
    stage.api.app = Response(packed, headers={"Content-Encoding": "gzip"})
    assert "longer than 5 MiB" in examine(stage.shop.config, stage.api_url)[0].detail


def test_a_page_in_rubbish_ends_without_a_traceback(stage: Stage) -> None:
    put_up(
        stage,
        body="<![<!--<a <b>&#x;</p " * 50,
        head="<base href='http://['><script src='http://[' data-site></script>",
    )
    assert findings(stage)["page"][0] == "ok"
    put_up(stage, tag=f'<script async src="http://[" data-site="{stage.shop.site.key}"></script>')
    assert findings(stage)["script tag"][0] == "fail"


def test_a_page_of_another_origin_is_said(stage: Stage) -> None:
    put_up(stage)
    found = {one.check: one for one in examine(stage.shop.config, stage.site_url.replace("127.0.0.1", "localhost"))}
    assert found["page origin"].result == found["lease API"].result == "fail"
    assert stage.site_url in found["page origin"].detail
    assert "This origin is not one of the site's" in found["lease API"].detail


# The numbers


@pytest.mark.parametrize(
    "body",
    [
        "<p>212.555.0100</p>",
        "<span>(212)</span> <b>555</b>-<i>01</i>00",
        "<p>+1 (212) 555&nbsp;0100</p>",
        "<a href='tel:%28212%29%20555-0100;ext=5'>call</a>",
        "<img alt='Call 2125550100'>",
        "<p>since 1999 212-555-0100</p>",
        "<span>212-555-0100</span><span>212-555-0101</span>",
    ],
)
def test_a_swap_target_is_found_as_the_script_would(stage: Stage, body: str) -> None:
    put_up(stage, body=body)
    assert findings(stage)["swap targets"] == ("ok", "+12125550100")


@pytest.mark.parametrize(
    "body",
    [
        "<script>'(212) 555-0100'</script>",
        "<style>/* 212-555-0100 */</style>",
        "<p>212-555-01000</p>",
        "<p>(212)</p><p>555-0100</p>",
    ],
)
def test_a_swap_target_that_is_not_on_the_page_is_said(stage: Stage, body: str) -> None:
    put_up(stage, body=body)
    result, detail = findings(stage)["swap targets"]
    assert result == "warn"
    assert "not in the HTML: +12125550100: the script may still find it if JavaScript writes it" in detail


@pytest.mark.parametrize(
    "body",
    [
        "<p>(646) 555-0110</p>",
        '<a href="tel:+16465550110">call</a>',
        '<script type="application/ld+json">{"telephone": "+1-646-555-0110"}</script>',
        '<meta name="description" content="call 646 555 0110">',
        "<p>646-555-0199</p>",
    ],
)
def test_a_pool_number_in_a_cached_page_is_named(stage: Stage, body: str) -> None:
    stage.shop.add_numbers(stage.shop.pool, ["+16465550199"], Kind.SHARED)
    put_up(stage, body=PHONE + body)
    result, detail = findings(stage)["pool numbers"]
    assert result == "fail"
    assert detail.startswith("+1646555019" if "0199" in body else "+16465550110")
    assert "a cache has stored a page that was swapped" in detail


# The lease API


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("Access-Control-Allow-Origin", None, "without Access-Control-Allow-Origin"),
        ("Cache-Control", "max-age=60", "without no-store"),
    ],
)
def test_lease_answers_that_a_proxy_has_changed_are_said(
    stage: Stage, name: str, value: str | None, words: str
) -> None:
    put_up(stage)
    Proxy(stage, "/v1/", header(name, value))
    result, detail = findings(stage)["lease API"]
    assert result == "fail"
    assert words in detail


def test_a_lease_api_that_is_not_passed_on_is_said(stage: Stage) -> None:
    put_up(stage)
    stage.api.answer = answering(404, "<h1>Not found</h1>")
    assert "answers 404: let the web server pass /v1/ on to us" in findings(stage)["lease API"][1]


def test_the_command_prints_a_table_or_json_of_the_site_alone(house: House) -> None:
    done = house.run("doctor", "--site", "http://127.0.0.1:1/", "--json")
    assert done.returncode == 2
    (only,) = json.loads(done.stdout)
    assert (only["check"], only["result"]) == ("page", "fail")
    assert "cannot be fetched" in house.run("doctor", "--site", "http://127.0.0.1:1/").stdout
