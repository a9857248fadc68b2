"""Errors of the user's or the machine's: one line, no traceback."""

import csv
from typing import Any

import click


class Fault(click.ClickException):
    """An error of the user's or the machine's, told in one line; exit code 2."""

    exit_code = 2

    def show(self, file: Any = None) -> None:  # noqa: ARG002  click names the argument
        """Print the line."""
        click.echo(f"leaseline: {self.format_message()}", err=True)


def refusals() -> tuple[type[Exception], ...]:
    """Return the errors whose own text says what to do. They are imported late: help needs no database."""
    from gateway.config import ConfigError
    from gateway.core.numbers import NumberError
    from gateway.store import Refused, StoreError

    return ConfigError, NumberError, Refused, StoreError


def told(error: Exception) -> str:
    """Return the line for a known error; the empty text for one that is ours to mend."""
    from pydantic_settings import SettingsError

    from gateway.cli.shell import words

    if isinstance(error, refusals()):
        return words.refused(error)
    if isinstance(error, PermissionError):
        return f"{error.filename}: permission denied. Run as the user leaseline, or as root"
    if isinstance(error, UnicodeError):
        return f"that is not UTF-8 text: {error}"
    if isinstance(error, (OSError, OverflowError, csv.Error, SettingsError)):
        return str(error)
    return ""


def nothing_named(kind: str, *names: str) -> Fault:
    """Return the fault of naming what is not there: a site, a pool, a call."""
    written = ", ".join(map(repr, names))
    return Fault(f"there is no {kind} {written}: `leaseline {kind} list` lists them")
