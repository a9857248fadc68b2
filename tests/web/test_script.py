"""The swap script as browsers, caches and proxies meet it."""

import base64
import gzip
import hashlib
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import brotli
import pytest
from werkzeug.test import TestResponse

from gateway.config import Config, ConfigError, load
from tests.web.shop import Shop
from web.script import minified
from web.script.bundle import swap_script

FRESH = "public, max-age=0, stale-while-revalidate=86400"
CODINGS = {"br": brotli.decompress, "gzip": gzip.decompress, "": bytes}
MOST_GZIP, MOST_BROTLI = 3072, 2800  # bytes


def fetch(shop: Shop, path: str = "/swap.js", coding: str = "", **headers: str) -> TestResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return shop.client.get(path, headers={"Accept-Encoding": coding, **named})


def shop_at(folder: Path, script_path: str) -> Shop:
    shop = Shop(folder)
    web = shop.config.web.model_copy(update={"script_path": script_path})
    shop.config = Config(database=shop.config.database, web=web)
    shop.client = shop.make_app().test_client()
    return shop


def test_script_is_served_so_that_repeat_views_swap_before_paint(shop: Shop) -> None:
    response = fetch(shop)
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == FRESH
    assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_script_fits_its_budget_as_it_travels(shop: Shop) -> None:
    assert len(fetch(shop, coding="gzip").data) <= MOST_GZIP
    assert len(fetch(shop, coding="br").data) <= MOST_BROTLI


def test_what_travels_is_the_readable_file_without_comments_and_long_names(shop: Shop) -> None:
    source, served = minified.readable("swap.js"), fetch(shop).text
    assert "/**" in source
    assert "/*" not in served
    assert len(served) < len(source) / 2


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br;q=0, gzip;q=0", ""),
        ("gzip;q=0.2, identity;q=0.5", ""),
        ("*", "br"),
        ("br;q=0, *", "gzip"),
        ("deflate", ""),
        ("identity;q=0", ""),
        ("", ""),
        (";;,q=x", ""),
    ],
)
def test_coding_is_the_one_that_the_browser_likes_best(shop: Shop, accepted: str, chosen: str) -> None:
    response = fetch(shop, coding=accepted)
    assert response.headers.get("Content-Encoding", "") == chosen
    assert response.headers["Vary"] == "Accept-Encoding"
    assert CODINGS[chosen](response.data) == swap_script().plain


def test_browser_that_has_the_script_gets_304(shop: Shop) -> None:
    for coding in CODINGS:
        first = fetch(shop, coding=coding)
        etag = first.headers["ETag"]
        assert not etag.startswith("W/")
        again = fetch(shop, coding=coding, If_None_Match=etag)
        assert (again.status_code, again.data) == (304, b"")
        for name in ("ETag", "Cache-Control", "Vary", "Access-Control-Allow-Origin", "Cross-Origin-Resource-Policy"):
            assert again.headers[name] == first.headers[name], name
        assert fetch(shop, coding=coding, If_None_Match='"old"').status_code == 200


def test_cache_that_mixes_up_codings_is_told(shop: Shop) -> None:
    etags = {fetch(shop, coding=coding).headers["ETag"] for coding in CODINGS}
    assert len(etags) == len(CODINGS)
    assert fetch(shop, coding="gzip", If_None_Match=fetch(shop, coding="br").headers["ETag"]).status_code == 200


def test_head_says_what_get_would(shop: Shop) -> None:
    for path in ("/swap.js", swap_script().pinned("/swap.js")):
        head = shop.client.head(path, headers={"Accept-Encoding": "br"})
        assert (head.status_code, head.data) == (200, b"")
        assert dict(head.headers) == dict(fetch(shop, path, "br").headers)


def test_pinned_script_never_changes_and_has_the_printed_integrity(shop: Shop) -> None:
    for coding, decode in CODINGS.items():
        response = fetch(shop, swap_script().pinned("/swap.js"), coding)
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        digest = base64.b64encode(hashlib.sha384(decode(response.data)).digest()).decode()
        assert swap_script().integrity == f"sha384-{digest}"


