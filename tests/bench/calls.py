"""Part `calls`: from INVITE to 200 through a bare Dial, through us, and through the same app asked by CURL()."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench import turns
from tests.bench.figures import Row
from tests.bench.plan import Plan, Say
from tests.bench.serve import serving
from tests.bench.switch import WAYS, check_curl, setup
from tests.bench.turns import Contest, Promise
from tests.house import House
from tests.live.asterisk import ASTERISK
from tests.live.switch import Switch

PROMISE = Promise("+10 ms, p99 +30 ms", rate=50, median=10.0, p99=30.0)


def measure(plan: Plan, where: Path | None, say: Say) -> list[Row]:
    """Place all the calls, and return the rows."""
    return turns.measure(CONTEST, plan.calls, where, say)


@contextmanager
def _curl(asterisk: Switch, house: House) -> Iterator[None]:
    check_curl(asterisk)
    with serving(house):
        yield


CONTEST = Contest(
    "calls", ASTERISK, WAYS, lambda house, line: setup(house.port, house.web_url, line), PROMISE, beside=_curl
)
