"""`leaseline dialplan asterisk`: the dialplan files with this site's values in them."""

import re
from pathlib import Path

import click

from gateway.cli.common import open_config
from gateway.config import EXAMPLE_FALLBACK, Config

FOLDER = Path(__file__).parents[2] / "dialplan" / "asterisk"  # beside gateway/, in a checkout and when installed
FILES = ("leaseline.conf", "cdr.conf", "cdr_custom.conf")


@click.group()
def dialplan() -> None:
    """Print the files that the switch loads."""


@dialplan.command()
@click.argument("file", required=False, type=click.Choice(FILES))
def asterisk(file: str | None) -> None:
    """Print Asterisk's files with this site's listener and fallback filled in.

    With a name, that file alone, ready to be written:
    leaseline dialplan asterisk leaseline.conf > /etc/asterisk/leaseline.conf
    """
    config = open_config()
    if config.asterisk.fallback == EXAMPLE_FALLBACK:
        click.echo("leaseline: set [asterisk] fallback first: what is printed rings an example number", err=True)
    for name in [file] if file else FILES:
        if not file:
            click.echo(f"; ======== /etc/asterisk/{name} ========")
        click.echo(filled(name, config), nl=False)


def filled(name: str, config: Config) -> str:
    """Return a file of the Asterisk dialplan for this configuration."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    values = {"DNI_AGI": f"agi://{config.agi.host}:{config.agi.port}", "DNI_FALLBACK": config.asterisk.fallback}
    for variable, value in values.items():
        text = re.sub(rf"(?m)^([^;\n]*\bSet\({variable}=).*\)$", rf"\g<1>{value})", text)
    return text
