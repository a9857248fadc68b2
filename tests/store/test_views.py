"""Page views are counted within bounds, and asked for the sites that lost their swap target."""

from datetime import datetime, timedelta

import pytest

from gateway.core.visits.misses import KEPT, OTHER_PATHS
from gateway.store.views import PATHS_AN_HOUR, Views
from tests.conftest import NOW, make_pool
from tests.stores import FileStore

HOUR = timedelta(hours=1)


class Pages:
    """A site whose page views are counted."""

    def __init__(self, store: FileStore, name: str = "web") -> None:
        self.store, self.views = store, store.views
        self.site = make_pool(store, 1, name=name).site

    def see(self, path: str, found: int = 0, missed: int = 0, at: datetime = NOW) -> None:
        for miss in [True] * missed + [False] * found:
            self.views.count(self.site, path, missed=miss, now=at)

    @property
    def rows(self) -> list[tuple[str, int, int]]:
        found = self.store.engine.read("SELECT path, views, misses FROM page_view ORDER BY hour, path")
        return [(row["path"], row["views"], row["misses"]) for row in found]


@pytest.fixture
def pages(fresh_store: FileStore) -> Pages:
    return Pages(fresh_store)


def test_views_of_a_path_in_an_hour_are_one_row(pages: Pages) -> None:
    pages.see("/a?x=1", found=2)
    pages.see("https://shop.example/a#top", missed=1, at=NOW + HOUR - timedelta(milliseconds=1))
    pages.see("/a", missed=1, at=NOW + HOUR)
    assert pages.rows == [("/a", 3, 1), ("/a", 1, 1)]


def test_a_page_that_makes_up_paths_fills_no_disk(pages: Pages, fresh_store: FileStore) -> None:
    other_site = Pages(fresh_store, "other")
    pages.see("/known")
    with fresh_store.engine.writing() as transaction:
        for place in range(PATHS_AN_HOUR + 50):
            Views.count_in(transaction, pages.site, f"/made-up/{place}", missed=True, now=NOW)
            Views.count_in(transaction, pages.site, "/made-up/0", missed=False, now=NOW)
    other_site.see("/seen", found=1)
    counted = {path: views for path, views, _ in pages.rows}
    assert (len(counted), counted[OTHER_PATHS]) == (PATHS_AN_HOUR + 2, 50)
    assert counted["/made-up/0"] == PATHS_AN_HOUR + 51
    assert counted["/seen"] == 1
    pages.see("/made-up/anew", missed=1, at=NOW + HOUR)
    assert pages.rows[-1] == ("/made-up/anew", 1, 1)


def test_a_view_is_counted_with_the_transaction_that_it_joins_or_not_at_all(pages: Pages) -> None:
    with pytest.raises(ZeroDivisionError), pages.store.engine.writing() as transaction:  # noqa: PT012  both belong to it
        pages.views.count_in(transaction, pages.site, "/a", missed=True, now=NOW)
        raise ZeroDivisionError
    assert pages.rows == []


def test_what_is_older_is_forgotten_and_nothing_else(pages: Pages) -> None:
    for back in (KEPT + 2 * HOUR, KEPT + HOUR, KEPT, HOUR):
        pages.see("/a", found=1, at=NOW - back)
        pages.see("/b", missed=1, at=NOW - back)
    pages.views.forget(NOW - KEPT)
    assert pages.rows == [("/a", 1, 0), ("/b", 1, 1)] * 2
    pages.views.forget(NOW - KEPT)
    assert len(pages.rows) == 4


# Alerts


def test_a_template_change_is_told_with_the_path_and_the_time(pages: Pages) -> None:
    pages.see("/contact", found=30, at=NOW - 3 * HOUR)
    pages.see("/contact", found=20, at=NOW - HOUR)
    for minute in (10, 20):
        pages.see("/contact", missed=3, at=NOW - HOUR + timedelta(minutes=minute))
    pages.see("/contact", missed=4)
    (alert,) = pages.views.alerts(NOW)
    assert (alert.site, alert.origin, alert.targets) == ("site of web", "https://shop.example", ("+12125550100",))
    assert (alert.views, alert.misses, alert.share) == (60, 10, 1 / 6)
    (path,) = alert.paths
    assert (path.path, path.views, path.misses, path.had_target) == ("/contact", 60, 10, True)
    assert path.began == NOW - HOUR + timedelta(minutes=10)


def test_few_views_or_few_misses_are_no_alert(pages: Pages) -> None:
    pages.see("/a", missed=49)
    assert pages.views.alerts(NOW) == []
    pages.see("/a", found=931)
    assert pages.views.alerts(NOW) == []
    pages.see("/a", missed=3)
    assert [alert.misses for alert in pages.views.alerts(NOW)] == [52]


def test_a_site_is_not_blamed_for_another(pages: Pages, fresh_store: FileStore) -> None:
    Pages(fresh_store, "broken").see("/a", missed=60)
    pages.see("/a", found=60)
    assert [alert.site for alert in pages.views.alerts(NOW)] == ["site of broken"]
    assert [(one.site, one.views, one.misses) for one in pages.views.sites(NOW)] == [
        ("site of broken", 60, 60),
        ("site of web", 60, 0),
    ]


def test_an_alert_ends_a_day_later_and_its_run_is_remembered_longer(pages: Pages) -> None:
    pages.see("/a", found=1, at=NOW - 50 * HOUR)
    pages.see("/a", missed=60, at=NOW - 40 * HOUR)
    assert pages.views.alerts(NOW) == []
    pages.see("/a", missed=60)
    (alert,) = pages.views.alerts(NOW)
    assert (alert.views, alert.paths[0].views, alert.paths[0].began) == (60, 60, NOW - 40 * HOUR)


def test_a_busy_blog_does_not_hide_a_broken_template(pages: Pages) -> None:
    for place in range(30):
        pages.see(f"/blog/{place}", missed=10)
    pages.see("/contact", found=5, at=NOW - 30 * HOUR)
    pages.see("/contact", missed=4)
    pages.see("/noise", found=200, missed=9)
    paths = pages.views.alerts(NOW)[0].paths
    assert [(path.path, path.had_target) for path in paths[:2]] == [("/contact", True), ("/blog/0", False)]
    assert len(paths) == 20
    assert pages.views.missed_paths(pages.site, NOW, limit=1000)[-1].path == "/noise"


def test_a_site_without_views_is_named_all_the_same(pages: Pages, fresh_store: FileStore) -> None:
    fresh_store.sites.add("new", ["https://new.example"], NOW)
    assert [(one.site, one.views, one.share) for one in pages.views.sites(NOW)] == [
        ("new", 0, 0.0),
        ("site of web", 0, 0.0),
    ]
