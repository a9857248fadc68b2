"""Every default that a book names is the code's."""

import re
from dataclasses import fields
from datetime import timedelta

import pytest

from gateway.config import Config
from gateway.core.calls.attribution import Weights
from gateway.core.leasing import crowd, pressure
from gateway.core.leasing.leases import Policy
from gateway.core.numbers import lifecycle
from gateway.core.rules import patterns
from gateway.core.visits import misses
from gateway.core.visits import visit as sources
from gateway.store import reports, views
from gateway.worker import watch
from tests.cli.books import pages, prose
from web.desk import Desk

TEXT = {page.name: prose(page.text) for page in pages()}
POLICY, WEIGHTS, CONFIG = Policy(), Weights(), Config()
MINTS = next(one.default_factory for one in fields(Desk) if one.name == "mints")()  # type: ignore[operator]
SECOND, MINUTE, HOUR, DAY = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))

SAID = [
    ("attribution", f"less than the pool's cooldown ago ({POLICY.cooldown // DAY} days by default)"),
    ("attribution", f"in the last {WEIGHTS.repeat_window // DAY} days"),
    ("attribution", f"`delay` {WEIGHTS.delay // SECOND} s, `power` {WEIGHTS.power:g}"),
    ("attribution", f"times `provisional` | {WEIGHTS.provisional:g} |"),
    ("attribution", f"times `tap` | {WEIGHTS.tap:g}, for `tap_window` {WEIGHTS.tap_window // SECOND} s |"),
    ("attribution", f"times `used` | {WEIGHTS.used:g} |"),
    (
        "attribution",
        f"| {WEIGHTS.repeat:g}, {WEIGHTS.repeat_fade // SECOND} s ({WEIGHTS.repeat_fade // DAY} days), "
        f"{WEIGHTS.repeat_window // SECOND} s ({WEIGHTS.repeat_window // DAY} days) |",
    ),
    ("attribution", f"| `unseen` | {WEIGHTS.unseen:g} |"),
    ("attribution", f"`repeat_from` ({WEIGHTS.repeat_from:g})"),
    ("sizing", f"A lease lasts {POLICY.length // MINUTE} minutes from the last heartbeat"),
    ("sizing", f"More than {pressure.MOST_OVERFLOW * 100:g} % is too much"),
    ("sizing", f"More than {pressure.MOST_EARLY * 100:g} % is too much"),
    ("owner", f"began more than {reports.SAME_VISIT // MINUTE} minutes before"),
    ("owner", f"the first {views.PAGES_A_SESSION} pages of the visit"),
    ("owner", f"Pages are forgotten after {watch.KEPT // DAY} days"),
    ("owner", f"`retire` holds a number for {lifecycle.HOLD // DAY} days"),
    ("owner", f"counts for {sources.FIRST_TOUCH_COUNTS // DAY} days"),
    ("owner", f"searches the first {patterns.LONGEST_TEXT} characters"),
    (
        "operator",
        f"more than {misses.MOST_PERCENT} % of a site's page views of {misses.WINDOW // HOUR} hours "
        f"(of at least {misses.LEAST_VIEWS} views)",
    ),
    ("operator", f"make {MINTS._burst} new visitors at once, then {MINUTE // MINTS._every} a minute"),
    ("operator", f"at most {crowd.MOST_LIVE} leases, and at most {crowd.MOST_LIVE_CROWDED} when half of a pool"),
    (
        "operator",
        f"lasts {POLICY.provisional // SECOND} seconds until the page's first heartbeat, and "
        f"{crowd.HASTE // SECOND} seconds in a crowd",
    ),
    ("operator", f"`leaseline web` listens on `{CONFIG.web.host}` port {CONFIG.web.port}"),
    ("operator", f"at `http://{CONFIG.metrics.host}:{CONFIG.metrics.port}/metrics`"),
    ("pbx", f"proxy_pass http://{CONFIG.web.host}:{CONFIG.web.port};"),
    ("pbx", str(CONFIG.worker.asterisk_cdr)),
    ("pbx", str(CONFIG.worker.freeswitch_cdr)),
    ("pbx", f"{CONFIG.database.path.parent} "),
]


def test_the_ways_in_overflow_stand_in_their_order() -> None:
    assert re.findall(r"\| `(\w+)` \|", TEXT["sizing"]) == list(POLICY.overflow)


@pytest.mark.parametrize(("book", "said"), SAID, ids=lambda one: one[:60])
def test_a_default_in_a_book_is_the_one_of_the_code(book: str, said: str) -> None:
    assert said in TEXT[book]
