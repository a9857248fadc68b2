"""How much of the processor others took: a figure that a busy machine changes little, when it changes all times."""

import os
from pathlib import Path

TICK = 1000 / os.sysconf("SC_CLK_TCK")  # milliseconds


def spent(pid: int) -> float:
    """Return the milliseconds of processor time of a process and all that it runs."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return (int(fields[11]) + int(fields[12])) * TICK + sum(spent(int(child)) for child in children)


def ran(pid: int) -> float:
    """Return the same of a process alone whose threads last, to the nanosecond: the other counts whole ticks."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e6
