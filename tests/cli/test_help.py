"""Help that is printed from tables, so that nothing has to be imported for it."""

import subprocess
import sys
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.cli.shell.groups import Group


def late(group: Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command, str]]:
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        assert command
        if name in group.table:
            yield (*path, name), command, group.table[name][1]
        if isinstance(command, Group):
            yield from late(command, (*path, name))


@pytest.mark.parametrize(("path", "command", "short"), list(late(main)), ids=lambda value: str(value)[:40])
def test_the_table_says_of_a_command_what_its_own_help_says(
    path: tuple[str, ...], command: click.Command, short: str
) -> None:
    assert (command.name, command.get_short_help_str(limit=1000)) == (path[-1], short)
    assert CliRunner().invoke(main, [*path, "--help"]).exit_code == 0


def test_help_lists_every_command_and_imports_none() -> None:
    asked = "import sys; from gateway.cli import main; main(['--help'], standalone_mode=False); print(*sys.modules)"
    printed = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout
    assert all(f"\n  {name} " in printed for name in main.table)
    costly = {"sqlite_utils", "pydantic", "phonenumbers", "rich", "flask", "asyncio", "gevent", "gateway.store"}
    assert costly.isdisjoint(printed.splitlines()[-1].split())


def test_a_command_that_is_not_there_is_refused_in_words() -> None:
    done = CliRunner().invoke(main, ["pool", "nosuch"])
    assert (done.exit_code, "No such command 'nosuch'" in done.stderr) == (2, True)
