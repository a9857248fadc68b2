"""How long it takes to find the rule of a visit among a thousand, written in the ways in which people write many."""

from pathlib import Path
from time import perf_counter_ns

from gateway.core.rules.book import Book, Rule, fields
from gateway.core.rules.conditions import parse
from gateway.core.visits.visit import read_visit
from gateway.service.referrers import referrers
from tests.bench.figures import Row, timing
from tests.bench.plan import Plan, Say

RULES = 1000
MOST = 1.0  # milliseconds
ORIGINS = ("https://shop.example",)
LANDING = "https://shop.example/boats/oak?utm_source=google&utm_medium=cpc&utm_campaign=spring+sale&gclid=x"
VISIT = read_visit(LANDING, "https://www.google.com/")
# None holds for the visit, so all of them have to be ruled out.
WAYS = {
    "a campaign each": "source = google and campaign = c{place}",
    "a part of a campaign each": "source = google and medium = cpc and campaign contains c{place}x",
    "a folder each": "landing_path starts with /p{place}/",
    "a pattern each": r'referrer_domain matches "(^|\.)example{place}\.com$"',
    "two ways each": "param.p{place} exists and device = mobile or referrer_domain = example{place}.com",
    "all but one campaign": "not param.gclid exists and not campaign = c{place}",
}


def measure(plan: Plan, _folder: Path | None, say: Say) -> list[Row]:
    """Return a row for each way."""
    return [_row(name, text, plan, say) for name, text in WAYS.items()]


def _row(name: str, text: str, plan: Plan, say: Say) -> Row:
    say(f"  {name}")
    book = Book(
        Rule(str(place), str(place), "pool", f"+1212{place:07}", parse(text.format(place=place)))
        for place in range(RULES)
    )
    times = [_time(book) for _ in range(plan.operations)]
    found = timing(times)
    return Row("rules", f"{RULES:,} rules, {name}", found, promise=f"< {MOST:g} ms", kept=found.median < MOST)


def _time(book: Book) -> float:
    """Return how many milliseconds one visit takes, its fields and all."""
    start = perf_counter_ns()
    fitting = book.find("pool", fields(VISIT, ORIGINS, referrers()))
    took = perf_counter_ns() - start
    assert not fitting
    return took / 1e6
