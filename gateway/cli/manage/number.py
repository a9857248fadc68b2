"""`leaseline number`: DIDs of the trunk, by hand, as ranges, from a file."""

import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import click

from gateway.cli.shell.errors import Fault, nothing_named
from gateway.cli.shell.groups import Group
from gateway.cli.shell.options import json_option, limit_option, utc_now
from gateway.cli.shell.output import Row, as_row, show, show_one
from gateway.cli.shell.store import check_destination, open_config, open_store
from gateway.config import Config
from gateway.core import numbers
from gateway.core.leasing.leases import Pool
from gateway.core.numbers import Kind, NumberError
from gateway.store import NewNumber, Store

PREVIEW = ("number", "kind", "pool", "destination", "campaign", "label", "sms")
# Of a file without a first line that names them; never another order, as files are kept.
FILE_COLUMNS = ("number", "pool", "kind", "campaign", "destination", "sms", "label")
LONGEST_RANGE = 1_000_000
SMS = {"": False, "no": False, "yes": True}
COLUMNS = (
    "number", "kind", "pool", "state", "free_at", "destination", "campaign", "label", "ghost_calls", "last_ghost_call",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to add, and where it stands: `line 3`, or the argument itself."""

    place: str
    text: str
    pool: str
    kind: str
    campaign: str
    destination: str
    sms: str = ""
    label: str = ""


def _common(command: Callable[..., None]) -> Callable[..., None]:
    kinds = click.Choice([kind.value for kind in Kind])
    options = (
        click.option("--pool", default="", help="The pool that the numbers belong to."),
        click.option("--kind", type=kinds, default="pool", show_default=True, help="shared: the pool's overflow."),
        click.option("--campaign", default="", help="What a source or static number stands for."),
        click.option("--label", default="", help="Your own name for it, such as where a billboard hangs."),
        click.option("--destination", default="", help="Where its calls go, unless to the pool's destination."),
        click.option("--sms", is_flag=True, help="The numbers can receive texts, so sms: links may name them."),
        click.option("--dry-run", is_flag=True, help="Say what would be added or refused, and add nothing."),
        json_option,
    )
    for option in reversed(options):
        command = option(command)
    return command


LATE = {
    "ghosts": ("gateway.cli.manage.number_life", "List retired numbers, and how many calls each has had since."),
    "pause": ("gateway.cli.manage.number_life", "Stop leasing numbers or ranges."),
    "release": ("gateway.cli.manage.number_life", "Let retired numbers go."),
    "resume": ("gateway.cli.manage.number_life", "Put paused or retired numbers back into use, as they were."),
    "retire": (
        "gateway.cli.manage.number_life",
        "Give numbers up: hold them for some time, in which calls still ring.",
    ),
}


@click.group(cls=Group, table=LATE)
def number() -> None:
    """Manage the numbers (DIDs) of your trunks."""


@number.command()
@click.argument("texts", nargs=-1, required=True, metavar="NUMBER...")
@_common
def add(texts: tuple[str, ...], sms: bool, dry_run: bool, as_json: bool, **settings: str) -> None:
    """Add numbers, or ranges such as +12125550110..+12125550119; put unused ones back."""
    can_text = "yes" if sms else ""
    _add([Entry(text, text, sms=can_text, **settings) for text in texts], dry_run, as_json)


@number.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@_common
def import_file(file: Path, sms: bool, dry_run: bool, as_json: bool, **defaults: str) -> None:
    """Add numbers from a CSV file.

    Columns: number (or a range with ..), pool, kind, campaign, destination, sms (yes or no), label; a first line with
    these names may put them in another order. What a line leaves out comes from the options. Good lines are kept, the
    others reported.
    """
    defaults["sms"] = "yes" if sms else ""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Fault(f"cannot read {file}: {error}. It has to be a CSV file in UTF-8") from error
    _add(list(_entries(text, defaults)), dry_run, as_json)


@number.command("list")
@click.option("--pool", default="", help="Only this pool.")
@limit_option
@json_option
def list_numbers(pool: str, limit: int, as_json: bool) -> None:
    """List numbers and where each stands."""
    found = open_store(open_config(), read_only=True).reports.numbers(utc_now(), pool, limit)
    show([as_row(one) for one in found], COLUMNS, as_json, "No numbers: `leaseline number add --pool NAME NUMBER ..`.")


def _entries(text: str, defaults: dict[str, str]) -> Iterator[Entry]:
    names = list(FILE_COLUMNS)
    for line, fields in enumerate(csv.reader(text.splitlines()), start=1):
        cells = [cell.strip() for cell in fields]
        if line == 1 and "number" in (cell.lower() for cell in cells):
            names = [cell.lower() for cell in cells]
        elif any(cells) and not cells[0].startswith("#"):
            given = {name: cell for name, cell in zip(names, cells, strict=False) if cell}
            values = {name: given.get(name, value) for name, value in defaults.items()}
            yield Entry(place=f"line {line}", text=given.get("number", ""), **values)


def _add(entries: Iterable[Entry], dry_run: bool, as_json: bool) -> None:
    """Add what can be added; report the rest line by line and end with exit code 2 when there is any."""
    config = open_config()
    store = open_store(config)
    reader, adding = _Reader(config, store), _Preview(store) if dry_run else store.numbers
    refused: list[tuple[str, str]] = []
    added: list[NewNumber] = []
    for entry in entries:
        try:
            new = reader.read(entry)
            known = adding.add(new, utc_now())
        except (NumberError, Fault) as error:
            refused.append((entry.place, str(error)))
        else:
            added += _without(new, known)
            refused += [(entry.place, f"{one.e164} is a number of ours already") for one in known]
    if dry_run:
        _show_preview(added, refused, as_json)
    else:
        report("added", len(added), refused, as_json)


def _show_preview(added: list[NewNumber], refused: list[tuple[str, str]], as_json: bool) -> None:
    rows = [_shown(one) for one in added]
    if as_json:
        report("would_be_added", len(rows), refused, as_json, numbers=rows)
    else:
        show(rows, PREVIEW, as_json, "Nothing would be added.")
        report("would be added", len(rows), refused, as_json)


def _without(new: Iterable[NewNumber], known: Iterable[NewNumber]) -> list[NewNumber]:
    left_out = {one.e164 for one in known}
    return [one for one in new if one.e164 not in left_out]


def _shown(new: NewNumber) -> Row:
    return {
        "number": new.e164,
        "kind": new.kind.value,
        "pool": new.pool.name if new.pool else None,
        "destination": new.destination or None,
        "campaign": new.campaign or None,
        "label": new.label or None,
        "sms": new.sms,
    }


def report(what: str, done: int, refused: list[tuple[str, str]], as_json: bool, **more: object) -> None:
    """Print how many were done and why others were not; end with exit code 2 when there are any."""
    if as_json:
        told = [{"place": place, "reason": reason} for place, reason in refused]
        show_one({what: done, "refused": told, **more}, as_json)
    else:
        for place, reason in refused:
            click.echo(f"{place}: refused: {reason}", err=True)
        click.echo(f"{done} {what}, {len(refused)} refused")
    if refused:
        raise SystemExit(2)


class _Preview:
    """Answers as the store does that adds numbers, and adds none."""

    def __init__(self, store: Store) -> None:
        self._numbers = store.numbers
        self._added: set[str] = set()

    def add(self, new: Iterable[NewNumber], _now: datetime) -> list[NewNumber]:
        """Return those that are ours already, or would be by then."""
        known: list[NewNumber] = []
        for one in new:
            if one.e164 in self._added or self._numbers.is_in_use(one.e164):
                known.append(one)
            self._added.add(one.e164)
        return known


class _Reader:
    """Reads entries into numbers; knows pools by name and where calls are forwarded to."""

    def __init__(self, config: Config, store: Store) -> None:
        self._config = config
        self._sites = store.sites
        self._pools: dict[str, Pool | None] = {"": None}
        self._forwarded = config.forwarded_numbers()
        self._printed = store.sites.swap_targets()

    def read(self, entry: Entry) -> list[NewNumber]:
        """Return the numbers of an entry. Raises NumberError or Fault with the reason."""
        if entry.kind not in set(Kind):
            raise Fault(f"{entry.kind!r} is no kind: {', '.join(Kind)}")
        kind = Kind(entry.kind)
        pool = self._pool(entry.pool)
        if pool is None and kind in (Kind.POOL, Kind.SHARED):
            raise Fault(f"a {kind.value} number needs a pool: name it with --pool or in the column pool")
        check_destination(self._config, entry.destination)
        if entry.sms not in SMS:
            raise Fault(f"{entry.sms!r} in the column sms is neither yes nor no")
        country = (pool and pool.country) or self._config.routing.country
        more = (entry.campaign, entry.destination, SMS[entry.sms], entry.label)
        return [NewNumber(self._checked(e164, kind), kind, pool, *more) for e164 in read_range(entry.text, country)]

    def _pool(self, name: str) -> Pool | None:
        if name not in self._pools:
            found = self._sites.pool_by_name(name)
            if found is None:
                raise nothing_named("pool", name)
            self._pools[name] = found
        return self._pools[name]

    def _checked(self, e164: str, kind: Kind) -> str:
        if e164 in self._printed and kind in (Kind.POOL, Kind.SHARED):
            # Leased to one visitor, it would claim everybody who reads the printed number.
            raise Fault(f"{e164} is printed on the site (swap target of pool {self._printed[e164]}): never lease it")
        key = self._forwarded.get(e164)
        if key:
            raise Fault(f"{key} forwards calls to {e164}: they would go in circles")
        return e164


def read_range(text: str, country: str) -> Iterator[str]:
    """Yield the E.164 numbers of `A` or `A..B`."""
    first, _, last = text.partition("..")
    start = numbers.parse(first, country)
    end = numbers.parse(last, country) if last else start
    count = int(end) - int(start) + 1
    if len(start) != len(end) or not 0 < count <= LONGEST_RANGE:
        raise NumberError(f"{text!r} is not a range: the second number has to follow the first, of the same length")
    for value in range(int(start), int(end) + 1):
        yield f"+{value}"
