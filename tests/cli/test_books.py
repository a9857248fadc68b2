"""The books and README agree with the code: commands, configuration, defaults, links."""

import contextlib
import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.cli.setup.help import BOOKS
from gateway.config import Config, load
from gateway.core.calls.attribution import State
from tests.cli.books import PROJECT, Page, commands, configurations, options_of, pages, parse, prose, spans

PAGES = pages()
TEXT = {page.name: prose(page.text) for page in PAGES}
MOST_BYTES = 10_000  # of README, which is for everybody
LEAST = 60  # characters of a sentence that says something
LINK = re.compile(r"\]\(([^)#]*)(?:#([^)]*))?\)")
KEY = re.compile(r"\[(\w+)\] (\w+)")
LEFT_OUT = {"demo"}  # `make demo` runs it, from a checkout only


def cases(found: object) -> list[object]:
    """Return what was found in each book, a case each, named by its book."""
    return [pytest.param(one, id=f"{page.name}: {str(one)[:60]}") for page in PAGES for one in found(page)]  # type: ignore[operator]


def leaves(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the words of every command that does something."""
    if not isinstance(command, click.Group):
        yield " ".join(path)
        return
    for name, below in command.commands.items():
        yield from leaves(below, (*path, name))


def on_terminal(*arguments: str) -> str:
    """Return what a command writes to a terminal."""
    master, slave = pty.openpty()
    with subprocess.Popen(arguments, stdin=slave, stdout=slave, env={**os.environ, "PAGER": "cat"}):
        os.close(slave)
        written = b""
        with contextlib.suppress(OSError):  # EIO: nobody holds the other end any more
            while portion := os.read(master, 4096):
                written += portion
    os.close(master)
    return written.decode()


def anchors(path: Path) -> set[str]:
    """Return the anchors of a page, as GitHub makes them of headings."""
    headings = re.findall(r"(?m)^#+ (.*)$", path.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("arguments", cases(commands))
def test_every_command_line_of_a_book_can_be_typed(
    arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "FILE").touch()
    parse(arguments)


@pytest.mark.parametrize("words", cases(spans))
def test_every_command_that_a_book_names_has_these_options(words: tuple[str, ...]) -> None:
    known = options_of(words)
    assert [word for word in words if word.startswith("--") and word not in known] == []


@pytest.mark.parametrize("text", cases(configurations))
def test_every_configuration_of_a_book_loads(text: str, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    load(path)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_key_that_a_book_names_is_in_the_configuration(page: Page) -> None:
    for section, key in KEY.findall(page.text):
        assert key in type(getattr(Config(), section)).model_fields


def test_every_command_is_in_a_book() -> None:
    everything = " ".join(TEXT.values())
    assert [name for name in leaves(main) if name not in LEFT_OUT and f"leaseline {name}" not in everything] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_between_books_leads_somewhere(page: Page) -> None:
    for target, anchor in LINK.findall(page.text):
        if not target.startswith("http"):
            path = (page.path.parent / target).resolve() if target else page.path
            assert path.is_file(), target
            assert not anchor or anchor in anchors(path), f"{target}#{anchor}"


def test_nothing_is_said_in_two_books() -> None:
    said: dict[str, str] = {}
    for page in PAGES:
        for sentence in re.split(r"(?<=[.:;]) |\|", prose(page.text, with_code=False)):
            if len(sentence.strip()) >= LEAST:
                assert said.setdefault(sentence.strip(), page.name) == page.name, sentence


def test_readme_stays_short() -> None:
    assert len((PROJECT / "README.md").read_bytes()) <= MOST_BYTES


def test_the_figures_of_readme_are_those_of_the_book_of_figures() -> None:
    named = set(re.findall(r"\*\*([\d.,]+)", TEXT["README"]))
    assert named
    assert named <= set(re.findall(r"[\d.,]*\d", TEXT["figures"]))


def test_the_log_book_explains_every_state_and_every_weight() -> None:
    weights = type(Config().attribution).model_fields
    assert [word for word in (*State, *weights) if f"`{word}`" not in TEXT["attribution"]] == []


def test_the_script_knows_every_attribute_call_and_event_of_its_book() -> None:
    script = next((PROJECT / "web").rglob("swap.js")).read_text(encoding="utf-8")
    attributes = re.findall(r"`data-([a-z-]+)=", TEXT["website"])
    others = re.findall(r"leaseline\('(\w+)'|`leaseline:(\w+)`", TEXT["website"])
    names = {re.sub("-(.)", lambda found: found[1].upper(), name) for name in attributes} | {a or b for a, b in others}
    assert attributes
    assert others
    assert [name for name in names if not re.search(rf"\b{name}\b", script)] == []


def test_the_table_of_sizes_is_what_pool_size_prints() -> None:
    done = CliRunner().invoke(main, ["pool", "size", "100", "--json"], catch_exceptions=False)
    rows = [
        f"| {row['numbers']} | {row['visitors_with_own'] * 100:.0f} % | {row['calls_right'] * 100:.0f} % |"
        for row in json.loads(done.output)
    ]
    assert re.findall(r"\| \d+ \| \d+ % \| \d+ % \|", TEXT["sizing"]) == rows


def test_help_without_a_topic_lists_every_book() -> None:
    lines = CliRunner().invoke(main, ["help"]).output.splitlines()
    assert [line.split()[0] for line in lines] == list(BOOKS)


@pytest.mark.parametrize("topic", BOOKS)
def test_help_prints_the_book_as_it_stands(topic: str) -> None:
    page = next(page for page in PAGES if page.name == topic)
    assert CliRunner().invoke(main, ["help", topic]).output == page.text


def test_help_on_a_terminal_is_drawn_for_people() -> None:
    shown = on_terminal(sys.executable, "-m", "gateway", "help", "sizing")
    assert "How many numbers a pool needs" in shown
    assert "# How many" not in shown
    assert "|---" not in shown


def test_help_on_something_else_names_the_books() -> None:
    done = CliRunner().invoke(main, ["help", "cooking"])
    assert done.exit_code == 2
    assert done.output == f"leaseline: there is no book 'cooking': name one of {', '.join(BOOKS)}\n"
