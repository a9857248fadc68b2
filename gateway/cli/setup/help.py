"""`leaseline help`: the books, one per reader."""

import sys
from pathlib import Path
from typing import NamedTuple

import click
from rich.console import Console
from rich.markdown import Markdown

from gateway.cli.shell.errors import Fault

ROOT = Path(__file__).parents[3]  # of gateway/, web/ and dialplan/, in a checkout and when installed


class Book(NamedTuple):
    """Where a book stands, and the line that says whom it is for."""

    path: str
    about: str


BOOKS = {
    "pbx": Book("dialplan/README.md", "for the PBX admin: install, configure, load the dialplan, run"),
    "website": Book("web/help/website.md", "for the website owner: the tag, consent, what the script does to a page"),
    "owner": Book("web/help/owner.md", "for the owner: the call log, channels, numbers, pools, rules"),
    "operator": Book("web/help/operator.md", "for the operator: what runs, what to watch, upgrades, limits"),
    "attribution": Book("web/help/attribution.md", "how a call is attributed, and how sure that is"),
    "sizing": Book("web/help/sizing.md", "how many numbers a pool needs"),
    "figures": Book("web/help/figures.md", "what was measured, and how"),
}


@click.command()
@click.argument("topic", required=False)
def help(topic: str | None) -> None:
    """Print a book; without TOPIC, list the books.

    A terminal shows it page by page. A file or a pipe gets the Markdown.
    """
    if topic is None:
        width = max(map(len, BOOKS))
        for name, book in BOOKS.items():
            click.echo(f"{name:{width}}  {book.about}")
    elif topic in BOOKS:
        _print((ROOT / BOOKS[topic].path).read_text(encoding="utf-8"))
    else:
        raise Fault(f"there is no book {topic!r}: name one of {', '.join(BOOKS)}")


def _print(text: str) -> None:
    if not sys.stdout.isatty():
        click.echo(text, nl=False)
        return
    console = Console()
    with console.pager():
        console.print(Markdown(text))
