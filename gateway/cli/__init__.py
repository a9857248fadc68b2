"""The command line: the composition root, one file per command."""

import click

from gateway.cli.shell.groups import Group
from gateway.cli.shell.options import config_option

# Each command with its module and its short help, so that `leaseline --help` imports none of them.
COMMANDS = {
    "agi": ("gateway.cli.run.agi", "Answer Asterisk: tell it whose a call is and where it rings."),
    "call": ("gateway.cli.log.call", "Read the call log, and say whose call each was."),
    "config": ("gateway.cli.setup.check", "Check the configuration."),
    "dialplan": ("gateway.cli.setup.dialplan", "Print the files that the switch loads."),
    "doctor": (
        "gateway.cli.doctor.command",
        "Check database, disk, clock, listeners, the pages, the switch and its dialplan; exit code 2 if one fails.",
    ),
    "esl": ("gateway.cli.run.esl", "Answer FreeSWITCH: tell it whose a call is and where it rings."),
    "explain": ("gateway.cli.log.explain", "Say what would happen to a call to NUMBER, and why."),
    "help": ("gateway.cli.setup.help", "Print a book; without TOPIC, list the books."),
    "init": (
        "gateway.cli.setup.init",
        "Make whatever is missing: the configuration file, the web secret, the database.",
    ),
    "lease": ("gateway.cli.log.lease", "Show which visitor holds or held which number."),
    "number": ("gateway.cli.manage.number", "Manage the numbers (DIDs) of your trunks."),
    "pool": ("gateway.cli.manage.pool", "Manage pools of numbers, which visitors lease."),
    "rule": ("gateway.cli.manage.rule", "Manage rules: one fixed number for all visitors of one kind."),
    "serve": ("gateway.cli.run.serve", "Run every process that the configuration enables."),
    "site": ("gateway.cli.manage.site", "Manage the websites that embed the script."),
    "web": ("gateway.cli.run.web", "Serve the swap script and the lease API."),
    "worker": (
        "gateway.cli.run.worker",
        "Complete calls from the switch's CDRs, including calls that came while Leaseline was down.",
    ),
}


@click.group(cls=Group, table=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@config_option
@click.version_option(package_name="leaseline")
def main() -> None:
    """Leaseline: lease phone numbers to website visitors, and say whose call it is.

    From nothing to a first call: init, site add, pool create, number add, dialplan, serve, doctor.
    The books that explain all of it: help.
    """
