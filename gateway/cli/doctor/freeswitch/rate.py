"""How many calls a second FreeSWITCH lets in: it counts every leg, and drops what is over in silence."""

import re

from gateway.cli.doctor.tools import Unwell, ask
from gateway.config import Config

WANTED = 25  # calls a second: what a radio spot brings


def session_rate(config: Config) -> str:
    """Check sessions-per-second, of which a call takes one for itself and one for each target that rings."""
    found = re.search(r"session\(s\) per Sec out of max (\d+)", ask(config, "status"))
    if not found:
        raise Unwell("FreeSWITCH does not say how many sessions a second it takes: see `fs_cli -x status`")
    most, legs = int(found[1]), _most_legs(config)
    told = f"{most} sessions a second, and a call takes {legs}: {most // legs} calls a second"
    if most // legs >= WANTED:
        return told
    enough = WANTED * legs
    return (
        f"warning: {told}; what comes over that is lost, most of it without a record. For {WANTED} calls a second set "
        f'sessions-per-second to {enough} in switch.conf.xml, and for now `fs_cli -x "fsctl sps {enough}"`'
    )


def _most_legs(config: Config) -> int:
    """Return how many sessions a call takes at once, at the most: its own, and one for each target of a hop."""
    hops = (hop for hops in config.routes().destinations.values() for hop in hops)
    return 1 + max((len(hop.targets) for hop in hops), default=1)