@pytest.mark.parametrize("path", ["/swap.00000000.js", "/swap.0000000.js", "/swap..js", "/app.js", "/swap.min.js"])
def test_no_other_version_is_sent_in_place_of_the_one_that_a_tag_names(shop: Shop, path: str) -> None:
    response = fetch(shop, path)
    assert response.status_code == 404
    assert response.content_type == "application/problem+json"
    assert response.headers["Cache-Control"] == "no-store"


def test_pinned_tag_of_another_version_says_what_to_do(shop: Shop) -> None:
    assert "leaseline site tag --pinned" in fetch(shop, "/swap.00000000.js").get_json()["title"]


def test_script_holds_no_phone_number(shop: Shop) -> None:
    shop.lease()
    text = fetch(shop).text
    assert "6465550110" not in text
    assert shop.site.key not in text


def test_script_has_the_path_that_the_owner_chose_and_old_tags_go_on_working(tmp_path: Path) -> None:
    shop = shop_at(tmp_path, "/p/app.min.js")
    pinned = swap_script().pinned("/p/app.min.js")
    assert pinned == f"/p/app.min.{swap_script().version}.js"
    assert fetch(shop, "/p/app.min.js").data == fetch(shop, pinned).data == fetch(shop, "/swap.js").data
    assert fetch(shop, pinned).headers["Cache-Control"].endswith("immutable")
    assert fetch(shop, "/p/app.min.00000000.js").status_code == 404
    shop.store.close()


@pytest.mark.parametrize(
    "path",
    ["swap.js", "/swap", "/v1/swap.js", "/a b.js", "/é.js", "/../x.js", "//x.js", "/.js", "/<a>.js", "/x.js?y=.js", ""],
)
def test_a_path_that_would_not_do_is_refused(tmp_path: Path, path: str) -> None:
    (tmp_path / "config.toml").write_text(f'[web]\nscript_path = "{path}"', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"web\.script_path: .* is not a path for the script: begin it with /"):
        load(tmp_path / "config.toml")


@pytest.mark.parametrize(
    "url",
    ["dni.example.com", "//dni.example.com", "ftp://x", "https://a/?b", "https://a b", "https://u@x", "https://x/a//b"],
)
def test_a_public_address_that_no_browser_reaches_is_refused(tmp_path: Path, url: str) -> None:
    (tmp_path / "config.toml").write_text(f'[web]\npublic_url = "{url}"', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"web\.public_url: .* write it such as https://dni\.example\.com"):
        load(tmp_path / "config.toml")


@pytest.mark.parametrize("url", ["", "https://dni.example.com", "http://127.0.0.1:8080", "https://x.example/a/b/"])
def test_every_usual_public_address_is_taken(tmp_path: Path, url: str) -> None:
    (tmp_path / "config.toml").write_text(f'[web]\npublic_url = "{url}"', encoding="utf-8")
    assert load(tmp_path / "config.toml").web.public_url == url.rstrip("/")


@pytest.fixture
def no_minifier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Stand in for a platform that has no wheel of the minifier."""
    (tmp_path / "minify.py").write_text("raise ImportError('no wheel for this machine')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    minified.minified.cache_clear()
    swap_script.cache_clear()
    yield
    minified.minified.cache_clear()
    swap_script.cache_clear()


@pytest.mark.usefixtures("no_minifier")
def test_script_is_served_as_it_is_where_there_is_no_minifier(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "web"):
        shop = Shop(tmp_path)
        for _ in range(3):
            assert fetch(shop).text == minified.readable("swap.js")
        shop.make_app()
    assert [record.getMessage().rpartition(": ")[2] for record in caplog.records] == ["no wheel for this machine"]
    shop.store.close()


def test_minifier_leaves_nothing_behind_in_the_server(shop: Shop) -> None:
    swap_script()
    assert "minify" not in sys.modules
