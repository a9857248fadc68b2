"""A FreeSWITCH as `leaseline doctor` sees it: answers on its command line, an event socket that asks for a password.

The answers have the words of a real one (1.11.1).
"""

import contextlib
import json
import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from click.testing import CliRunner, Result

from gateway.cli import main
from tests.house import House
from tests.house import house as a_house

DESTINATIONS = """
[trunks.carrier]
dial = "sofia/gateway/carrier/{number}"
[destinations.main]
hops = [{ ring = ["user/100@example.com"], seconds = 20 }, { ring = ["+13125550100"], trunk = "carrier" }]
"""
SCRIPT = 'cat "$0.d/$1" 2>/dev/null || echo "-ERR $1 Command not found!"'
LOCATE_DIALPLAN = "xml_locate root"
LOCATE_CDR = "xml_locate configuration configuration name json_cdr.conf"
LOCATE_SOFIA = "xml_locate configuration configuration name sofia.conf"
LOCATE_SOCKET = "xml_locate configuration configuration name event_socket.conf"


class Switch:
    """What it answers: change it, then ask the doctor."""

    def __init__(self, house: House, port: int) -> None:
        self.house = house
        include = ElementTree.fromstring(house.run("dialplan", "freeswitch", "leaseline.xml").stdout)
        self._config = house.config.read_text()
        self._answers = {
            "version": "FreeSWITCH Version 1.11.1-release~64bit ( 64bit)\n",
            LOCATE_DIALPLAN: ElementTree.tostring(include[0], "unicode"),
            LOCATE_CDR: house.run("dialplan", "freeswitch", "json_cdr.conf.xml").stdout,
            LOCATE_SOCKET: event_socket("127.0.0.1", port, "of our own"),
            LOCATE_SOFIA: '<configuration><profiles><profile name="external"><settings>'
            '<param name="disable-transfer" value="true"/></settings></profile></profiles></configuration>',
            "status": "0 session(s) per Sec out of max 100, peak 0, last 5min 0 \n0 session(s) max\n",
            "show endpoint": "type,name,ikey\nendpoint,loopback,mod_loopback\nendpoint,sofia,mod_sofia\n\n2 total.\n",
            "sofia status gateway carrier": a_gateway(),
            "sofia status gateway fallback": a_gateway(),
            "sofia status profile external": "=====\nName             \texternal\nContext          \tleaseline\n",
            "user_exists id 100 example.com": "true",
            "user_data 100@example.com param dial-string": "${sofia_contact(*/${dialed_user}@${dialed_domain})}",
            "sofia_contact 100@example.com": "sofia/internal/sip:100@127.0.0.1:5061",
            **{f"module_exists {name}": "true" for name in ("mod_event_socket", "mod_json_cdr", "mod_hash")},
        }
        self.reset()

    def reset(self) -> None:
        """Make all well again."""
        self.answers = dict(self._answers)
        self.house.config.write_text(self._config)
        shutil.rmtree(self.house.cdrs, ignore_errors=True)
        self.house.cdrs.mkdir()

    def configure(self, old: str, new: str) -> None:
        """Change a text in the configuration."""
        text = self.house.config.read_text()
        assert old in text
        self.house.config.write_text(text.replace(old, new))

    def run(self, *arguments: str) -> Result:
        """Run a command in this process, which is quicker; its exit code, stdout and stderr."""
        return CliRunner().invoke(main, ["--config", str(self.house.config), *arguments])

    def doctor(self) -> dict[str, tuple[str, str]]:
        """Return what the doctor finds, by check."""
        folder = self.house.home / "fs_cli.d"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for question, answer in self.answers.items():
            (folder / question).write_text(answer)
        found = json.loads(self.run("doctor", "--json").stdout)
        return {finding["check"]: (finding["result"], finding["detail"]) for finding in found}


def event_socket(host: str, port: object, password: str) -> str:
    """Return event_socket.conf as FreeSWITCH prints it."""
    values = {"listen-ip": host, "listen-port": port, "password": password}
    lines = "".join(f'<param name="{name}" value="{value}"></param>\n\n' for name, value in values.items())
    return f'<configuration name="event_socket.conf">\n<settings>\n{lines}</settings>\n</configuration>\n'


def a_gateway(state: str = "NOREG", status: str = "UP", context: str = "default") -> str:
    """Return what FreeSWITCH says of a gateway of the profile `external`."""
    values = {"Profile": "external", "Context": context, "State": state, "Status": status}
    return "".join(f"{name:8}\t{value}\n" for name, value in values.items())


@contextlib.contextmanager
def a_switch(home: Path, password: str) -> Iterator[Switch]:
    """Yield a switch whose event socket takes one password, with a house beside it."""
    (home / "fs_cli").write_text(SCRIPT)
    command = ["sh", str(home / "fs_cli")]
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        a_house(home, DESTINATIONS, switch="freeswitch", question=command) as house,
    ):
        threading.Thread(target=_ask_for_password, args=(server, password), daemon=True).start()
        yield Switch(house, server.getsockname()[1])


def _ask_for_password(server: socket.socket, password: str) -> None:
    with contextlib.suppress(OSError):
        while True:
            peer, _ = server.accept()
            with peer:
                peer.sendall(b"Content-Type: auth/request\n\n")
                right = peer.recv(100) == f"auth {password}\n\n".encode()
                reply = b"+OK accepted" if right else b"-ERR invalid"
                peer.sendall(b"Content-Type: command/reply\nReply-Text: " + reply + b"\n\n")
