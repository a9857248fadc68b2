"""`leaseline doctor --site`: each thing that keeps visitors from their numbers is found, on real servers."""

import gzip
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import run_wsgi_app
from werkzeug.wrappers import Response

from gateway.cli.doctor_site import examine
from gateway.core.attribution import Kind
from tests.browser.stage import Stage, answering, open_stage
from tests.house import House
from web import tag as tags
from web.bundle import swap_script
from web.tag import Wish

PHONE = '<p>Call <a href="tel:+12125550100">(212) 555-0100</a></p>'
Change = Callable[[Response], None]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with open_stage(tmp_path) as stage:
        yield stage


class Proxy:
    """What may stand between us and the visitor: it changes answers under a path."""

    def __init__(self, stage: Stage, path: str, change: Change) -> None:
        self._app, self._path, self._change = stage.shop.app, path, change
        stage.api.app = self

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        body, status, headers = run_wsgi_app(self._app, environ)
        response = Response(body, status, headers)
        if environ["PATH_INFO"].startswith(self._path):
            self._change(response)
        return response(environ, start_response)


def findings(stage: Stage, path: str = "/") -> dict[str, tuple[str, str]]:
    """Return what is said of a page, by check; of several findings the last."""
    found = examine(stage.shop.config, stage.site_url + path)
    return {one.check: (one.result, one.detail) for one in found}


def put_up(stage: Stage, body: str = PHONE, head: str = "", tag: str | None = None) -> None:
    html = f"<!doctype html><html><head>{tag_of(stage) if tag is None else tag}{head}</head><body>{body}</body></html>"
    stage.pages.html["/"] = html


def tag_of(stage: Stage, wish: Wish | None = None) -> str:
    web = stage.shop.config.web.model_copy(update={"public_url": stage.api_url})
    return tags.tag(web, stage.shop.site.key, wish or Wish()).html


def header(name: str, value: str | None) -> Change:
    def change(response: Response) -> None:
        response.headers.pop(name, None)
        if value is not None:
            response.headers[name] = value

    return change


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


# The tag


def test_a_page_without_the_tag_is_said(stage: Stage) -> None:
    put_up(stage, tag='<script src="/other.js" data-site="ABCDEFG"></script>')
    found = findings(stage)
    assert found["script tag"][0] == "fail"
    assert found["swap targets"] == ("ok", "+12125550100")  # of the site that has the page's origin


def test_a_key_of_no_site_is_said(stage: Stage) -> None:
    put_up(stage, tag=tag_of(stage).replace(stage.shop.site.key, "gone"))
    assert findings(stage)["script tag"] == (
        "fail",
        "no site has the key 'gone': `leaseline site tag` prints the right tag",
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda tag: tag + tag, "it stands 2 times"),
        (lambda tag: tag.replace("<script async", "<script"), "it blocks"),
        (lambda tag: tag.replace("<script async", '<script async type="text/plain"'), "an optimiser"),
        (lambda tag: tag.replace("<script async", '<script type="rocketlazyloadscript"'), "an optimiser"),
        (lambda tag: tag.replace("<script async", '<script type="8f2b-text/javascript"'), "an optimiser"),
        (lambda tag: tag.replace("src=", "data-src="), "an optimiser"),
        (lambda tag: tag.replace("src=", "data-rocket-src="), "an optimiser"),
    ],
)
def test_a_tag_that_is_not_as_it_was_printed_is_said(stage: Stage, change: Callable[[str], str], words: str) -> None:
    put_up(stage, tag=change(tag_of(stage)))
    result, detail = findings(stage)["script tag"]
    assert result == "warn"
    assert words in detail


@pytest.mark.parametrize("attribute", ["defer", 'type="module"', 'async type="text/javascript"', "async=''"])
def test_every_tag_that_does_not_block_will_do(stage: Stage, attribute: str) -> None:
    put_up(stage, tag=tag_of(stage).replace("<script async", f"<script {attribute}"))
    assert findings(stage)["script tag"][0] == "ok"


# The script


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        (
            "Cache-Control",
            "public, max-age=31536000, immutable",
            "browsers keep it (public, max-age=31536000, immutable)",
        ),
        ("Cache-Control", "max-age=14400", "browsers keep it (max-age=14400)"),
        ("Cache-Control", None, "browsers keep it (no Cache-Control)"),
        ("Cache-Control", "max-age=0, stale-while-revalidate=86400, immutable", "browsers keep it"),
        ("Cache-Control", "max-age=0, must-revalidate", "no stale-while-revalidate"),
        ("Cache-Control", "max-age=0, s-maxage=86400, stale-while-revalidate=86400", "a CDN keeps it"),
        ("Age", "7200", "a CDN keeps it"),
        ("ETag", None, "its ETag is missing"),
        ("ETag", 'W/"x"', "its ETag is weak"),
    ],
)
def test_headers_that_a_cache_has_changed_are_said(stage: Stage, name: str, value: str | None, words: str) -> None:
    put_up(stage)
    Proxy(stage, "/swap.js", header(name, value))
    result, detail = findings(stage)["script cache"]
    assert result == "warn"
    assert words in detail


