"""What the lease API says to those it does not serve: always a problem that says what to do, never a traceback."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from tests.web.shop import ORIGIN, Shop, numbers_in
from web.lease.bodies import MOST_BYTES, MOST_FOUND

PATHS = ("/v1/lease", "/v1/beat", "/v1/tel", "/v1/bye", "/v1/miss")
HOLD_THE_LOCK = """
import fcntl, sys
lock = open(sys.argv[1], "ab")
fcntl.flock(lock, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""
BAD_BODIES = {
    "empty": b"",
    "not JSON": b"site=1",
    "not UTF-8": b'{"site": "\xff\xfe", "lease": "", "found": []}',
    "cut short": b'{"site": "',
    "an array": b"[]",
    "a number": b"1",
    "null": b"null",
    "a huge number": b'{"site": ' + b"9" * 5000 + b"}",
    "a huge number among the digits": b'{"site": "SITE", "lease": 1e999, "url": 1e999, "found": [' + b"1" * 400 + b"]}",
    "NaN": b'{"site": NaN}',
    "deep": b"[" * 8000,
    "deep and closed": b'{"site":' + b"[" * 4000 + b"]" * 4000 + b"}",
    "a lone surrogate": b'{"site": "\\ud800", "lease": "\\udfff", "found": ["\\ud800"]}',
    "no site": b'{"lease": "", "found": []}',
    "site of a wrong type": b'{"site": 1, "lease": "", "found": []}',
    "lease of a wrong type": b'{"site": "SITE", "lease": [], "url": [], "found": "2125550100"}',
    "digits as numbers": b'{"site": "SITE", "lease": null, "url": null, "found": [2125550100]}',
    "objects for texts": b'{"site": "SITE", "lease": {}, "url": {}, "href": {}, "found": [{}]}',
}


def assert_is_problem(response: TestResponse, status: int) -> None:
    assert response.status_code == status
    assert response.content_type == "application/problem+json"
    problem = response.get_json()
    assert problem["status"] == status
    assert problem["title"]
    assert "Traceback" not in response.text
    assert response.headers["Cache-Control"] == "no-store"


@contextlib.contextmanager
def locked_elsewhere(shop: Shop) -> Iterator[None]:
    """Have another process hold the write lock."""
    command = [sys.executable, "-c", HOLD_THE_LOCK, f"{shop.config.database.path}.lock"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        yield
        holder.communicate()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("kind", BAD_BODIES)
def test_bad_bodies_never_make_a_500(shop: Shop, path: str, kind: str) -> None:
    body = BAD_BODIES[kind].replace(b"SITE", shop.site.key.encode())
    assert_is_problem(shop.post(path, body), 400)


@given(st.binary(max_size=400))
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_bytes_never_make_a_500(shop: Shop, body: bytes) -> None:
    assert_is_problem(shop.post("/v1/lease", body), 400)


@given(
    visitor=st.text(max_size=80),
    url=st.text(max_size=200),
    referrer=st.text(max_size=80),
    extra=st.dictionaries(st.text(max_size=8), st.integers() | st.text(max_size=8) | st.none(), max_size=3),
)
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_texts_never_make_a_500(
    shop: Shop, visitor: str, url: str, referrer: str, extra: dict[str, object]
) -> None:
    known = {"site": shop.site.key, "visitor": visitor, "url": url, "referrer": referrer, "found": ["2125550100"]}
    assert shop.post("/v1/lease", {**extra, **known}).status_code == 200


@pytest.mark.parametrize(
    "text", ["\x00", "a\x00b", "\u2028", "\U0001f600" * 500, "http://[", "?" + "&" * 2000, "%ff?utm_campaign=%00"]
)
def test_odd_urls_are_served(shop: Shop, text: str) -> None:
    assert numbers_in(shop.ask(url=text, referrer=text).get_json())


@pytest.mark.parametrize("path", PATHS)
def test_body_that_is_too_large_is_refused(shop: Shop, path: str) -> None:
    assert_is_problem(shop.post(path, b" " * (MOST_BYTES + 1)), 413)


def test_page_full_of_digits_still_gets_its_number(shop: Shop) -> None:
    texts = [f"{place:08}" for place in range(MOST_FOUND)]
    assert numbers_in(shop.lease(found=["2125550100", *texts, "1" * 9999]))
    assert not numbers_in(shop.lease(found=[*texts, "2125550100"]))  # beyond what is looked at


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("origin", [None, "null", "https://evil.example", f"{ORIGIN}.evil.example", ORIGIN.upper()])
def test_foreign_origin_reads_its_refusal_and_tries_no_more(shop: Shop, path: str, origin: str | None) -> None:
    body = {"site": shop.site.key, "found": ["2125550100"], "lease": "", "href": ""}
    response = shop.post(path, body, origin)
    assert_is_problem(response, 403)
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Vary"] == "Origin"
    assert shop.rows() == []


def test_listed_origin_alone_may_read_the_answer(shop: Shop) -> None:
    response = shop.ask()
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert response.headers["Vary"] == "Origin"
    assert response.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in response.headers
    assert "Access-Control-Allow-Credentials" not in response.headers


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("key", ["", "nobody", "\x00", "' OR 1=1 --"])
def test_unknown_site_is_refused(shop: Shop, path: str, key: str) -> None:
    response = shop.post(path, {"site": key, "found": [], "lease": "", "href": ""})
    assert_is_problem(response, 404)
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_unknown_path_and_method_are_problems_too(shop: Shop) -> None:
    assert_is_problem(shop.client.get("/v2/lease"), 404)
    assert_is_problem(shop.client.get("/v1/lease"), 405)


@pytest.mark.parametrize("request_name", ["ask", "beat"])
def test_locked_database_answers_503_and_no_traceback(shop: Shop, request_name: str) -> None:
    held = shop.lease()
    with locked_elsewhere(shop):
        response = shop.ask() if request_name == "ask" else shop.beat(held["lease"])
    assert_is_problem(response, 503)
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert str(shop.folder) not in response.text
    assert shop.lease(held["visitor"])["numbers"] != []


def test_page_without_the_target_waits_for_no_lock(shop: Shop) -> None:
    with locked_elsewhere(shop):
        assert shop.lease(found=["4445556666"])["numbers"] == []


def test_lost_tables_answer_503_and_no_traceback(shop: Shop) -> None:
    shop.store.engine.database.execute("ALTER TABLE site RENAME TO lost")
    assert_is_problem(shop.ask(), 503)
    assert_is_problem(shop.client.get("/healthz"), 503)


def test_bug_of_ours_answers_500_and_no_traceback(shop: Shop, tmp_path: Path) -> None:
    with shop.store.engine.writing() as transaction:
        transaction.run("UPDATE site SET origins = :junk", {"junk": json.dumps(7)})  # nothing of ours writes this
    response = shop.ask()
    assert_is_problem(response, 500)
    assert "keep the page's own number" in response.get_json()["title"]
    assert "TypeError" not in response.text
