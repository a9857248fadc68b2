"""`leaseline number`: DIDs of the trunk, by hand, as ranges, from a file."""

from collections.abc import Callable, Iterable
from pathlib import Path

import click

from gateway.cli.manage import words
from gateway.cli.shell.errors import Fault
from gateway.cli.shell.groups import Group
from gateway.cli.shell.options import json_option, limit_option, utc_now
from gateway.cli.shell.output import Row, as_row, show, show_one
from gateway.cli.shell.store import open_config, open_store
from gateway.core.numbers import Kind
from gateway.service.configured import Configured
from gateway.service.numbers import Entry, add_numbers, read_file
from gateway.store import NewNumber

PREVIEW = ("number", "kind", "pool", "destination", "campaign", "label", "sms")
COLUMNS = (
    "number", "kind", "pool", "state", "free_at", "destination", "campaign", "label", "ghost_calls", "last_ghost_call",
)  # fmt: skip


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
    _add(list(read_file(text, defaults)), dry_run, as_json)


@number.command("list")
@click.option("--pool", default="", help="Only this pool.")
@limit_option
@json_option
def list_numbers(pool: str, limit: int, as_json: bool) -> None:
    """List numbers and where each stands."""
    found = open_store(open_config(), read_only=True).reports.numbers(utc_now(), pool, limit)
    show([as_row(one) for one in found], COLUMNS, as_json, "No numbers: `leaseline number add --pool NAME NUMBER ..`.")


def _add(entries: Iterable[Entry], dry_run: bool, as_json: bool) -> None:
    """Add what can be added; report the rest line by line and end with exit code 2 when there is any."""
    config = open_config()
    done = add_numbers(open_store(config), Configured.of(config), entries, utc_now(), dry_run=dry_run)
    refused = [(place, words.refused(refusal)) for place, refusal in done.refused]
    if dry_run:
        _show_preview(done.numbers, refused, as_json)
    else:
        report("added", len(done.numbers), refused, as_json)


def _show_preview(added: Iterable[NewNumber], refused: list[tuple[str, str]], as_json: bool) -> None:
    rows = [_shown(one) for one in added]
    if as_json:
        report("would_be_added", len(rows), refused, as_json, numbers=rows)
    else:
        show(rows, PREVIEW, as_json, "Nothing would be added.")
        report("would be added", len(rows), refused, as_json)


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
