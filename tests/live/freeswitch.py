"""A private FreeSWITCH on loopback with our dialplan: everything it opens or writes goes away with it.

FreeSWITCH has no Debian package: one that is installed is used, and nothing is built.
"""

import contextlib
import os
import random
import re
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.cli.setup.dialplan import freeswitch_file
from gateway.config import Config
from gateway.core.calls.call import CallEnd
from gateway.freeswitch import cdr
from tests.live.controllers import Esl
from tests.live.ports import free_tcp_port, free_udp_port, rtp_range
from tests.live.processes import NotReadyError, ahead, helper, run, wait_until
from tests.live.provision import UnavailableError
from tests.live.rooms import room
from tests.live.switch import PROJECT, Kind, Say, Settings, Setup
from tests.live.templates import fill

DIALPLAN = PROJECT / "dialplan" / "freeswitch"
TEMPLATE = Path(__file__).with_name("etc_freeswitch") / "freeswitch.xml"
PLACES = ":/usr/local/freeswitch/bin:/usr/local/bin:/usr/bin"
# Without a directory of its own for each it would write into that of the machine's own installation.
DIRECTORIES = (
    "log", "db", "run", "certs", "temp", "storage", "recordings", "cache", "scripts", "htdocs", "grammar", "sounds",
)  # fmt: skip
BOOT_SECONDS = 180.0


@dataclass(frozen=True, slots=True)
class FreeSwitchBinary:
    """A FreeSWITCH that can be started, and the client that comes with it."""

    command: str
    client: str

    @property
    def homes(self) -> Path:
        """Return the directory that holds private directories of instances."""
        return Path(tempfile.gettempdir())

    def version(self) -> str:
        """Return the version line that FreeSWITCH prints about itself."""
        return run([self.command, "-version"], 30.0).stdout.strip().partition(" (")[0]


@dataclass(frozen=True, slots=True)
class FreeSwitch:
    """A running instance."""

    binary: FreeSwitchBinary
    home: Path
    sip_port: int
    event_port: int
    password: str

    @property
    def question(self) -> tuple[str, ...]:
        """Return the command that takes one word of the console."""
        return (self.binary.client, "-H", "127.0.0.1", "-P", str(self.event_port), "-p", self.password, "-x")

    @property
    def cdrs(self) -> Path:
        """Return the folder of the call records."""
        return self.home / "cdr"

    @property
    def log_file(self) -> Path:
        """Return where warnings and errors are written."""
        return self.home / "log" / "freeswitch.log"

    def ask(self, words: str) -> str:
        """Run one command of the console and return what it prints."""
        return run([*self.question, words], 30.0).stdout

    def load(self, text: str) -> None:
        """Put another text in place of our dialplan, for calls that arrive from now on."""
        (self.home / "conf" / "leaseline.xml").write_text(text, encoding="utf-8")
        self.ask("reloadxml")

    def ends(self) -> list[CallEnd]:
        """Return the call records so far, of calls that came through our dialplan."""
        found = [end for file in self.cdrs.glob("*.json") if (end := _parsed(file))]
        return sorted(found, key=lambda end: end.end_time)

    def calls_up(self) -> int:
        """Return how many channels exist."""
        return int(self.ask("show channels count").split()[0])


def provide(_say: Say) -> FreeSwitchBinary:
    """Return the FreeSWITCH that is installed."""
    path = os.environ.get("PATH", "") + PLACES
    command, client = shutil.which("freeswitch", path=path), shutil.which("fs_cli", path=path)
    if not command or not client:
        raise UnavailableError(
            "freeswitch and fs_cli are not on PATH: FreeSWITCH has no Debian package, so install it from its makers"
        )
    return FreeSwitchBinary(command, client)


def dialplan(settings: Settings) -> str:
    """Return our dialplan with its settings filled in, as `leaseline dialplan freeswitch` prints it."""
    pbx = {"fallback": settings.fallback, "fallback_seconds": settings.ring, "longest_call": 7200}
    values: dict[str, Any] = {
        "switch": "freeswitch",
        "esl": {"port": settings.port},
        "freeswitch": pbx,
        "trunks": settings.trunks,
    }
    text = freeswitch_file("leaseline.xml", Config(**values))
    return text.replace("dni_limit=7200", f"dni_limit={settings.limit}")  # a test cannot wait a minute


@contextlib.contextmanager
def running(binary: FreeSwitchBinary, setup: Setup) -> Iterator[FreeSwitch]:
    """Run a private FreeSWITCH for the length of the block.

    Enter from a thread that outlives the block: the kernel kills FreeSWITCH when that thread ends.
    """
    with room() as home:
        instance = FreeSwitch(binary, home, free_udp_port(), free_tcp_port(), secrets.token_hex(8))
        _furnish(instance, setup)
        places = [word for name in DIRECTORIES for word in (f"-{name}", str(home / name))]
        options = ["-conf", str(home / "conf"), *places, "-nonat", "-nonatmap", "-nocal", "-np", "-nf", "-nc"]
        with helper(ahead([binary.command, *options]), home / "console", home) as process:
            _await_boot(instance, process)
            yield instance


