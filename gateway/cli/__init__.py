"""The command line: the composition root, one file per command."""

import click

from gateway.cli.doctor.command import doctor
from gateway.cli.lab.simulate import simulate
from gateway.cli.lab.sizing import size
from gateway.cli.log.call import call
from gateway.cli.log.explain import explain
from gateway.cli.log.lease import lease
from gateway.cli.log.misses import misses
from gateway.cli.manage.number import number
from gateway.cli.manage.number_life import ghosts, pause, release, resume, retire
from gateway.cli.manage.pool import pool
from gateway.cli.manage.pool_status import status
from gateway.cli.manage.rule import rule
from gateway.cli.manage.site import site
from gateway.cli.run.agi import agi
from gateway.cli.run.esl import esl
from gateway.cli.run.serve import serve
from gateway.cli.run.web import web
from gateway.cli.run.worker import worker
from gateway.cli.setup.check import config
from gateway.cli.setup.dialplan import dialplan
from gateway.cli.setup.init import init
from gateway.cli.shell.common import FaultyGroup, config_option


@click.group(cls=FaultyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@config_option
@click.version_option(package_name="leaseline")
def main() -> None:
    """Leaseline: lease phone numbers to website visitors, and say whose call it is.

    From nothing to a first call: init, site add, pool create, number add, dialplan, serve, doctor.
    """


for command in (
    agi,
    call,
    config,
    dialplan,
    doctor,
    esl,
    explain,
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
