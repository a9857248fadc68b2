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
    """Return the errors of the rooms below. They are imported late: help needs no database."""
    from gateway.config import ConfigError
    from gateway.core.numbers import NumberError
    from gateway.core.refusals import Refused
    from gateway.store import StoreError

    return ConfigError, NumberError, Refused, StoreError


def told(error: Exception) -> str:
    """Return the line for a known error; the empty text for one that is ours to mend."""
    from pydantic_settings import SettingsError

    if isinstance(error, refusals()):
        return _worded(error)
    if isinstance(error, PermissionError):
        return f"{error.filename}: permission denied. Run as the user leaseline, or as root"
    if isinstance(error, UnicodeError):
        return f"that is not UTF-8 text: {error}"
    if isinstance(error, (OSError, OverflowError, csv.Error, SettingsError)):
        return str(error)
    return ""


def _worded(error: Exception) -> str:
    from gateway.cli.manage.words import refused
    from gateway.cli.shell.words import unusable
    from gateway.core.refusals import Refused
    from gateway.store import StoreError

    match error:
        case Refused():
            return refused(error.refusal)
        case StoreError():
            return unusable(error)
    return str(error)


def nothing_named(kind: str, *names: str) -> Fault:
    """Return the fault of naming what is not there: a site, a pool, a call."""
    written = ", ".join(map(repr, names))
    return Fault(f"there is no {kind} {written}: `leaseline {kind} list` lists them")
