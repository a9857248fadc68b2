"""A private Asterisk on loopback with our dialplan: everything it opens or writes goes away with it."""

import contextlib
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.asterisk.cdr import parse_line
from gateway.cli.setup.dialplan import asterisk_file
from gateway.config import Config
from gateway.core.calls.call import CallEnd
from tests.live.controllers import Agi
from tests.live.ports import free_udp_port, rtp_range
from tests.live.processes import NotReadyError, ahead, helper, run, wait_until
from tests.live.provision import AsteriskBinary, provide
from tests.live.rooms import room
from tests.live.scene import DID
from tests.live.switch import PROJECT, Kind, Settings, Setup
from tests.live.templates import fill

DIALPLAN = PROJECT / "dialplan" / "asterisk"
TEMPLATES = Path(__file__).with_name("etc")
BOOT_SECONDS = 180.0
TELEPHONES = ("ringing", "second")
"""The peers that are the telephones of one extension."""


@dataclass(frozen=True, slots=True)
class Asterisk:
    """A running instance."""

    binary: AsteriskBinary
    home: Path
    """Its private directory, as this machine sees it."""
    sip_port: int

    @property
    def inner_home(self) -> Path:
        """Return the private directory as Asterisk itself sees it."""
        return Path("/") / self.home.relative_to(self.binary.root)

    @property
    def command(self) -> tuple[str, ...]:
        """Return the command to which options such as `-rx` are added."""
        return (*self.binary.command, "-C", str(self.inner_home / "etc" / "asterisk.conf"))

    @property
    def question(self) -> tuple[str, ...]:
        """Return the command that takes one word of the console."""
        return (*self.command, "-rx")

    @property
    def cdrs(self) -> Path:
        """Return the file of the call records."""
        return self.home / "log" / "cdr-custom" / "leaseline.csv"

    @property
    def log_file(self) -> Path:
        """Return where warnings and errors are written."""
        return self.home / "log" / "messages"

    def rx(self, command: str) -> str:
        """Run one command of the Asterisk console and return what it prints."""
        return run([*self.question, command], 30.0).stdout

    def load(self, text: str) -> None:
        """Put another text in place of our dialplan, for calls that arrive from now on."""
        (self.home / "etc" / "leaseline.conf").write_text(text, encoding="utf-8")
        self.rx("dialplan reload")

    def ends(self) -> list[CallEnd]:
        """Return the call records so far, of calls that came through our dialplan."""
        lines = self.cdrs.read_text(encoding="utf-8").splitlines() if self.cdrs.exists() else []
        return [end for line in lines if (end := parse_line(line))]

    def calls_up(self) -> int:
        """Return how many channels exist."""
        return int(self.rx("core show channels count").split(" active channel")[0].split()[-1])


def dialplan(settings: Settings) -> str:
    """Return our dialplan with its settings filled in, as `leaseline dialplan asterisk` prints it."""
    pbx = {"fallback": settings.fallback, "fallback_seconds": settings.ring, "longest_call": 7200}
    values: dict[str, Any] = {"agi": {"port": settings.port}, "asterisk": pbx, "trunks": settings.trunks}
    text = asterisk_file("leaseline.conf", Config(**values))
    return text.replace("DNI_LIMIT_MS=7200000", f"DNI_LIMIT_MS={settings.limit * 1000}")  # a test cannot wait a minute


@contextlib.contextmanager
def running(binary: AsteriskBinary, setup: Setup) -> Iterator[Asterisk]:
    """Run a private Asterisk for the length of the block.

    Enter from a thread that outlives the block: the kernel kills Asterisk when that thread ends.
    """
    with room(binary.homes) as home:
        instance = Asterisk(binary, home, free_udp_port())
        _furnish(instance, setup)
        with helper(ahead([*instance.command, "-f"]), home / "console", home, grace=5.0) as process:
            _await_boot(instance, process)
            yield instance


def _furnish(instance: Asterisk, setup: Setup) -> None:
    first, last = rtp_range()
    words = {
        "HOME": str(instance.inner_home),
        "SIP_PORT": str(instance.sip_port),
        "CONTEXT": setup.context or "leaseline-inbound",
        "RTP_START": str(first),
        "RTP_END": str(last),
    }
    for name in ("lib", "spool", "run", "log/cdr-custom", "etc"):
        (instance.home / name).mkdir(parents=True)
    etc = instance.home / "etc"
    for template in TEMPLATES.iterdir():
        (etc / template.name).write_text(fill(template, words), encoding="utf-8")
    for name in ("cdr.conf", "cdr_custom.conf"):
        shutil.copy(DIALPLAN / name, etc)
    (etc / "leaseline.conf").write_text(setup.dialplan, encoding="utf-8")
    (etc / "extra.conf").write_text(setup.extra, encoding="utf-8")
    with (etc / "pjsip.conf").open("a", encoding="utf-8") as pjsip:
        pjsip.writelines(_peer(name, port or instance.sip_port) for name, port in setup.peers.items())
        pjsip.write(_peer("extension", *(setup.peers[name] for name in TELEPHONES if name in setup.peers)))


def _peer(name: str, *ports: int) -> str:
    contacts = "".join(f"contact=sip:127.0.0.1:{port}\n" for port in ports)
    return f"\n[{name}](peer)\naors={name}\n\n[{name}]\ntype=aor\n{contacts}"


def _await_boot(instance: Asterisk, process: subprocess.Popen[bytes]) -> None:
    def booted() -> bool:
        if process.poll() is not None:
            raise NotReadyError(f"Asterisk ended at start:\n{_evidence(instance)}")
        return "fully booted" in instance.rx("core waitfullybooted")

    try:
        wait_until(booted, BOOT_SECONDS, "Asterisk to boot")
    except NotReadyError as problem:
        raise NotReadyError(f"{problem}\n{_evidence(instance)}") from None


def _evidence(instance: Asterisk) -> str:
    files = (instance.home / "console", instance.log_file)
    texts = [file.read_text(encoding="utf-8", errors="replace") for file in files if file.exists()]
    return "\n".join("\n".join(text.splitlines()[-15:]) for text in texts)


ASTERISK = Kind(
    name="asterisk",
    provide=provide,
    running=running,
    dialplan=dialplan,
    dial=lambda number, peer: f"PJSIP/{number}@{peer}",
    speech=Agi(),
    trunk="trunk",
    loop_status=603,
    refused_status=403,
    bad_hops=("PJSIP/1@nosuch", "Nosuch/1", "garbage", "PJSIP/1&x"),
    records_by_hop=True,
    files=("leaseline.conf",),
    extra="""[forgetful]
exten => _X!,1,Set(REDIRECTING(from-num,i)=)
 same => n,Set(REDIRECTING(count,i)=0)
 same => n,Dial(PJSIP/${EXTEN}@self)
""",
    must_be_had=True,
    forgetful=f"Local/{DID}@forgetful",
)
