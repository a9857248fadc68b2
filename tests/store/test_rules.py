"""Rules in the database: what is stored of them, in what order, and what is refused."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from gateway.core.calls.attribution import State
from gateway.core.calls.call import InboundCall
from gateway.core.calls.routing import Hop, Routes, decide
from gateway.core.leasing.leases import Choice, Policy
from gateway.core.numbers import Kind
from gateway.core.refusals import Why
from gateway.core.rules.conditions import parse
from gateway.core.visits.visit import Visit
from gateway.store import NewNumber, NewRule, Site
from tests.asked import asked_call, asked_numbers
from tests.conftest import NOW, make_pool
from tests.refusals import refusing
from tests.stores import FileStore

OURS, OTHER = "+12125550150", "+12125550151"
ROUTES = Routes({"main": (Hop(("PJSIP/100",), 20),), "desk": (Hop(("PJSIP/200",), 20),)}, "main", "US", {})


class Shop:
    """A site with a pool, and its rules."""

    def __init__(self, store: FileStore) -> None:
        self.store = store
        self.pool = make_pool(store, 2)
        self.rules = store.rules

    @property
    def site(self) -> Site:
        return self.store.sites.all()[0]

    def add(self, name: str, condition: str, number: str = OURS, before: str = "", *, overflow: bool = False) -> None:
        self.rules.add(NewRule(name, self.pool, parse(condition), number, overflow=overflow), NOW, before)

    def names(self) -> list[str]:
        return [rule.name for rule in self.rules.of_pool(self.pool)]

    def shown(self, session: dict[str, str]) -> str | None:
        rule = self.rules.book(self.site).find(self.pool.id, session).get(Choice.SOURCE)
        return rule.name if rule else None

    def reason(self, number: str) -> str:
        return decide(self.store.calls, ROUTES, InboundCall("c", number, "", "", NOW)).call.attribution.reason


@pytest.fixture
def shop(fresh_store: FileStore) -> Shop:
    return Shop(fresh_store)


def test_rules_are_tried_in_their_order_which_can_be_changed(shop: Shop) -> None:
    for place, name in enumerate("abc"):
        shop.add(name, f"param.{name} exists", f"+121255501{50 + place}")
    shop.add("d", "param.d exists", "+12125550160", before="b")
    assert shop.names() == ["a", "d", "b", "c"]
    assert shop.shown({"param.d": "1", "param.b": "1"}) == "d"
    shop.rules.move("d")
    assert shop.names() == ["a", "b", "c", "d"]
    assert shop.shown({"param.d": "1", "param.b": "1"}) == "b"
    shop.rules.move("c", before="a")
    shop.rules.move("+12125550150", before="b")
    assert shop.names() == ["c", "a", "b", "d"]
    shop.rules.remove("a")
    assert [row["priority"] for row in shop.rules.listed(shop.site)] == [1, 3, 4]
    assert shop.shown({"param.a": "1"}) is None


def test_another_process_sees_a_change_at_once(shop: Shop) -> None:
    assert shop.shown({"param.a": "1"}) is None
    elsewhere = shop.store.rules
    elsewhere.add(NewRule("a", shop.pool, parse("param.a exists"), OURS), NOW)
    assert shop.shown({"param.a": "1"}) == "a"
    elsewhere.remove("a")
    assert shop.shown({"param.a": "1"}) is None


def test_rules_are_not_read_again_before_they_change(shop: Shop) -> None:
    shop.add("a", "param.a exists")
    assert shop.rules.book(shop.site) is shop.rules.book(shop.site)


@pytest.mark.parametrize(
    ("name", "condition", "number", "before", "why", "what", "other"),
    [
        ("b", "source = google", OTHER, "", Why.RULE_BEHIND, "b", "ads"),
        ("b", "source = google and medium = cpc", OTHER, "", Why.RULE_BEHIND, "b", "ads"),
        ("b", "source exists", OTHER, "ads", Why.RULE_HIDDEN, "ads", "b"),
        ("b", "source = a and source = b", OTHER, "", Why.NEVER_HOLDS, "b", ""),
        ("ads", "source = bing", OTHER, "", Why.RULE_EXISTS, "ads", ""),
        ("b", "source = bing", OURS, "", Why.NUMBER_OF_RULE, OURS, "ads"),
        ("b", "source = bing", "+12125560000", "", Why.NUMBER_NOT_FREE, "+12125560000", ""),
        ("b", "source = bing", OTHER, "gone", Why.NO_RULE_IN_POOL, "gone", ""),
    ],
)
def test_what_nobody_could_reach_or_would_tell_nothing_is_refused(
    shop: Shop, name: str, condition: str, number: str, before: str, why: Why, what: str, other: str
) -> None:
    shop.add("ads", "source = google")
    before_it = shop.rules.listed(), asked_numbers(shop.store, NOW)
    with refusing(why, what, other):
        shop.add(name, condition, number, before)
    assert (shop.rules.listed(), asked_numbers(shop.store, NOW)) == before_it


def test_a_move_that_would_hide_a_rule_is_refused(shop: Shop) -> None:
    shop.add("brand", "source = google and campaign contains brand")
    shop.add("ads", "source = google", OTHER)
    with refusing(Why.RULE_HIDDEN, "brand", "ads"):
        shop.rules.move("ads", before="brand")
    with refusing(Why.RULE_BEHIND, "brand", "ads"):
        shop.rules.move("brand")
    with refusing(Why.NO_RULE, "gone"):
        shop.rules.remove("gone")
    assert shop.names() == ["brand", "ads"]


def test_overflow_rules_come_after_all_others_whenever_they_were_written(shop: Shop) -> None:
    shop.add("full", "source = google", overflow=True)
    shop.add("ads", "medium = cpc", "+12125550151")
    shop.add("later", "source = bing", "+12125550152", overflow=True)
    shop.add("first", "source = yahoo", "+12125550153", before="full", overflow=True)
    shop.add("mail", "medium = email", "+12125550154")
    assert shop.names() == ["ads", "mail", "first", "full", "later"]
    shop.rules.move("ads")
    shop.rules.move("first")
    assert shop.names() == ["mail", "ads", "full", "later", "first"]
    assert [row["overflow"] for row in shop.rules.listed()] == [False, False, True, True, True]
    for name, before in (("ads", "full"), ("full", "ads")):
        with refusing(Why.OVERFLOW_AMONG_OTHERS, "full", "ads"):
            shop.rules.move(name, before)


def test_a_rule_that_an_older_version_put_last_is_still_tried_before_overflow(shop: Shop) -> None:
    shop.add("full", "source = google", overflow=True)
    shop.add("bing", "source = bing", OTHER, overflow=True)
    with shop.store.engine.writing() as transaction:  # it knows of no overflow
        transaction.run("UPDATE rule SET overflow = 0 WHERE name = 'bing'", {})
    assert shop.names() == ["bing", "full"]
    shop.add("ads", "source = google and medium = cpc", "+12125550152")
    assert shop.names() == ["bing", "ads", "full"]


@pytest.mark.parametrize(
    ("condition", "why", "other"),
    [
        ("source = google and medium = cpc", Why.OVERFLOW_RULE_BEHIND, "ads"),
        ("source = bing and campaign = b", Why.RULE_BEHIND, "bing"),
        ("source = a and source = b", Why.NEVER_HOLDS, ""),
    ],
)
def test_an_overflow_rule_whose_visitors_are_all_served_before_is_refused(
    shop: Shop, condition: str, why: Why, other: str
) -> None:
    shop.add("ads", "source = google")
    shop.add("bing", "source = bing", OTHER, overflow=True)
    with refusing(why, "full", other):
        shop.add("full", condition, "+12125550152", overflow=True)


def test_an_overflow_rule_hides_no_other_and_none_may_hide_it(shop: Shop) -> None:
    shop.add("all", "source exists", overflow=True)
    shop.add("ads", "source = google", OTHER)
    with refusing(Why.RULE_HIDDEN, "all", "everybody"):
        shop.add("everybody", "medium exists", "+12125550152")
    assert shop.names() == ["ads", "all"]


def test_an_overflow_rule_of_a_pool_that_never_tries_it_is_refused(fresh_store: FileStore) -> None:
    shop = Shop(fresh_store)
    shop.pool = replace(shop.pool, policy=Policy(overflow=(Choice.RECYCLED, Choice.SHARED)))
    with refusing(Why.OVERFLOW_NOT_SHOWN, "web"):
        shop.add("full", "source = google", overflow=True)


def test_the_sources_shared_number_is_shown_where_no_number_is_left_and_not_before(shop: Shop) -> None:
    shop.add("ads", "source = google", overflow=True)
    store = shop.store
    shop.store.numbers.add([NewNumber("+12125559999", Kind.SHARED, shop.pool)], NOW)

    def shown(visitor: str, source: str, at: datetime) -> tuple[Choice, str]:
        fitting = {shop.pool.id: shop.rules.book(shop.site).find(shop.pool.id, {"source": source})}
        looked = store.leases.look(visitor, [shop.pool], at, rules=fitting)[0]
        granted = store.leases.grant(visitor, Visit(), [shop.pool], at, rules=fitting)[0]
        assert looked.choice is granted.choice
        return granted.choice, "" if granted.lease else granted.number

    assert [shown(visitor, "google", NOW) for visitor in "ab"] == [(Choice.IDLE, "")] * 2
    assert shown("c", "google", NOW) == (Choice.SOURCE_SHARED, OURS)
    assert shown("d", "bing", NOW) == (Choice.SHARED, "+12125559999")
    assert shown("e", "google", NOW + timedelta(minutes=1)) == (Choice.RECYCLED, "")
    assert shop.reason(OURS) == "The number stands for one source only: ads. The rule ads shows it."


def test_a_new_number_goes_with_the_pool_and_stands_for_the_rule(shop: Shop) -> None:
    shop.add("spring ads", "source = google")
    store = shop.store
    call = decide(store.calls, ROUTES, InboundCall("c", OURS, "", "+12125550199", NOW)).call
    assert (call.attribution.state, call.destination) == (State.SOURCE, "main")
    assert call.attribution.reason == (
        "The number stands for one source only: spring ads. The rule spring ads shows it."
    )
    store.calls.record(call)
    row = asked_call(shop.store, "c")
    assert row
    assert (row["state"], row["campaign"], row["lease_id"]) == ("source", "spring ads", None)


def test_a_number_that_stands_for_a_source_already_keeps_its_campaign_and_destination(shop: Shop) -> None:
    shop.store.numbers.add([NewNumber(OURS, Kind.SOURCE, None, "radio", "desk")], NOW)
    shop.add("ads", "source = google")
    row = shop.rules.listed()[0]
    assert (row["campaign"], row["destination"]) == ("radio", "desk")
    assert "radio. The rule ads" in shop.reason(OURS)


def test_the_number_of_a_removed_rule_is_still_attributed_and_can_be_another_ones(shop: Shop) -> None:
    shop.add("ads", "source = google")
    shop.rules.remove("ads")
    assert shop.reason(OURS) == "The number stands for one source only: ads."
    shop.add("mail", "medium = email")
    assert "ads. The rule mail" in shop.reason(OURS)


def test_a_condition_of_a_newer_version_costs_no_other_rule(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    shop.add("a", "param.a exists")
    shop.add("b", "param.b exists", OTHER)
    with shop.store.engine.writing() as transaction:
        transaction.run("UPDATE rule SET condition = 'weather = rain' WHERE name = 'a'", {})
    assert shop.store.rules.book(shop.site).find(shop.pool.id, {"param.b": "1"})
    assert "the rule a is passed over" in caplog.text


def test_a_rule_takes_no_lease_and_a_number_that_was_taken_out_is_not_shown(shop: Shop) -> None:
    shop.add("a", "param.a exists")
    fitting = {shop.pool.id: {Choice.SOURCE: shop.rules.of_pool(shop.pool)[0]}}
    store = shop.store
    granted = store.leases.grant("v", Visit(), [shop.pool], NOW, rules=fitting)[0]
    assert (granted.choice, granted.number, granted.lease) == (Choice.SOURCE, OURS, None)
    assert not shop.store.engine.read("SELECT id FROM session")
    with shop.store.engine.writing() as transaction:
        transaction.run("UPDATE number SET paused_at = 1 WHERE e164 = :number", {"number": OURS})
    assert store.leases.look(None, [shop.pool], NOW, rules=fitting)[0].choice is Choice.STATIC
    assert store.leases.grant("v", Visit(), [shop.pool], NOW, rules=fitting)[0].choice is Choice.IDLE
