"""`leaseline doctor --site`: what a cache, an optimiser or a policy does to the script is found."""

from collections.abc import Callable

import pytest
from werkzeug.wrappers import Response

from tests.browser.stage import Stage
from tests.cli.sight import Proxy, findings, header, put_up, tag_of
from web.script import tag as tags
from web.script.bundle import swap_script
from web.script.tag import Wish

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
    put_up(stage)
    Proxy(stage, "/swap.js", header("Content-Type", "text/html; charset=utf-8"))  # not found, but politely
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
