"""`python -m tests.bench`: ratios measured side by side in one run, with the absolute figures beside them.

The table goes to standard output, progress to standard error. A promise that is broken is shown, and is no error:
figures of a machine that does other work at the same time prove nothing.
"""

import argparse
import signal
import sys
from pathlib import Path
from time import monotonic

from tests.bench import api, attacks, calls, decision, freeswitch, leases, pools, rules, scale, script, table
from tests.bench.figures import Row
from tests.bench.plan import FULL, QUICK
from tests.live.processes import NotReadyError
from tests.live.provision import UnavailableError

PARTS = {
    "calls": (calls.measure, "from INVITE to 200: a bare Dial, leaseline, the same app asked by CURL()"),
    "freeswitch": (freeswitch.measure, "from INVITE to 200: a plain bridge, leaseline"),
    "decision": (decision.measure, "the controllers alone, beside bare servers on the same libraries"),
    "leases": (leases.measure, "leases per second over HTTP"),
    "pools": (pools.measure, "leases on a site with fifty pools, beside a site with one"),
    "api": (api.measure, "the lease API under visits, under too many of them, and beside half-open peers"),
    "attacks": (attacks.measure, "robots that try to drain a pool, while people visit"),
    "rules": (rules.measure, "the rule of a visit, found among a thousand"),
    "script": (script.measure, "the swap script: its size, what it costs a page, what a visitor sees"),
    "scale": (scale.measure, "leases and decisions, from a hundred numbers to a million"),
}
OPTIONAL = {"freeswitch"}  # left out where its switch cannot be had, unless it was asked for


def main() -> None:
    """Measure what was asked for, and print the table."""
    asked = _arguments()
    # A plain `kill` has to unwind as Ctrl-C does, or directories would stay behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    machine = {"quick": asked.quick, **table.machine(), "load_before": table.load()}
    try:
        rows = _measure(asked)
    except (NotReadyError, UnavailableError) as error:
        print(f"bench: {error}", file=sys.stderr)
        raise SystemExit(2) from error
    except KeyboardInterrupt:
        _say("stopped; nothing is left behind")
        raise SystemExit(130) from None
    machine["load_after"] = table.load()
    print(", ".join(f"{key} {value}" for key, value in machine.items()))
    print(table.text(rows))
    if asked.json:
        table.write_json(asked.json, rows, machine)


def _measure(asked: argparse.Namespace) -> list[Row]:
    rows, started = [], monotonic()
    for name in [asked.only] if asked.only else PARTS:
        measure, what = PARTS[name]
        _say(f"{name}: {what}")
        try:
            rows += measure(QUICK if asked.quick else FULL, asked.dir, _say)
        except UnavailableError as reason:
            if asked.only or name not in OPTIONAL:
                raise
            _say(f"  left out: {reason}")
    _say(f"done in {monotonic() - started:.0f} s")
    return rows


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure Leaseline on this machine.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as JSON too")
    parser.add_argument("--quick", action="store_true", help="fewer calls and smaller databases: a minute or two")
    parser.add_argument("--only", choices=PARTS, help="one part")
    parser.add_argument("--dir", type=Path, help="where databases are made: on the disk that you want to know about")
    return parser.parse_args()


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