def _furnish(instance: FreeSwitch, setup: Setup) -> None:
    first, last = rtp_range()
    pbx = free_udp_port()
    peers = {**setup.peers, "forgetful": pbx}
    words = {
        "HOME": str(instance.home),
        "SIP_PORT": str(instance.sip_port),
        "PBX_PORT": str(pbx),
        "EVENT_PORT": str(instance.event_port),
        "PASSWORD": instance.password,
        "CONTEXT": setup.context or "leaseline",
        # FreeSWITCH gives a call up whose port is another instance's: each has an address of its own.
        "RTP_IP": f"127.{random.randrange(1, 255)}.{random.randrange(256)}.{random.randrange(1, 255)}",
        "RTP_START": str(first),
        "RTP_END": str(last),
        "GATEWAYS": "".join(_gateway(name, port or instance.sip_port) for name, port in peers.items()),
    }
    # FreeSWITCH drops the line that <include> stands on, with all that follows on it.
    conf = instance.home / "conf"
    for folder in (conf, instance.cdrs):
        folder.mkdir()
    (conf / "freeswitch.xml").write_text(fill(TEMPLATE, words), encoding="utf-8")
    (conf / "leaseline.xml").write_text(setup.dialplan, encoding="utf-8")
    (conf / "extra.xml").write_text(f"<include>\n{setup.extra}\n</include>", encoding="utf-8")
    records = (DIALPLAN / "json_cdr.conf.xml").read_text(encoding="utf-8")
    records = re.sub(r'(?<=name="log-dir" value=")[^"]*', str(instance.cdrs), records)
    (conf / "json_cdr.conf.xml").write_text(f"<include>\n{records}\n</include>", encoding="utf-8")


def _gateway(name: str, port: int) -> str:
    values = {"username": "x", "password": "x", "realm": "127.0.0.1", "proxy": f"127.0.0.1:{port}"}
    values |= {"register": "false", "caller-id-in-from": "true"}
    params = "".join(f'<param name="{key}" value="{value}"/>' for key, value in values.items())
    return f'<gateway name="{name}">{params}</gateway>'


def _await_boot(instance: FreeSwitch, process: subprocess.Popen[bytes]) -> None:
    def booted() -> bool:
        if process.poll() is not None:
            raise NotReadyError("FreeSWITCH ended at start")
        return "is ready" in instance.ask("status") and "external" in instance.ask("sofia status")

    try:
        wait_until(booted, BOOT_SECONDS, "FreeSWITCH to boot")
    except NotReadyError as problem:
        files = [file for file in (instance.home / "console", instance.log_file) if file.exists()]
        texts = [file.read_text(encoding="utf-8", errors="replace").splitlines()[-15:] for file in files]
        raise NotReadyError("\n".join([str(problem), *(line for text in texts for line in text)])) from None


def _parsed(file: Path) -> CallEnd | None:
    try:
        return cdr.parse(file.read_bytes())
    except (cdr.TornRecord, FileNotFoundError):
        return None


# 101 is a line that calls are transferred to; 102 answers, as an IVR does, before it sends a call to us.
OWN = """
<context name="default">
  <extension name="101"><condition field="destination_number" expression="^101$">
    <action application="bridge" data="sofia/gateway/second/101"/>
  </condition></extension>
  <extension name="102"><condition field="destination_number" expression="^102$">
    <action application="answer"/>
    <action application="transfer" data="+15551234567 XML leaseline"/>
  </condition></extension>
</context>
<context name="forgetful">
  <extension name="back"><condition field="destination_number" expression="^(.*)$">
    <action application="set" data="sip_copy_custom_headers=false"/>
    <action application="bridge" data="sofia/gateway/self/$1"/>
  </condition></extension>
</context>
"""
FREESWITCH = Kind(
    name="freeswitch",
    provide=provide,
    running=running,
    dialplan=dialplan,
    dial=lambda number, peer: f"sofia/gateway/{peer}/{number}",
    speech=Esl(),
    trunk="external",
    loop_status=483,
    refused_status=603,
    bad_hops=("sofia/gateway/nosuch/1", "nosuch/1", "garbage", "user/100@nosuch"),
    records_by_hop=False,
    files=("leaseline.xml",),
    extra=OWN,
    must_be_had=False,
    forgetful="sofia/gateway/forgetful/15551234567",
)