def test_a_script_that_travels_uncompressed_is_said(stage: Stage) -> None:
    def unpack(response: Response) -> None:
        response.set_data(swap_script().plain)
        del response.headers["Content-Encoding"]

    put_up(stage)
    Proxy(stage, "/swap.js", unpack)
    assert findings(stage)["script cache"] == (
        "warn",
        "it travels uncompressed: let the proxy pass on Accept-Encoding",
    )


def stale(response: Response) -> None:
    response.set_data(b"self.leaseline = 'of last year'")
    del response.headers["Content-Encoding"]


def test_a_stale_copy_in_a_cdn_is_said(stage: Stage) -> None:
    put_up(stage)
    Proxy(stage, "/swap.js", stale)
    result, detail = findings(stage)["script content"]
    assert result == "fail"
    assert "a stale copy in a CDN or a cache (purge it there)" in detail


def test_a_script_that_is_not_what_integrity_says_is_said(stage: Stage) -> None:
    pinned = tag_of(stage, Wish(pinned=True))
    put_up(stage, tag=pinned)
    Proxy(stage, "/swap.", stale)
    assert "browsers refuse it" in findings(stage)["script content"][1]
    put_up(stage, tag=pinned.replace(' crossorigin="anonymous"', ""))
    stage.api.app = stage.shop.app
    assert 'without crossorigin="anonymous"' in findings(stage)["script content"][1]


def test_a_pinned_tag_of_last_year_is_said(stage: Stage) -> None:
    pinned = tag_of(stage, Wish(pinned=True))
    put_up(stage, tag=pinned.replace(swap_script().version, "00000000"))
    assert "answers 404" in findings(stage)["script"][1]


def test_something_else_in_place_of_the_script_is_said(stage: Stage) -> None:
    put_up(stage, tag=tag_of(stage).replace(stage.api_url, stage.site_url))
    stage.pages.html["/swap.js"] = "<p>Not found, but politely</p>"
    assert "is sent as text/html" in findings(stage)["script"][1]


# The policy


@pytest.mark.parametrize(
    ("policy", "blocked"),
    [
        ("default-src 'self'", ["script-src", "connect-src"]),
        ("script-src 'self' @; connect-src 'self'", ["connect-src"]),
        ("script-src 'none'; connect-src *", ["script-src"]),
        ("script-src * 'strict-dynamic'; connect-src *", ["script-src"]),
        ("script-src-elem 'self'; script-src *; connect-src *", ["script-src"]),
        ("script-src https:; connect-src *", ["script-src"]),
        ("script-src @/other/; connect-src @/v1/", ["script-src"]),
        ("script-src @, script-src 'self'", ["script-src"]),
        ("script-src @/swap; connect-src *", ["script-src"]),
        ("img-src 'none'", []),
        ("default-src @", []),
        ("default-src 'none'; script-src @/swap.js; connect-src @/v1/", []),
        ("script-src 'nonce-abc' 'strict-dynamic'", []),
        ("default-src http:", []),
        ("default-src 127.0.0.1:*", []),
    ],
)
def test_a_policy_that_blocks_us_is_said(stage: Stage, policy: str, blocked: list[str]) -> None:
    written = policy.replace("@", stage.api_url)
    tag = tag_of(stage).replace("<script async", '<script async nonce="abc"')
    put_up(stage, tag=tag)
    stage.pages.headers = {"Content-Security-Policy": written, "Content-Security-Policy-Report-Only": "default-src x"}
    in_header = findings(stage)["policy"]
    stage.pages.headers = {}
    if "," not in written:
        put_up(stage, tag=tag, head=f'<meta http-equiv="content-security-policy" content="{written}">')
        assert findings(stage)["policy"] == in_header
    assert in_header[0] == ("fail" if blocked else "ok")
    assert [name for name in ("script-src", "connect-src") if f" to {name}" in in_header[1]] == blocked


@pytest.mark.parametrize(
    ("more", "result"),
    [
        ("", "fail"),
        ("'unsafe-inline'", "ok"),
        ("'unsafe-inline' 'nonce-x'", "fail"),
        ("'sha256-x'", "fail"),
        ("#", "ok"),
    ],
)
def test_a_policy_that_blocks_the_early_script_is_said(stage: Stage, more: str, result: str) -> None:
    word = tags.csp_hash(tags.early(stage.shop.site.key))
    put_up(stage, tag=tag_of(stage, Wish(early=True)))
    stage.pages.headers = {"Content-Security-Policy": f"script-src {stage.api_url} {more.replace('#', word)}"}
    found = findings(stage)["policy"]
    assert found[0] == result
    assert (f"add {word} to script-src" in found[1]) == (result == "fail")


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
