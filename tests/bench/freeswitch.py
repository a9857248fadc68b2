"""Part `freeswitch`: from INVITE to 200 through a plain bridge and through us, where FreeSWITCH is installed.

It sends the INVITE on at once or a tick of 20 ms later, by chance, and looks for the answer once a tick. So the line
answers anywhere within a tick, as people do, and the time until it does is not counted.
"""

from pathlib import Path

from tests.bench import turns
from tests.bench.figures import Row
from tests.bench.lines import PEER, fallback, line
from tests.bench.plan import Plan, Say
from tests.bench.turns import Contest, Promise
from tests.live.freeswitch import FREESWITCH
from tests.live.switch import Settings, Setup

WAYS = {"plain bridge": "1", "leaseline": "2"}  # the digit that a carrier puts before the number
PROMISE = Promise("+30 ms", rate=20, median=30.0)
TICK = 0.02  # seconds
CONTEXT = "bench"

# The transfer to our dialplan costs nothing that can be measured.
BENCH = f"""
<context name="{CONTEXT}">
  <extension name="plain">
    <condition field="destination_number" expression="^1\\+[0-9]+$">
      <action application="bridge" data="{line(FREESWITCH)}"/>
    </condition>
  </extension>
  <extension name="ours">
    <condition field="destination_number" expression="^2(\\+[0-9]+)$">
      <action application="transfer" data="$1 XML leaseline"/>
    </condition>
  </extension>
</context>
"""


def measure(plan: Plan, where: Path | None, say: Say) -> list[Row]:
    """Place all the calls, and return the rows."""
    return turns.measure(CONTEST, plan.freeswitch, where, say)


def setup(port: int, line_port: int) -> Setup:
    """Return what FreeSWITCH is to run: our dialplan as it is, and the context that chooses the way."""
    ours = FREESWITCH.dialplan(Settings(port, fallback(FREESWITCH)))
    return Setup(ours, {PEER: line_port}, BENCH, CONTEXT)


CONTEST = Contest(
    "freeswitch", FREESWITCH, WAYS, lambda house, line_port: setup(house.port, line_port), PROMISE, tick=TICK
)
