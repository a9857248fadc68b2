"""What the script costs a page, in a real Chromium: a full swap, and its part in what the page does afterwards.

How a swap is timed: the page is loaded without the script, and the browser remembers a lease, which the script shows
at once. Then the script, as it is served, is evaluated, with its settings where a tag manager leaves them: from right
before that to right after it, or, had it left something for later, to the first task in which none of the site's own
numbers is left. It has failed when some are 5 s later. Compiling is part of it, the network is not; nothing was run
before, so that all code is cold. An inline script would do as well, but its text would be one more that is looked at.

Everything is done in turns, one page of each kind, so that a slow minute of the machine is everybody's.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.bench.chromium import Pages
from tests.bench.figures import Row, Timing, timing
from tests.bench.plan import Plan, Say
from tests.bench.shops import RESTORE, Shop, written

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession, Page

SPEEDS = (1, 4)  # times as slow as this machine
OURS, NONE = "leaseline", "no script"
SWAP = """([source, settings, numbers]) => new Promise((done) => {
    self.leaselineConfig = settings;
    const start = performance.now();
    (0, eval)(source);
    const look = () => {
        const now = performance.now();
        const text = document.body.textContent;
        if (!numbers.some((number) => text.includes(number))) done(now - start);
        else if (now - start < 5000) setTimeout(look);
        else done(null);
    };
    look();
})"""
# An observer is told between two batches, before the page goes on. Layout is asked for after each: it comes with
# whatever is appended, and a script that costs a tenth of it is not felt.
APPEND = """async (texts) => {
    const start = performance.now();
    for (let batch = 0; batch < 200; batch++) {
        const box = document.createElement('div');
        for (let place = 0; place < 50; place++) {
            box.appendChild(document.createElement('span')).textContent = texts[place % texts.length] + '. ';
        }
        document.body.append(box);
        await null;
        box.offsetHeight;
    }
    return performance.now() - start;
}"""
WRITE = """async () => {
    const texts = [...document.querySelectorAll('p')].map((paragraph) => paragraph.firstChild);
    const start = performance.now();
    texts.forEach((text, place) => { text.data = `Total ${place} of 10000`; });
    await null;
    return performance.now() - start;
}"""
WRITES = 10_000
FIND = r"""
findAndReplaceDOMText(document.body, {
    find: /(?:\+1 )?\(?212\)?[ .-]555[ .-]0100/g, replace: '(646) 555-0110', preset: 'prose',
});"""


OTHERS = ("Oak table, made by hand", "Free delivery", "2 m long, 90 cm wide", "Ask us anything")
PRICE = "1,290 USD"
Times = dict[tuple[str, str, int], list[float | None]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page: how many texts it has, how many of them with a number, and how long a full swap may take, by speed."""

    texts: int
    numbers: int
    limits: tuple[float | None, float | None] = (None, None)
    prices: bool = False
    """Whether it is full of what begins like a number: three digits, and then capitals of the next text."""

    def __str__(self) -> str:
        prices = ", prices" if self.prices else ""
        return f"{self.texts:,} texts, {f'{self.numbers:,} numbers' if self.numbers else 'no number'}{prices}"

    def html(self, targets: Sequence[str]) -> str:
        """Return the page."""
        step = self.texts // self.numbers if self.numbers else 0
        others = (*OTHERS[:-1], PRICE) if self.prices else OTHERS
        texts = (
            f"Call {written(targets[place // step % len(targets)], place // step)}"
            if step and place % step == 0
            else others[place % len(others)]
            for place in range(self.texts)
        )
        return f"<!doctype html><body>{''.join(f'<p>{text}</p>' for text in texts)}</body>"


SHEETS = (
    Sheet(1_000, 10, (15, 60)), Sheet(10_000, 100, (80, 300)), Sheet(10_000, 2_500, (150, None)),
    Sheet(10_000, 0, (15, None)), Sheet(10_000, 0, prices=True),
)  # fmt: skip
LIVELY = {APPEND: Sheet(1_000, 10), WRITE: Sheet(WRITES, 10)}


