"""What travels to a browser that has nothing yet: our script as it is served, and the open scripts that npm has."""

import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from tests.bench import packages
from tests.bench.figures import Row
from tests.bench.packages import Minified
from tests.house import House

BUDGETS = {"gzip": 3072, "br": 2800}
EARLY_BUDGET = 600
INLINE = re.compile(r"<script>(?P<text>.*?)</script>", re.DOTALL)
# No open script that swaps numbers is on npm. Three that count visits are; and a general find-and-replace, which can
# at least be given a number to find.
SCRIPTS = {
    "plausible 0.4.6": "@plausible-analytics/tracker/plausible.js",
    "umami 2.10.0": "umami/src/tracker/index.js",
    "ackee 5.1.3": "ackee-tracker/dist/ackee-tracker.min.js",
    "findAndReplaceDOMText 0.4.6": "findandreplacedomtext/src/findAndReplaceDOMText.js",
}
SWAPPER = "findAndReplaceDOMText 0.4.6"


def served(house: House, encoding: str = "identity") -> bytes:
    """Return what the app sends for the script to a browser that takes an encoding."""
    request = urllib.request.Request(f"{house.web_url}/swap.js", headers={"Accept-Encoding": encoding})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return bytes(answer.read())


def early_snippet(house: House, site: str) -> str:
    """Return the inline snippet that `leaseline site tag --early` prints with its element, or "" if there is none."""
    found = INLINE.search(house.run("site", "tag", site, "--early").stdout)
    return found[0] if found else ""


def minified() -> dict[str, Minified]:
    """Return the scripts of others. Raises UnavailableError where npm cannot be had."""
    folder = packages.installed() / "node_modules"
    return {name: packages.minify(folder / Path(path)) for name, path in SCRIPTS.items()}


def rows(house: House, early: str, others: dict[str, Minified]) -> Iterator[Row]:
    """Yield a row for each script and encoding, ours first."""
    ours = {encoding: len(served(house, encoding)) for encoding in BUDGETS}
    for encoding, budget in BUDGETS.items():
        size = ours[encoding]
        yield _row(f"size as served, {encoding}: leaseline", size, f"{budget:,} B", size <= budget)
        for name, script in others.items():
            theirs = script.gzipped if encoding == "gzip" else script.brotli
            case = f"size minified, {encoding}: {name}"
            yield Row("script", case, beside="leaseline", figure=theirs, unit="B", ratio=theirs / size)
    if early:
        size = len(INLINE.sub(r"\g<text>", early).encode())
        yield _row("early snippet, raw: leaseline", size, f"{EARLY_BUDGET} B", size <= EARLY_BUDGET)


def _row(case: str, size: int, promise: str, kept: bool) -> Row:
    return Row("script", case, figure=size, unit="B", promise=promise, kept=kept)
