"""What the operator is told of swap targets that are not found."""

from datetime import datetime

import pytest

from gateway.core.visits.misses import MissAlert, MissedPath
from gateway.worker.alerts import describe, explain
from tests.conftest import NOW


def alert(*paths: MissedPath) -> MissAlert:
    return MissAlert("shop", "https://shop.example", ("+12125550100",), 400, 40, paths)


def missed(path: str, began: datetime | None = NOW, had_target: bool = True) -> MissedPath:
    return MissedPath(path, 42, 40, began, had_target)


def test_a_path_that_never_had_a_target_is_told_from_one_that_lost_it() -> None:
    assert explain(missed("/contact")) == "/contact 40 of 42 since 2026-11-22 12:00 UTC"
    assert explain(missed("/blog", had_target=False)) == "/blog 40 of 42 (never had one)"
    assert explain(missed("/team", began=None)) == "/team 40 of 42 (found again)"


def test_an_alert_says_what_is_missed_where_since_when_and_what_to_do() -> None:
    assert describe(alert(missed("/contact"), missed("/blog", had_target=False))) == (
        "site shop: no swap target (+12125550100) on 40 of 400 page views of the last 24 h (10.0%): "
        "/contact 40 of 42 since 2026-11-22 12:00 UTC, /blog 40 of 42 (never had one). A template change? "
        "`leaseline doctor --site https://shop.example/contact` looks, `leaseline site misses` lists all"
    )


@pytest.mark.parametrize("path", ["/$(reboot)", "/`reboot`", "/a;b", "/a b", "/a&b", "/'", "/é", "(other)"])
def test_a_strangers_path_never_gets_into_the_command(path: str) -> None:
    assert "`leaseline doctor --site https://shop.example/` looks" in describe(alert(missed(path)))
