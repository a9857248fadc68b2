"""What a visitor sees: does a repeat view show the number before anything is painted, and does the page move.

The script is asked for with 150 ms to everything. The page notes when the number first stood in the block, and the
browser (elementtiming) when it first painted that block; a view has failed whose swap came later.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.bench.chromium import Pages
from tests.bench.figures import Row, timing
from tests.bench.plan import Plan, Say
from tests.bench.shops import PATIENCE, Shop, wait_for_swap, written

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROUND_TRIP = 150  # milliseconds
NETWORK = {"offline": False, "downloadThroughput": -1, "uploadThroughput": -1}
REVALIDATE = {"Cache-Control": "public, max-age=0, must-revalidate", "Access-Control-Allow-Origin": "*"}
WATCH = """<script>
new PerformanceObserver((list) => { self.painted ??= list.getEntries()[0].renderTime; })
    .observe({ type: 'element', buffered: true });
new MutationObserver(() => {
    const block = document.querySelector('#call');
    const text = block ? block.textContent : '';
    if (/\\d{4}/.test(text) && !text.includes('OWN')) self.swapped ??= performance.now();
}).observe(document, { childList: true, characterData: true, subtree: true });
</script>"""
SHIFTS = """() => new Promise((done) => {
    let sum = 0;
    const add = (entries) => entries.forEach((entry) => { sum += entry.value; });
    const observer = new PerformanceObserver((list) => add(list.getEntries()));
    observer.observe({ type: 'layout-shift', buffered: true });
    const end = () => { add(observer.takeRecords()); done(sum); };
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(end, 100)));
})"""
RENEWED = re.compile("/v1/(lease|beat)$")
FONTS = ("Liberation Sans", "Liberation Serif", "monospace", "DejaVu Sans", "cursive")
MOST_SHIFT = 0.001


@dataclass(frozen=True, slots=True)
class Way:
    """A way to load the script: what stands in the page's head, and whether it is the one that we promise."""

    name: str
    head: str
    promised: bool = True


def ways(pages: Pages, shop: Shop, script: str, early: str) -> list[Way]:
    """Return the ways. `early` is the inline snippet, or empty where there is none."""
    control = pages.put("/control/swap.js", script, REVALIDATE)
    tag = shop.tag.replace(f"{shop.api}/swap.js", control).replace("data-site", f'data-api="{shop.api}" data-site')
    found = [Way("as served (stale-while-revalidate)", shop.tag), Way("must-revalidate", tag, promised=False)]
    return [*found, Way("must-revalidate, early snippet", early + tag)] if early else found


def repeat_views(page: "Page", pages: Pages, shop: Shop, chosen: Sequence[Way], plan: Plan, say: Say) -> list[Row]:
    """View pages again and again in a browser that has leased, and return a row for each way."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", {**NETWORK, "latency": ROUND_TRIP})
    times: dict[str, list[float]] = {way.name: [] for way in chosen}
    for turn in range(-1, plan.views):
        say(f"  repeat views, round {turn + 1} of {plan.views}")
        for way in chosen:
            lead = _view(page, pages, shop, way, turn)
            if turn >= 0:  # the first one fills the browser's cache
                times[way.name].append(lead)
    devtools.detach()
    return [_views(way, times[way.name]) for way in chosen]


def _view(page: "Page", pages: Pages, shop: Shop, way: Way, turn: int) -> float:
    """Return by how many milliseconds the swap came before the first paint; less than none where it came after."""
    own = written(shop.targets[0], 0)
    filler = "<p>Oak tables, made by hand.</p>" * 50
    head = f"<!doctype html><head>{WATCH.replace('OWN', own)}{way.head}</head>"
    body = f'<body><p id="call" elementtiming="call">Call {own}</p>{filler}</body>'
    path = f"/view/{way.name.replace(' ', '-')}/{turn}"
    with page.expect_response(RENEWED):  # so that its number is still ours on the next page
        page.goto(pages.put(path, head + body))
    page.wait_for_function("self.painted && self.swapped", timeout=PATIENCE)
    lead: float = page.evaluate("self.painted - self.swapped")
    return lead


def _views(way: Way, leads: Sequence[float]) -> Row:
    """Return by how much the good views were early; the others have failed."""
    early = [lead for lead in leads if lead > 0]
    return Row(
        "script", f"repeat view, swap ahead of first paint: {way.name}", timing(early, len(leads) - len(early)),
        promise="all before paint" if way.promised else "", kept=len(early) == len(leads) if way.promised else None,
    )  # fmt: skip


def layout_shift(page: "Page", pages: Pages, shop: Shop) -> Row:
    """Return how far a first view's swap moves a page of five fonts, a bar of links and a narrow box."""
    own = written(shop.targets[0], 0)
    fonts = "".join(f'<p style="font: 18px {font}">Call <b>{own}</b> today</p><p>Open.</p>' for font in FONTS)
    bar = f'<nav style="display: flex; gap: 1em"><a>Beds</a><a>{own}</a><a>Tables</a></nav>'
    box = f'<div style="width: 7em">Ask us: {own} or write.</div>'
    page.goto(pages.put("/shift", f"<!doctype html><head>{shop.tag}</head><body>{bar}{fonts}{box}</body>"))
    wait_for_swap(page, [own])
    moved: float = page.evaluate(SHIFTS)
    case = "layout shift of a first view, digits 8 become 1"
    return Row("script", case, figure=moved, unit="shift", promise=f"below {MOST_SHIFT}", kept=moved < MOST_SHIFT)
