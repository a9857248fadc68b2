"""One Asterisk with three ways to the same line: a bare Dial, our dialplan, and our dialplan asking over HTTP.

The third is our own dialplan with `AGI()` taken out and `CURL()` put in its place, so that the two differ in how they
ask and in nothing else.
"""

import re

from tests.bench.lines import PEER, fallback, line
from tests.live.asterisk import ASTERISK
from tests.live.processes import NotReadyError, run
from tests.live.switch import Settings, Setup, Switch

WAYS = {"plain Dial": "1", "leaseline": "2", "CURL()": "3"}  # the digit that a carrier puts before the number
CONTEXT = "bench"

BENCH = f"""
[bench]
exten => _1+X.,1,Goto(bench-plain,${{EXTEN:1}},1)
exten => _2+X.,1,Goto(leaseline-inbound,${{EXTEN:1}},1)
exten => _3+X.,1,Goto(curl-inbound,${{EXTEN:1}},1)

[bench-plain]
exten => _[+0-9]!,1,Dial({line(ASTERISK)},20)

"""
ASK_AGI = " same => n,AGI(${DNI_AGI}/route,${DNI_DIALLED},${DNI_TRUNK})\n"
ASK_CURL = """\
 same => n,Set(CURLOPT(conntimeout)=2)
 same => n,Set(CURLOPT(httptimeout)=2)
 same => n,Set(ANSWER=${CURL(@URL@/bench/route?id=${UNIQUEID}&dialled=${URIENCODE(${DNI_DIALLED})}&@MORE@)})
 same => n,MSet(${ANSWER})
"""
MORE = "trunk=${DNI_TRUNK}&caller=${URIENCODE(${CALLERID(num)})}"


def setup(agi_port: int, web_url: str, line_port: int) -> Setup:
    """Return what Asterisk is to run."""
    ours = ASTERISK.dialplan(Settings(agi_port, fallback(ASTERISK)))
    return Setup(ours, {PEER: line_port}, BENCH + _by_curl(ours, web_url), CONTEXT)


def check_curl(asterisk: Switch) -> None:
    """Raise NotReadyError where Asterisk has no CURL()."""
    if "CURL(" not in run([*asterisk.question, "core show function CURL"], 30.0).stdout:
        raise NotReadyError("this Asterisk has no func_curl, which one of the three ways needs")


def _by_curl(ours: str, web_url: str) -> str:
    """Return the contexts that decide, under other names and asking by CURL()."""
    deciding = ours[ours.index("[leaseline-inbound]") : ours.index("[leaseline-guard]")]
    asking = ASK_CURL.replace("@URL@", web_url).replace("@MORE@", MORE)
    assert deciding.count(ASK_AGI) == 1, "the dialplan asks in another way than the bench expects"
    for name in re.findall(r"(?m)^\[leaseline-(\w+)\]", deciding):
        deciding = deciding.replace(f"leaseline-{name}", f"curl-{name}")
    return deciding.replace(ASK_AGI, asking)