@dataclass(slots=True)
class Costs:
    """Pages in a browser that has leased before, and milliseconds by what was done, by whom, and how slowly."""

    page: "Page"
    devtools: "CDPSession"
    pages: Pages
    scripts: dict[str, str]
    """Sources by name; ours is as served."""
    times: Times = field(default_factory=dict)

    def swap(self, shop: Shop, kept: str, sheet: Sheet, who: str, speed: int) -> None:
        """Time a full swap of a page by a script."""
        self._open(shop, kept, sheet)
        self._time(f"swap, {_of(shop)}{sheet}", who, speed, lambda: self._run(shop, who))

    def live(self, shop: Shop, kept: str, what: str, action: str, who: str, speed: int) -> None:
        """Time what a page does after the script has run, or without one."""
        self._open(shop, kept, LIVELY[action])
        if who == OURS:
            self._run(shop, who)
        self._time(what, who, speed, lambda: self.page.evaluate(action, OTHERS))

    def _open(self, shop: Shop, kept: str, sheet: Sheet) -> None:
        path = f"/{shop.name}/{sheet.texts}/{sheet.numbers}/{sheet.prices}"
        if path not in self.pages.answers:
            self.pages.put(path, sheet.html(shop.targets))
        self.page.goto(f"{self.pages.origin}{path}")
        self.page.evaluate(RESTORE, kept)

    def _run(self, shop: Shop, who: str) -> Any:
        return self.page.evaluate(SWAP, [self.scripts[who], {"site": shop.key, "api": shop.api}, shop.texts])

    def _time(self, what: str, who: str, speed: int, act: Callable[[], Any]) -> None:
        self.devtools.send("Emulation.setCPUThrottlingRate", {"rate": speed})
        self.times.setdefault((what, who, speed), []).append(act())
        self.devtools.send("Emulation.setCPUThrottlingRate", {"rate": 1})


def take_turns(costs: Costs, shops: Sequence[tuple[Shop, str]], plan: Plan, say: Say) -> None:
    """Time everything `plan.pages` times; `shops` are one with a single swap target and one with many."""
    tasks = [task for speed in SPEEDS for task in _tasks(costs, shops, speed)]
    for turn in range(plan.pages):
        say(f"  pages, round {turn + 1} of {plan.pages}")
        for task in tasks:
            task()


def _tasks(costs: Costs, shops: Sequence[tuple[Shop, str]], speed: int) -> list[Callable[[], None]]:
    (one, many), others = shops, [name for name in costs.scripts if name != OURS]
    tasks: list[Callable[[], None]] = [
        partial(costs.swap, *one, sheet, who, speed) for sheet in SHEETS for who in (*others, OURS)
    ]
    tasks.append(partial(costs.swap, *many, SHEETS[1], OURS, speed))
    for what, action in ((APPENDED, APPEND), (WRITTEN, WRITE)):
        tasks += [partial(costs.live, *one, what, action, who, speed) for who in (NONE, OURS)]
    return tasks


APPENDED = "10,000 spans appended in 200 batches"
WRITTEN = f"{WRITES:,} texts written, with digits"
APPEND_PROMISE, MOST_APPEND = "+10 %", 1.10
WRITE_PROMISE, MOST_WRITE = "10 us each", 10.0


def rows(times: Times) -> list[Row]:
    """Return the rows, each of ours after those that stand beside it."""
    limits = {f"swap, {sheet}": sheet.limits for sheet in SHEETS}
    found = []
    for (what, who, speed), taken in sorted(times.items(), key=lambda one: one[0][2]):
        time = _timing(taken)
        case = f"{what}{'' if speed == 1 else f', {speed}x slower CPU'}: {who}"
        beside = next((name for (other, name, at) in times if (other, at) == (what, speed) and name != OURS), "")
        if who != OURS:
            found.append(Row("script", case, time))
        elif what in limits or not beside:
            limit = limits.get(what, (None, None))[SPEEDS.index(speed)]
            found.append(_swap(case, time, limit, beside, _timing(times[what, beside, speed]) if beside else None))
        else:
            found.append(_tax(what, case, speed, time, _timing(times[what, beside, speed])))
    return found


def _swap(case: str, time: Timing, limit: float | None, beside: str, other: Timing | None) -> Row:
    ratio = time.median / other.median if other else None
    promise, kept = (f"{limit:g} ms", time.median <= limit) if limit else ("", None)
    return Row("script", case, time, beside=beside, ratio=ratio, promise=promise, kept=kept)


def _tax(what: str, case: str, speed: int, time: Timing, plain: Timing) -> Row:
    ratio, added = time.median / plain.median, time.median - plain.median
    each = added * 1000 / WRITES
    promise, kept = (APPEND_PROMISE, ratio <= MOST_APPEND) if what == APPENDED else (WRITE_PROMISE, each <= MOST_WRITE)
    return Row(
        "script", case, time, beside=NONE, ratio=ratio, added=added, figure=each, unit="us each",
        promise=promise if speed == 1 else "", kept=kept if speed == 1 else None,
    )  # fmt: skip


def _timing(taken: Sequence[float | None]) -> Timing:
    good = [time for time in taken if time is not None]
    return timing(good, len(taken) - len(good))


def _of(shop: Shop) -> str:
    return "" if len(shop.targets) == 1 else f"{len(shop.targets)} swap targets, "
