"""Fill the @WORDS@ of a template file."""

from collections.abc import Mapping
from pathlib import Path


def fill(template: Path, words: Mapping[str, str]) -> str:
    """Return the template's text with every @WORD@ replaced by its value."""
    text = template.read_text(encoding="utf-8")
    for word, value in words.items():
        text = text.replace(f"@{word}@", value)
    return text
