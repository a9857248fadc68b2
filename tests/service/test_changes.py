"""Changes as any face asks for them: plain values in, and a value that says why where one is refused."""

from datetime import timedelta
from pathlib import Path

import pytest

from gateway.core.leasing.leases import Choice
from gateway.core.numbers import Kind
from gateway.core.numbers.lifecycle import Step, WhyNot
from gateway.core.refusals import Refusal, Why
from gateway.service.configured import Configured
from gateway.service.numbers import Entry, add_numbers, read_file, take_step
from gateway.service.pools import PoolSettings, change_pool, create_pool
from gateway.service.rules import RuleText, add_rule, move_rule, remove_rule
from gateway.service.sites import add_site, site_of_page, the_site
from gateway.store import Store
from tests.conftest import NOW
from tests.refusals import refusing
from tests.stores import FileStore

CONFIGURED = Configured(("main",), "US", {"+13125550100": "destinations.main"})
TARGET, OURS, OTHER = "+12125550100", "+12125550150", "+12125550151"
DEFAULTS = {"pool": "web", "kind": "pool", "campaign": "", "destination": "", "sms": "", "label": ""}


@pytest.fixture
def shop(fresh_store: FileStore) -> Store:
    site = add_site(fresh_store, "shop", ["https://shop.example"], NOW)
    create_pool(fresh_store, CONFIGURED, site, "web", PoolSettings(swap_target=TARGET, destination="main"), NOW)
    return fresh_store


def entry(text: str, **other: str) -> Entry:
    return Entry("here", text, **{**DEFAULTS, **other})


def refusals(store: Store, *entries: Entry, dry_run: bool = False) -> list[Refusal]:
    return [refusal for _, refusal in add_numbers(store, CONFIGURED, entries, NOW, dry_run=dry_run).refused]


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 61, "\u202eevil"])
def test_a_name_that_nobody_could_type_again_is_refused(shop: Store, name: str) -> None:
    with refusing(Why.NOT_A_NAME):
        add_site(shop, name, ["https://x.example"], NOW)
    with refusing(Why.NOT_A_NAME):
        create_pool(shop, CONFIGURED, the_site(shop, None), name, PoolSettings(swap_target=OURS), NOW)
    with refusing(Why.NOT_A_NAME):
        add_rule(shop, CONFIGURED, RuleText(name, "web", "source = a", OURS), NOW)


def test_a_page_is_of_the_site_that_has_its_origin(shop: Store) -> None:
    assert site_of_page(shop, "https://SHOP.example:443/boats?x=1").name == "shop"
    with refusing(Why.NOT_A_PAGE, "javascript:alert(1)"):
        site_of_page(shop, "javascript:alert(1)")
    with refusing(Why.NO_SITE_OF_ORIGIN, "https://other.example", "shop"):
        site_of_page(shop, "https://other.example/", "shop")
    with refusing(Why.WHICH_SITE, "gone"):
        the_site(shop, "gone")


def test_a_pool_is_changed_in_what_is_given_only(shop: Store) -> None:
    add_numbers(shop, CONFIGURED, [entry(OURS)], NOW)
    changed = change_pool(shop, CONFIGURED, "web", PoolSettings(lease=timedelta(minutes=5), overflow=["shared"]))
    assert (changed.destination, changed.policy.overflow) == ("main", (Choice.SHARED,))
    for settings, why, what in (
        (PoolSettings(destination="gone"), Why.NO_DESTINATION, "gone"),
        (PoolSettings(swap_target=OURS), Why.TARGET_IS_OURS, OURS),
        (PoolSettings(swap_target="12"), Why.NOT_A_NUMBER, "12"),
        (PoolSettings(country="ZZ"), Why.NOT_A_COUNTRY, "ZZ"),
        (PoolSettings(condition="source is a"), Why.POOL_CONDITION, "source is a"),
        (PoolSettings(overflow=["static", "shared"]), Why.NOT_AN_OVERFLOW, "static"),
        (PoolSettings(overflow=["recycled"], hard=True), Why.HARD_RECYCLES, ""),
    ):
        with refusing(why, what):
            change_pool(shop, CONFIGURED, "web", settings)
    found = shop.sites.pool_by_name("web")
    assert found
    assert (found.policy.length, found.swap_target) == (timedelta(minutes=5), TARGET)


