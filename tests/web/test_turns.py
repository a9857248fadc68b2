"""More requests at once than can be worked on: those that come too late hear so at once, and nobody loses a turn."""

import threading
from dataclasses import replace

from tests.web.shop import FROM_AD, Shop
from web.desk import EXTENSION
from web.lease.bodies import MOST_BYTES
from web.lease.defence.turns import Turns


def give(shop: Shop, turns: Turns) -> Turns:
    """Let a shop work by other turns."""
    shop.app.extensions[EXTENSION] = replace(shop.app.extensions[EXTENSION], turns=turns)
    return turns


def test_one_too_many_is_put_off_at_once_and_any_page_may_read_that(shop: Shop) -> None:
    turns = give(shop, Turns(at_work=1, waiting=0))
    assert turns.take()
    for response in (shop.ask(), shop.beat("x"), shop.post("/v1/miss", {"site": shop.site.key, "url": FROM_AD})):
        assert response.status_code == 429
        assert response.content_type == "application/problem+json"
        assert response.headers["Access-Control-Allow-Origin"] == "*"
    turns.end()
    assert shop.ask().status_code == 200


def test_the_script_and_the_health_check_wait_for_no_turn(shop: Shop) -> None:
    assert give(shop, Turns(at_work=1, waiting=0)).take()
    assert shop.client.get("/swap.js").status_code == 200
    assert shop.client.get("/healthz").status_code == 200


def test_a_refused_request_gives_its_turn_back(shop: Shop) -> None:
    give(shop, Turns(at_work=1, waiting=0))
    refused = (
        shop.post("/v1/lease", b"rubbish"),
        shop.post("/v1/lease", b"x" * (MOST_BYTES + 1)),
        shop.post("/v1/lease", {"site": shop.site.key, "found": []}, origin="https://elsewhere.example"),
        shop.beat("x"),
    )
    assert [response.status_code for response in refused] == [400, 413, 403, 410]
    assert shop.ask().status_code == 200


def test_a_failed_request_gives_its_turn_back(shop: Shop) -> None:
    give(shop, Turns(at_work=1, waiting=0))
    broken = shop.app.extensions[EXTENSION]
    shop.app.extensions[EXTENSION] = replace(broken, store=None)  # a bug of ours
    assert shop.ask().status_code == 500
    shop.app.extensions[EXTENSION] = broken
    assert shop.ask().status_code == 200


def test_who_waits_too_long_is_put_off_and_leaves_the_place_to_others(shop: Shop) -> None:
    turns = give(shop, Turns(at_work=1, waiting=1, patience=0.01))
    assert turns.take()
    assert [shop.ask().status_code for _ in range(3)] == [429] * 3
    turns.end()
    assert shop.ask().status_code == 200


def test_who_waits_is_served_when_another_ends(shop: Shop) -> None:
    turns = give(shop, Turns(at_work=1, waiting=1))
    assert turns.take()
    answers: list[int] = []
    waiting = threading.Thread(target=lambda: answers.append(shop.ask().status_code))
    waiting.start()
    turns.end()
    waiting.join(10)
    assert answers == [200]
