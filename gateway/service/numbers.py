"""Add numbers, by hand, as ranges or from a file, and take them through their life."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.core.leasing.leases import Pool
from gateway.core.numbers import Kind
from gateway.core.numbers.lifecycle import HOLD, Step, StepRefusal
from gateway.core.refusals import Refusal, Refused, Why
from gateway.service.configured import Configured
from gateway.service.pools import pool_named
from gateway.service.reading import read_number
from gateway.store import NewNumber, Store

# Of a file without a first line that names them; never another order, as files are kept.
FILE_COLUMNS = ("number", "pool", "kind", "campaign", "destination", "sms", "label")
LONGEST_RANGE = 1_000_000
SMS = {"": False, "no": False, "yes": True}


@dataclass(frozen=True, slots=True)
class Entry:
    """Numbers to add as a person writes them; `place` says where: `line 3`, or the text itself."""

    place: str
    text: str
    pool: str
    kind: str
    campaign: str
    destination: str
    sms: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Added:
    """Numbers that were added or put back, or would be; and the places of those that were refused."""

    numbers: tuple[NewNumber, ...]
    refused: tuple[tuple[str, Refusal], ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """With how many numbers a step was taken, and those with which it could not be."""

    count: int
    refused: tuple[tuple[str, StepRefusal], ...]


def read_file(text: str, defaults: Mapping[str, str]) -> Iterator[Entry]:
    """Yield the entries of a CSV file; `defaults` are the fields of an entry that a line leaves out."""
    names = list(FILE_COLUMNS)
    for line, fields in enumerate(csv.reader(text.splitlines()), start=1):
        cells = [cell.strip() for cell in fields]
        if line == 1 and "number" in (cell.lower() for cell in cells):
            names = [cell.lower() for cell in cells]
        elif any(cells) and not cells[0].startswith("#"):
            given = {name: cell for name, cell in zip(names, cells, strict=False) if cell}
            values = {name: given.get(name, value) for name, value in defaults.items()}
            yield Entry(place=f"line {line}", text=given.get("number", ""), **values)


def add_numbers(
    store: Store, configured: Configured, entries: Iterable[Entry], now: datetime, *, dry_run: bool = False
) -> Added:
    """Add what can be added, put back what is not in use; with `dry_run` only say what would be."""
    reader = _Reader(store, configured)
    preview = _Preview(store)
    added: list[NewNumber] = []
    refused: list[tuple[str, Refusal]] = []
    for entry in entries:
        try:
            new = reader.read(entry)
        except Refused as error:
            refused.append((entry.place, error.refusal))
            continue
        known = preview.add(new) if dry_run else store.numbers.add(new, now)
        left_out = {one.e164 for one in known}
        added += [one for one in new if one.e164 not in left_out]
        refused += [(entry.place, Refusal(Why.OURS_ALREADY, one.e164)) for one in known]
    return Added(tuple(added), tuple(refused))


def take_step(
    store: Store,
    country: str,
    step: Step,
    texts: Iterable[str],
    now: datetime,
    *,
    hold: timedelta = HOLD,
    force: bool = False,
) -> Taken:
    """Take a step in the life of numbers or ranges. Raises Refused on a text that is none, and takes no step then."""
    wanted = list(dict.fromkeys(e164 for text in texts for e164 in _range(text, country)))
    refused = store.numbers.take(step, wanted, now, hold=hold, force=force)
    return Taken(len(wanted) - len(refused), tuple(refused))


class _Preview:
    """Answers as the store does that adds numbers, and adds none."""

    def __init__(self, store: Store) -> None:
        self._numbers = store.numbers
        self._added: set[str] = set()

    def add(self, new: Iterable[NewNumber]) -> list[NewNumber]:
        """Return those that are ours already, or would be by then."""
        known: list[NewNumber] = []
        for one in new:
            if one.e164 in self._added or self._numbers.is_in_use(one.e164):
                known.append(one)
            self._added.add(one.e164)
        return known


class _Reader:
    """Reads entries into numbers; asks for each pool, and for what is printed on the sites, once."""

    def __init__(self, store: Store, configured: Configured) -> None:
        self._store = store
        self._configured = configured
        self._pools: dict[str, Pool | None] = {"": None}
        self._printed = store.sites.swap_targets()

    def read(self, entry: Entry) -> list[NewNumber]:
        """Return the numbers of an entry. Raises Refused."""
        if entry.kind not in set(Kind):
            raise Refused(Refusal(Why.NOT_A_KIND, entry.kind))
        kind, pool = Kind(entry.kind), self._pool(entry.pool)
        leased = kind in (Kind.POOL, Kind.SHARED)
        if leased and pool is None:
            raise Refused(Refusal(Why.NEEDS_POOL, kind.value))
        self._configured.check_destination(entry.destination)
        if entry.sms not in SMS:
            raise Refused(Refusal(Why.NEITHER_YES_NOR_NO, entry.sms))
        country = (pool and pool.country) or self._configured.country
        more = (entry.campaign, entry.destination, SMS[entry.sms], entry.label)
        found = _range(entry.text, country)
        return [NewNumber(self._checked(e164, leased=leased), kind, pool, *more) for e164 in found]

    def _pool(self, name: str) -> Pool | None:
        if name not in self._pools:
            self._pools[name] = pool_named(self._store, name)
        return self._pools[name]

    def _checked(self, e164: str, *, leased: bool) -> str:
        if leased and e164 in self._printed:
            # Leased to one visitor, it would claim everybody who reads the printed number.
            raise Refused(Refusal(Why.LEASED_TARGET, e164, other=self._printed[e164]))
        self._configured.check_forwarded(e164)
        return e164


def _range(text: str, country: str) -> Iterator[str]:
    """Yield the E.164 numbers of `A` or `A..B`. Raises Refused."""
    first, _, last = text.partition("..")
    start = read_number(first, country)
    end = read_number(last, country) if last else start
    count = int(end) - int(start) + 1
    if len(start) != len(end) or not 0 < count <= LONGEST_RANGE:
        raise Refused(Refusal(Why.NOT_A_RANGE, text))
    for value in range(int(start), int(end) + 1):
        yield f"+{value}"
