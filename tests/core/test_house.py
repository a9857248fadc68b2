"""Core, store and use cases speak no face's language: a page words their answers otherwise than the command line."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import gateway

ROOT = Path(gateway.__file__).parent
ROOMS = ("core", "store", "service")
COMMAND = re.compile(r"leaseline [a-z]|(?<![\w-])--[a-z]")


def sentences(source: str) -> Iterator[str]:
    """Yield the texts of a module that somebody may be shown: all but docstrings."""
    tree = ast.parse(source)
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.value


def files() -> Iterator[str]:
    for room in ROOMS:
        yield from (str(path.relative_to(ROOT)) for path in (ROOT / room).rglob("*.py"))


@pytest.mark.parametrize("file", sorted(files()))
def test_no_command_and_no_option_is_named(file: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    assert [sentence for sentence in sentences(text) if COMMAND.search(sentence)] == []


def test_a_sentence_that_names_a_command_or_an_option_is_seen() -> None:
    named = '"""`leaseline agi`"""\nx = f"run `leaseline init`{1}"\ny = "or --force it"\nz = "a--b: leaseline, -- it"'
    assert [one for one in sentences(named) if COMMAND.search(one)] == ["or --force it", "run `leaseline init`"]
