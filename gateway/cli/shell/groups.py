"""Groups of commands: they import a command when it is named, and end its known errors in one line."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from gateway.cli.shell.errors import Fault, told


class Group(click.Group):
    """A group. `table` names its commands that are imported late, each with its module and its short help.

    The help of the whole program is printed from tables: to import what it lists took a second.
    """

    def __init__(self, *arguments: Any, table: Mapping[str, tuple[str, str]] | None = None, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.table = table or {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, imported or not."""
        return sorted({*super().list_commands(ctx), *self.table})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command; import it first where it is in the table."""
        if cmd_name not in self.table:
            return super().get_command(ctx, cmd_name)
        command: click.Command = getattr(import_module(self.table[cmd_name][0]), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands, those of the table without an import."""
        rows = [(name, self._short_help(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise  # click ends quietly when nobody reads on
        except Exception as error:
            line = told(error)
            if not line:
                raise
            raise Fault(line) from error

    def _short_help(self, ctx: click.Context, name: str) -> str:
        if name in self.table:
            return self.table[name][1]
        command = super().get_command(ctx, name)
        return command.get_short_help_str(limit=100) if command else ""
