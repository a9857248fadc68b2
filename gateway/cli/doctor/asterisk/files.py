"""Asterisk's configuration files, as Asterisk itself reads them: line by line, with what they include."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

INCLUDE = re.compile(r"#\s*(?P<word>include|tryinclude)\s+[\"<]?(?P<path>[^\">;]+?)[\">]?\s*(;.*)?", re.IGNORECASE)
SECTION = re.compile(r"\[(?P<name>[^\]]+)\]")
TRUE = frozenset({"yes", "true", "y", "t", "1", "on"})  # main/utils.c, ast_true
DEEPEST = 10  # includes within includes; Asterisk's own limit


@dataclass(frozen=True, slots=True)
class Line:
    """A setting, and where it stands."""

    file: Path
    number: int
    section: str
    key: str
    value: str

    def __str__(self) -> str:
        """Return the place as a person looks for it."""
        return f"{self.file} line {self.number}"


@dataclass(frozen=True, slots=True)
class Include:
    """An #include, and the files that it names: none where nothing matches."""

    line: Line
    must_exist: bool
    files: tuple[Path, ...]


def read(path: Path, folder: Path, depth: int = 0) -> Iterator[Line | Include]:
    """Yield what stands in a file and in all that it includes. Raises OSError on the first file itself only."""
    section = ""
    for number, text in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
        text = text.strip()
        if include := INCLUDE.fullmatch(text):
            line = Line(path, number, section, "#include", include["path"])
            found = Include(line, include["word"].lower() == "include", _named(include["path"], folder))
            yield found
            yield from _within(found, folder, depth)
        elif heading := SECTION.match(text):
            section = heading["name"]
        else:
            key, equals, value = text.partition("=")
            if equals and not text.startswith(";"):
                yield Line(path, number, section, key.strip(), _uncommented(value.removeprefix(">")))


def last(lines: list[Line], section: str, key: str) -> Line | None:
    """Return the line that decides: of two, Asterisk takes the last."""
    return next((line for line in reversed(lines) if (line.section, line.key) == (section, key)), None)


def _within(include: Include, folder: Path, depth: int) -> Iterator[Line | Include]:
    for file in include.files if depth < DEEPEST else ():
        try:
            yield from read(file, folder, depth + 1)
        except OSError:
            continue  # whoever asks for unreadable files is told of the include


def _named(name: str, folder: Path) -> tuple[Path, ...]:
    path = folder / name.strip()
    if any(sign in name for sign in "*?["):
        return tuple(sorted(folder.glob(name.strip()) if not name.startswith("/") else Path("/").glob(name[1:])))
    return (path,)


def _uncommented(value: str) -> str:
    return re.sub(r"\s*(?<!\\);.*", "", value).strip()
