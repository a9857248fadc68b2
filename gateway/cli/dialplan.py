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
    """Print Asterisk's files with this site's listener, fallback and trunks filled in.

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
    if not file:
        click.echo(_trunks(config))


def filled(name: str, config: Config) -> str:
    """Return a file of the Asterisk dialplan for this configuration."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    for variable, value in _values(config).items():
        literal = value.replace("\\", "\\\\")
        text = re.sub(rf"(?m)^([^;\n]*\bSet\({variable}=).*\)$", rf"\g<1>{literal})", text)
    return text


def _values(config: Config) -> dict[str, str]:
    """Return the dialplan's settings. A bare `;` would begin a comment there, and cut the fallback short."""
    return {
        "DNI_AGI": f"agi://{config.agi.host}:{config.agi.port}",
        "DNI_FALLBACK": config.asterisk.fallback.replace(";", "\\;"),
        "DNI_FALLBACK_RING": str(config.asterisk.fallback_seconds),
        "DNI_LIMIT_MS": str(config.asterisk.longest_call * 1000),
    }


def _trunks(config: Config) -> str:
    """Return what each trunk of the configuration needs in pjsip.conf."""
    lines = ["; ======== pjsip.conf: add to the endpoint of each trunk ========"]
    for name in config.trunks or ["your-trunk"]:
        lines += [f"; [{name}]", ";     context=leaseline-inbound", ";     allow_transfer=no", ";     allow_overlap=no"]
    return "\n".join(lines)
