"""`leaseline dialplan asterisk|freeswitch`: the dialplan files with this site's values in them."""

import re
from collections.abc import Callable, Iterator, Mapping
from html import escape
from pathlib import Path

import click

from gateway.cli.shell.store import open_config
from gateway.config import Config

FOLDER = Path(__file__).parents[3] / "dialplan"  # beside gateway/, in a checkout and when installed
ASTERISK = {name: f"/etc/asterisk/{name}" for name in ("leaseline.conf", "cdr.conf", "cdr_custom.conf")}
FREESWITCH = {
    "leaseline.xml": "/etc/freeswitch/dialplan/leaseline.xml",
    "json_cdr.conf.xml": "/etc/freeswitch/autoload_configs/json_cdr.conf.xml",
}

TRUNKS = """<extension name="leaseline-trunks" continue="true">
      <condition>
"""  # where leaseline.xml takes what is known of single trunks


@click.group()
def dialplan() -> None:
    """Print the files that the switch loads."""


@dialplan.command()
@click.argument("file", required=False, type=click.Choice(list(ASTERISK)))
def asterisk(file: str | None) -> None:
    """Print Asterisk's files with this site's listener, fallback and trunks filled in.

    With a name, that file alone, ready to be written:
    leaseline dialplan asterisk leaseline.conf | sudo tee /etc/asterisk/leaseline.conf
    The switch has to be able to read it: `leaseline help pbx` has the whole way.
    """
    config = open_config()
    _warn(config, "asterisk", config.asterisk.has_example_fallback)
    if file:
        click.echo(asterisk_file(file, config), nl=False)
    else:
        _print_all(ASTERISK, "; ======== {} ========", lambda name: asterisk_file(name, config))
        click.echo(_asterisk_hints(config))


@dialplan.command()
@click.argument("file", required=False, type=click.Choice(list(FREESWITCH)))
def freeswitch(file: str | None) -> None:
    """Print FreeSWITCH's files with this site's listener, fallback and CDR folder filled in.

    With a name, that file alone, ready to be written:
    leaseline dialplan freeswitch leaseline.xml | sudo tee /etc/freeswitch/dialplan/leaseline.xml
    The switch has to be able to read it: `leaseline help pbx` has the whole way.
    """
    config = open_config()
    _warn(config, "freeswitch", config.freeswitch.has_example_fallback)
    if file:
        click.echo(freeswitch_file(file, config), nl=False)
    else:
        _print_all(FREESWITCH, "<!-- ======== {} ======== -->", lambda name: freeswitch_file(name, config))
        click.echo(_freeswitch_hints(config))


def asterisk_file(name: str, config: Config) -> str:
    """Return a file of the Asterisk dialplan for this configuration."""
    text = (FOLDER / "asterisk" / name).read_text(encoding="utf-8")
    for variable, value in _asterisk_settings(config).items():
        literal = value.replace("\\", "\\\\")
        text = re.sub(rf"(?m)^([^;\n]*\bSet\({variable}=).*\)$", rf"\g<1>{literal})", text)
    trunks = "".join(f" same => n,Set({variable}={value})\n" for variable, value in _asterisk_trunks(config).items())
    return text.replace(" same => n,Return()\n", f"{trunks} same => n,Return()\n", 1)


def freeswitch_file(name: str, config: Config) -> str:
    """Return a file of the FreeSWITCH dialplan for this configuration."""
    text = (FOLDER / "freeswitch" / name).read_text(encoding="utf-8")
    text = _put(text, 'name="log-dir" value="', str(config.worker.freeswitch_cdr))
    for variable, value in freeswitch_settings(config).items():
        text = _put(text, f'data="{variable}=', value)
    trunks = "".join(
        f'        <action application="set" data="{variable}={value}" inline="true"/>\n'
        for variable, value in _freeswitch_trunks(config).items()
    )
    return text.replace(TRUNKS, f"{TRUNKS}{trunks}", 1)


