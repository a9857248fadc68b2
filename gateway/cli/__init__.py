"""The command line: the composition root, one file per command."""

import click

from gateway.cli.agi import agi
from gateway.cli.call import call
from gateway.cli.check import config
from gateway.cli.common import FaultyGroup, config_option
from gateway.cli.demo import demo
from gateway.cli.dialplan import dialplan
from gateway.cli.doctor import doctor
from gateway.cli.esl import esl
from gateway.cli.explain import explain
from gateway.cli.help import help_
from gateway.cli.init import init
from gateway.cli.lease import lease
from gateway.cli.misses import misses
from gateway.cli.number import number
from gateway.cli.number_life import ghosts, pause, release, resume, retire
from gateway.cli.pool import pool
from gateway.cli.pool_status import status
from gateway.cli.rule import rule
from gateway.cli.serve import serve
from gateway.cli.simulate import simulate
from gateway.cli.site import site
from gateway.cli.sizing import size
from gateway.cli.web import web
from gateway.cli.worker import worker


@click.group(cls=FaultyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@config_option
@click.version_option(package_name="leaseline")
def main() -> None:
    """Leaseline: lease phone numbers to website visitors, and say whose call it is.

    From nothing to a first call: init, site add, pool create, number add, dialplan, serve, doctor.
    The books that explain all of it: help.
    """


for command in (
    agi,
    call,
    config,
    demo,
    dialplan,
    doctor,
    esl,
    explain,
    help_,
    init,
    lease,
    number,
    pool,
    rule,
    serve,
    site,
    web,
    worker,
):
    main.add_command(command)
site.add_command(misses)
pool.add_command(size)
pool.add_command(simulate)
pool.add_command(status)
for step in (pause, resume, retire, release, ghosts):
    number.add_command(step)
