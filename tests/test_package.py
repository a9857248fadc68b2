"""What is installed stands on its own: it has no checkout around it."""

import ast
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).parents[1]
FILES = [file for room in ("gateway", "web", "dialplan") for file in (PROJECT / room).rglob("*.py")]


def imports(text: str) -> Iterator[str]:
    """Yield the modules that a file imports, wherever in it that is."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_no_file_of_the_product_imports_the_tests() -> None:
    assert FILES
    strays = [file for file in FILES for name in imports(file.read_text()) if name.partition(".")[0] == "tests"]
    assert strays == []


def test_no_file_of_the_product_changes_where_modules_are_looked_for() -> None:
    assert [file for file in FILES if "sys.path" in file.read_text()] == []