def freeswitch_settings(config: Config) -> dict[str, str]:
    """Return the settings of leaseline.xml."""
    return {
        "dni_esl": f"{config.esl.host}:{config.esl.port}",
        "dni_fallback": config.freeswitch.fallback,
        "dni_fallback_ring": str(config.freeswitch.fallback_seconds),
        "dni_limit": str(config.freeswitch.longest_call),
        "dni_transfer_context": config.freeswitch.transfer_context,
    }


def _asterisk_settings(config: Config) -> dict[str, str]:
    """Return the settings of leaseline.conf. A bare `;` would begin a comment there, and cut the fallback short."""
    return {
        "DNI_AGI": f"agi://{config.agi.host}:{config.agi.port}",
        "DNI_FALLBACK": config.asterisk.fallback.replace(";", "\\;"),
        "DNI_FALLBACK_RING": str(config.asterisk.fallback_seconds),
        "DNI_LIMIT_MS": str(config.asterisk.longest_call * 1000),
    }


def _asterisk_trunks(config: Config) -> dict[str, str]:
    """Return the settings of leaseline.conf in which a trunk differs from others."""
    return {f"DNI_{key.upper()}_{name}": value for key, name, value in _trunk_settings(config)}


def _freeswitch_trunks(config: Config) -> dict[str, str]:
    """Return the settings of leaseline.xml in which a trunk differs from others."""
    return {f"dni_{key}_{name}": value for key, name, value in _trunk_settings(config)}


def _trunk_settings(config: Config) -> Iterator[tuple[str, str, str]]:
    """Yield a dialplan's words of each trunk, where they are not the default: a key, the trunk's name, the value."""
    for name, trunk in config.trunks.items():
        values = {
            "place": trunk.did if trunk.did != "uri" else "",
            "callerid": trunk.caller_id if trunk.caller_id != "caller" else "",
            "asserted": trunk.asserted_identity or "",
            "trusted": "yes" if trunk.trusted else "",
            "plus": "+" if trunk.number_format == "e164" else "",
        }
        yield from ((key, name, value) for key, value in values.items() if value)


def _put(text: str, before: str, value: str) -> str:
    """Return XML with another value in the quotes that `before` leads into, the first time outside of comments."""
    parts = re.split("(?s)(<!--.*?-->)", text)  # every second one is a comment
    for place in range(0, len(parts), 2):
        head, found, tail = parts[place].partition(before)
        if found:
            parts[place] = head + found + escape(value) + tail[tail.index('"') :]
            break
    return "".join(parts)


def _warn(config: Config, switch: str, example: bool) -> None:
    if config.switch != switch:
        click.echo(f'leaseline: the configuration is for {config.switch}: set switch = "{switch}"', err=True)
    if example:
        click.echo(f"leaseline: set [{switch}] fallback first: what is printed rings an example number", err=True)


def _print_all(places: Mapping[str, str], heading: str, filled: Callable[[str], str]) -> None:
    for name, place in places.items():
        click.echo(heading.format(place))
        click.echo(filled(name), nl=False)


def _asterisk_hints(config: Config) -> str:
    """Return what each trunk of the configuration needs in pjsip.conf."""
    lines = ["; ======== pjsip.conf: add to the endpoint of each trunk ========"]
    for name in config.trunks or ["your-trunk"]:
        lines += [f"; [{name}]", ";     context=leaseline-inbound", ";     allow_transfer=no", ";     allow_overlap=no"]
    return "\n".join(lines)


def _freeswitch_hints(config: Config) -> str:
    """Return what FreeSWITCH's own files need besides."""
    trunks = ", ".join(config.trunks) or "your trunk"
    return f"""<!-- ======== To set in FreeSWITCH's own files ========
autoload_configs/event_socket.conf.xml
    listen-ip    127.0.0.1
    password     one of your own, as everybody knows ClueCon; once it is loaded, the same in /etc/fs_cli.conf
autoload_configs/modules.conf.xml
    load         mod_event_socket, mod_hash, mod_json_cdr (on Debian: apt-get install freeswitch-mod-json-cdr)
sip_profiles: the profile that the calls of {trunks} come in by
    context          leaseline
    disable-transfer true
-->"""
