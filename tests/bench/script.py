"""Part `script`: how large the swap script is, what it costs a page, and what a visitor sees of it."""

from collections.abc import Iterator
from pathlib import Path

from tests.bench import costs, sizes, views
from tests.bench.chromium import Pages, new_visitor, open_browser, serve_pages
from tests.bench.costs import FIND, OURS, Costs
from tests.bench.figures import Row
from tests.bench.lines import destinations
from tests.bench.packages import Minified
from tests.bench.plan import Plan, Say
from tests.bench.serve import serving
from tests.bench.shops import Shop, add_shop, show_number
from tests.bench.sizes import SWAPPER
from tests.house import SWAP_TARGET, House, build
from tests.live.asterisk import ASTERISK
from tests.live.provision import UnavailableError
from tests.live.rooms import room

SHOPS = {
    "one": {SWAP_TARGET: "+16465550110"},
    "many": {f"+1212555020{place}": f"+1646555020{place}" for place in range(10)},
    "shifting": {"+18888888888": "+17127111111"},  # as much narrower as a number can become
}


def measure(plan: Plan, where: Path | None, say: Say) -> list[Row]:
    """Serve the script and pages that carry it, and return the rows."""
    with room(where) as home, serve_pages() as pages:
        house = build(home, destinations(ASTERISK), origins=["http://127.0.0.1:1"])
        shops = {name: add_shop(house, pages.origin, name, numbers) for name, numbers in SHOPS.items()}
        with serving(house):
            early, others = _early(house, say), _others(say)
            found = list(sizes.rows(house, early, others))
            try:
                found += _browse(pages, shops, sizes.served(house).decode(), early, others, plan, say)
            except UnavailableError as reason:
                say(f"  only sizes: {reason}")
            return found


def _early(house: House, say: Say) -> str:
    early = sizes.early_snippet(house, "one")
    if not early:
        say("  `leaseline site tag --early` prints no snippet: left out")
    return early


def _others(say: Say) -> dict[str, Minified]:
    try:
        return sizes.minified()
    except UnavailableError as reason:
        say(f"  the scripts that npm has are left out: {reason}")
        return {}


def _browse(
    pages: Pages, shops: dict[str, Shop], script: str, early: str, others: dict[str, Minified], plan: Plan, say: Say
) -> Iterator[Row]:
    scripts = {name: one.source.decode() + FIND for name, one in others.items() if name == SWAPPER} | {OURS: script}
    with open_browser() as browser:
        page = new_visitor(browser).new_page()
        yield views.layout_shift(page, pages, shops["shifting"])
        kept = [(shop, show_number(page, pages, shop)) for shop in (shops["one"], shops["many"])]
        chosen = views.ways(pages, shops["one"], script, early)
        yield from views.repeat_views(page, pages, shops["one"], chosen, plan, say)
        timed = Costs(page, page.context.new_cdp_session(page), pages, scripts)
        costs.take_turns(timed, kept, plan, say)
        yield from costs.rows(timed.times)