def test_numbers_are_refused_one_by_one_with_the_reason(shop: Store) -> None:
    found = refusals(
        shop, entry(OURS), entry(OURS), entry(TARGET), entry("+13125550100"), entry(OTHER, pool="gone"),
        entry(OTHER, pool=""), entry(OTHER, kind="fax"), entry(OTHER, sms="maybe"), entry(f"{OTHER}..{OURS}"),
        entry(f"{OTHER}..{OTHER}..{OTHER}"), entry(""),
    )  # fmt: skip
    assert [refusal.why for refusal in found] == [
        Why.OURS_ALREADY, Why.LEASED_TARGET, Why.IN_CIRCLES, Why.NO_POOL, Why.NEEDS_POOL, Why.NOT_A_KIND,
        Why.NEITHER_YES_NOR_NO, Why.NOT_A_RANGE, Why.NOT_A_NUMBER, Why.NOT_A_NUMBER,
    ]  # fmt: skip
    assert [number.e164 for number in add_numbers(shop, CONFIGURED, [entry(OTHER)], NOW).numbers] == [OTHER]


def test_a_dry_run_refuses_what_the_run_would_and_adds_nothing(shop: Store) -> None:
    entries = list(read_file(f"number,kind\n{OURS}..{OTHER},\n{OTHER},\n\n12,\n+12125550160,static\n", DEFAULTS))
    looked = add_numbers(shop, CONFIGURED, entries, NOW, dry_run=True)
    assert not shop.numbers.has(OURS)
    done = add_numbers(shop, CONFIGURED, entries, NOW)
    assert looked == done
    assert [(place, refusal.why) for place, refusal in done.refused] == [
        ("line 3", Why.OURS_ALREADY),
        ("line 5", Why.NOT_A_NUMBER),
    ]
    assert [number.kind for number in done.numbers] == [Kind.POOL, Kind.POOL, Kind.STATIC]


def test_a_step_is_taken_with_each_number_or_with_none_where_a_text_is_no_number(shop: Store) -> None:
    add_numbers(shop, CONFIGURED, [entry(OURS)], NOW)
    with refusing(Why.NOT_A_RANGE):
        take_step(shop, "US", Step.PAUSE, [OURS, f"{OTHER}..{OURS}"], NOW)
    taken = take_step(shop, "US", Step.PAUSE, [f"{OURS}..{OTHER}", OURS], NOW)
    assert (taken.count, [(e164, refusal.why) for e164, refusal in taken.refused]) == (1, [(OTHER, WhyNot.NOT_OURS)])


def test_a_rule_is_added_moved_and_removed_or_refused(shop: Store) -> None:
    add_rule(shop, CONFIGURED, RuleText("ads", "web", "source = google", OURS), NOW)
    add_rule(shop, CONFIGURED, RuleText("mail", "web", "medium = email", OTHER), NOW, before="ads")
    assert move_rule(shop, "mail").name == "mail"
    for text, why, what in (
        (RuleText("b", "gone", "source = a", "+12125550152"), Why.NO_POOL, "gone"),
        (RuleText("b", "web", "source is a", "+12125550152"), Why.RULE_CONDITION, "source is a"),
        (RuleText("b", "web", "source = a", TARGET), Why.RULE_ON_TARGET, TARGET),
        (RuleText("b", "web", "source = a", "+13125550100"), Why.IN_CIRCLES, "+13125550100"),
        (RuleText("b", "web", "source = a", "+12125550152", "gone"), Why.NO_DESTINATION, "gone"),
        (RuleText("b", "web", "source = a", OURS), Why.NUMBER_OF_RULE, OURS),
    ):
        with refusing(why, what):
            add_rule(shop, CONFIGURED, text, NOW)
    assert remove_rule(shop, "ads").number == OURS
    pool = shop.sites.pool_by_name("web")
    assert pool
    assert [rule.name for rule in shop.rules.of_pool(pool)] == ["mail"]


def test_the_pool_of_an_overflow_rule_cannot_leave_it_out(shop: Store) -> None:
    add_rule(shop, CONFIGURED, RuleText("full", "web", "source = a", OURS, overflow=True), NOW)
    with refusing(Why.OVERFLOW_RULE_LEFT, "full"):
        change_pool(shop, CONFIGURED, "web", PoolSettings(overflow=["recycled"]))


def test_a_database_that_is_gone_is_no_refusal(tmp_path: Path) -> None:
    from gateway.store import StoreError

    gone = FileStore(tmp_path / "gone.db")
    with pytest.raises(StoreError) as caught:
        add_site(gone, "shop", ["https://shop.example"], NOW)
    assert (caught.value.place, "unable to open" in caught.value.reason) == (str(gone.path), True)
