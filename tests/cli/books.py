"""Read the books: their command lines, their configurations, the commands that they name."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from gateway.cli import main
from gateway.cli.setup.help import BOOKS

PROJECT = Path(__file__).parents[2]
FENCE = re.compile(r"(?ms)^```(\w*)\n(.*?)^```$")
INDENTED = re.compile(r"(?m)^ {4,}\S.*$")
HEREDOC = re.compile(r"(?ms)^(?P<line>[^\n]*<<'EOF')\n(?P<body>.*?)^EOF$")
SPAN = re.compile(r"`([^`\n]+)`")
OURS = re.compile(r"(?:^|[|&] *)(?:sudo )?(?:-u leaseline )?leaseline ")
PUNCTUATION = frozenset("|&;<>()")


@dataclass(frozen=True, slots=True)
class Page:
    """A book, or README."""

    name: str
    path: Path

    @property
    def text(self) -> str:
        """Return what it says."""
        return self.path.read_text(encoding="utf-8")


def pages() -> list[Page]:
    """Return README and every book that `leaseline help` prints."""
    books = [Page(name, PROJECT / book.path) for name, book in BOOKS.items()]
    return [Page("README", PROJECT / "README.md"), *books]


def prose(text: str, *, with_code: bool = True) -> str:
    """Return a text on one line, so that it can be searched however it is broken."""
    if not with_code:
        text = INDENTED.sub("", FENCE.sub("", text))
    return " ".join(text.split())


def commands(page: Page) -> Iterator[tuple[str, ...]]:
    """Yield the arguments of each command line of ours."""
    for line in _lines(page.text):
        if OURS.search(line):
            yield from _ours(line)


def configurations(page: Page) -> Iterator[str]:
    """Yield each piece of config.toml: a block of its own, or what a command writes there."""
    for language, block in FENCE.findall(page.text):
        if language == "toml":
            yield block
        yield from (found["body"] for found in HEREDOC.finditer(block) if "config.toml" in found["line"])


def spans(page: Page) -> Iterator[tuple[str, ...]]:
    """Yield the words of each command that is named in a sentence, with `leaseline` in front or without."""
    for span in SPAN.findall(FENCE.sub("", page.text)):
        words = span.split()
        if "leaseline" in words:
            words = list(_arguments(words))
        elif len(words) < 2 or not isinstance(main.get_command(click.Context(main), words[0]), click.Group):
            continue
        yield tuple(words)


def parse(arguments: tuple[str, ...]) -> None:
    """Have the command line read its arguments, as if the command were about to run. Raises click's own errors."""
    command: click.Command = main
    context = main.make_context("leaseline", list(arguments))
    while isinstance(command, click.Group):
        name, below, rest = command.resolve_command(context, [*context._protected_args, *context.args])
        assert below is not None
        command, context = below, below.make_context(name, rest, parent=context)


def options_of(words: tuple[str, ...]) -> set[str]:
    """Return the options of the command that these words begin with. Raises KeyError where there is none."""
    command: click.Command = main
    for word in words:
        if not isinstance(command, click.Group):
            break
        found = command.get_command(click.Context(command), word)
        if found is None:
            raise KeyError(word)
        command = found
    options = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    return options | {"--help"}


def _lines(text: str) -> Iterator[str]:
    """Yield the lines of shell blocks and of indented ones, without what is written into files."""
    for language, block in FENCE.findall(text):
        if language == "sh":
            yield from HEREDOC.sub("", block).splitlines()
    yield from (line.strip() for line in INDENTED.findall(FENCE.sub("", text).replace("\\\n", " ")))


def _ours(line: str) -> Iterator[tuple[str, ...]]:
    reader = shlex.shlex(line, posix=True, punctuation_chars=True)
    reader.whitespace_split = True
    words: list[str] = []
    for word in [*reader, "|"]:
        if not PUNCTUATION.issuperset(word):
            words.append(word)
            continue
        if "leaseline" in words and set(words[: words.index("leaseline")]) <= {"sudo", "-u"}:
            yield _arguments(words)
        words = []


def _arguments(words: list[str]) -> tuple[str, ...]:
    """Return what stands behind the command; the user of `sudo -u` has its name as well."""
    place = words.index("leaseline")
    return tuple(words[place + (2 if words[place - 1] == "-u" else 1) :])
