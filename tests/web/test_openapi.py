"""The OpenAPI document says what the lease API does: every answer to every request that it makes up fits it."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from tests.web.shop import BROWSER, ORIGIN, Shop
from web.contract import document
from web.lease.bodies import MOST_BYTES

PATHS = {"/v1/lease", "/v1/beat", "/v1/tel", "/v1/bye", "/v1/miss"}
CHECKS = (
    not_a_server_error, checks.status_code_conformance, checks.content_type_conformance,
    checks.response_headers_conformance, checks.response_schema_conformance,
)  # fmt: skip
GENERATION = [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE]
EXAMPLES = 100  # of each operation and mode; runs of thousands found no more


@pytest.mark.parametrize("path", sorted(PATHS))
@pytest.mark.parametrize("mode", GENERATION)
def test_every_answer_to_whatever_is_sent_fits_the_document(shop: Shop, path: str, mode: Any) -> None:
    operation = schemathesis.openapi.from_wsgi("/openapi.json", shop.app)[path]["POST"]
    statuses: set[int] = set()
    fits = mode is schemathesis.GenerationMode.POSITIVE

    @given(operation.as_strategy(generation_mode=mode), st.booleans())
    @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def send(case: Any, admitted: bool) -> None:
        if admitted and fits and isinstance(case.body, dict):
            case.body["site"] = shop.site.key
        answer = case.call(headers={"Origin": ORIGIN, "User-Agent": BROWSER})
        case.validate_response(answer, checks=CHECKS)
        statuses.add(answer.status_code)

    send()
    assert statuses & {200, 204, 410} if fits else statuses <= {400, 413}


def test_the_document_names_the_media_types_that_travel(shop: Shop) -> None:
    found = shop.client.get("/openapi.json").get_json()
    assert found["openapi"].startswith("3.1")
    assert set(found["paths"]) == PATHS
    for path in PATHS:
        operation = found["paths"][path]["post"]
        assert set(operation["requestBody"]["content"]) == {"text/plain", "application/json"}
        for status, answer in operation["responses"].items():
            kinds = {"200": ["application/json"], "204": []}.get(status, ["application/problem+json"])
            assert list(answer.get("content", {})) == kinds


def test_the_document_bounds_what_is_sent() -> None:
    parts = document()["components"]["schemas"]
    assert parts["LeaseRequest"]["properties"]["found"]["items"]["maxLength"] == MOST_BYTES
    assert parts["LeaseRequest"]["properties"]["url"]["maxLength"] == MOST_BYTES
    assert "explain" not in parts["LeaseAnswer"]["required"]


@pytest.mark.parametrize("kind", ["text/plain", "text/plain;charset=UTF-8", "application/json", "", "image/png"])
def test_a_body_is_json_whatever_it_is_said_to_be(shop: Shop, kind: str) -> None:
    data = shop.app.json.dumps({"site": shop.site.key, "url": ""})
    headers = {"Origin": ORIGIN, "User-Agent": BROWSER}
    assert shop.client.post("/v1/miss", data=data, headers=headers, content_type=kind).status_code == 204


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"found": [1]}, "site"),
        ({"site": "x", "found": ["secret", 1]}, "found.1"),
        ({"site": "x", "found": [], "first": {"url": "secret", "at": "secret"}}, "first.at"),
        ({"site": "x", "found": [], "tags": ["secret"]}, "tags"),
        ({"site": "x", "found": [], "consent": "secret"}, "consent"),
    ],
)
def test_a_refusal_names_the_field_and_repeats_nothing(shop: Shop, body: dict[str, object], where: str) -> None:
    response = shop.post("/v1/lease", body)
    assert response.status_code == 400
    assert f" {where}: " in response.get_json()["title"]
    assert "secret" not in response.text
