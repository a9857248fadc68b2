"""`make demo`: a visit, a call and the log, on real parts, on this machine alone."""

import contextlib
import json
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from gateway.cli.shell.errors import Fault
from tests.house import READY
from tests.live.asterisk import ASTERISK
from tests.live.caller import a_caller
from tests.live.freeswitch import FREESWITCH
from tests.live.ports import free_tcp_port
from tests.live.processes import NotReadyError, helper, wait_until
from tests.live.provision import UnavailableError
from tests.live.shop import open_shop
from tests.live.sipp import Call, Delivery, place, provide_sipp
from tests.live.stage import Stage, open_stage
from tests.live.switch import Kind

LEASELINE = Path(sys.executable).with_name("leaseline")
CALLER = "+12125550199"
FIELDS = (
    "tracking_phone_number", "customer_phone_number", "state", "lease_id", "campaign", "answered", "talk_time",
)  # fmt: skip
LATE_CALLER = "+12125550198"
LATE_FIELDS = ("tracking_phone_number", "state", "contested", "likelihood", "campaign")
LATE_HOLD_MS = 500
HOLD_MS = 2000  # how long the demo's caller talks
RING_MS = 1500  # before the shop answers, where a person watches


@click.command()
@click.option("--once", is_flag=True, help="Exit after the call: 0 if all was right, 1 if not.")
@click.option(
    "--pbx",
    type=click.Choice(["asterisk", "freeswitch"]),
    default="asterisk",
    show_default=True,
    help="The switch: FreeSWITCH has to be installed.",
)
def demo(once: bool, pbx: str) -> None:
    """Show a visit, a real SIP call and the log, on loopback.

    Starts a private switch, SIPp as carrier and destination, and Leaseline; leaves nothing behind.
    """
    # A plain `kill` has to unwind as Ctrl-C does, which a shell's background job would ignore.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        right = _play(once, pbx)
    except KeyboardInterrupt:
        click.echo("\nStopped; nothing is left running.")
        return
    raise SystemExit(0 if right else 1)


def _play(once: bool, pbx: str) -> bool:
    kind = FREESWITCH if pbx == "freeswitch" else ASTERISK
    try:
        binary = kind.provide(click.echo)
        provide_sipp(click.echo)
        with contextlib.ExitStack() as stack:
            stage = stack.enter_context(_staged(kind, binary, 0 if once else RING_MS))
            _step("Leaseline runs: controller, web and worker under one supervisor.")
            result = _call(stage)
            result["late_call"] = _call_late(stage, _play_yesterday(stage))
            if not once:
                _stay(stage, result)
            click.echo(json.dumps(result))
            return _is_right(result)
    except (UnavailableError, NotReadyError) as error:
        raise Fault(str(error)) from error


@contextlib.contextmanager
def _staged(kind: Kind, binary: Any, answer_ms: int) -> Iterator[Stage]:
    """Start everything but the shop's website; yield the stage."""
    with tempfile.TemporaryDirectory(prefix="leaseline-demo-") as folder:
        _step(f"Starting {binary.version()} and SIPp on loopback ports ..")
        origin = f"http://127.0.0.1:{free_tcp_port()}"
        with open_stage(kind, binary, Path(folder), (origin,), answer_ms) as stage:
            log = Path(folder) / "serve.log"
            with helper(stage.house.command("serve"), log, Path(folder), grace=15.0):
                ready = (READY[stage.house.controller], READY["web"], READY["worker"])
                wait_until(lambda: all(word in log.read_text() for word in ready), 30.0, "Leaseline to start")
                yield stage


def _call(stage: Stage) -> dict[str, Any]:
    """Play the story; return what the last line tells."""
    url = f"{stage.origin}/?utm_source=google&utm_medium=cpc&utm_campaign=spring-sale&utm_term=plumber"
    number = stage.visit(url)
    _step(f"A visitor came from an ad (campaign spring-sale) and sees {number} in place of +12125550100.")
    _step(f"{CALLER} calls {number} through the SIP trunk ..")
    place(stage.switch.sip_port, [Call(number, CALLER)], Delivery(hold_ms=HOLD_MS))
    arrived = stage.destination.arrivals()
    lease = arrived[0].header("X-DNI-Lease") if arrived else ""
    _step(f"The destination rang and saw X-DNI-Lease: {lease or 'nothing'}")
    call = stage.complete_calls(1)[0]
    _step(f"The call is in the log: {call['state']}, campaign {call['campaign']}, talked {call['talk_time']:.1f} s.")
    click.echo()
    shown = {name: value for name, value in call.items() if value not in (None, [])}
    click.echo("\n".join(f"    {name:22} {value}" for name, value in shown.items()))
    click.echo()
    return {**{field: call[field] for field in FIELDS}, "tag_seen_by_destination": lease}


def _play_yesterday(stage: Stage) -> str:
    """Let two visitors come and leave, a day apart, to a pool of one number; return it."""
    for arguments in (
        ("pool", "create", "branch", "--swap-target", "+12125550101", "--destination", "main"),
        ("number", "add", "--pool", "branch", "+12125550161"),
    ):
        done = stage.house.run(*arguments)
        if done.returncode:
            raise Fault(done.stderr)
    stage.house.lease(f"{stage.origin}/?utm_source=bing&utm_medium=cpc&utm_campaign=brand", timedelta(days=1), "branch")
    late = f"{stage.origin}/?utm_source=june&utm_medium=email&utm_campaign=newsletter"
    return stage.house.lease(late, timedelta(hours=2), "branch")


def _call_late(stage: Stage, number: str) -> dict[str, Any]:
    """Let a visitor call who left hours ago; return what the last line tells of it."""
    _step(f"Two hours ago a visitor came from a newsletter, saw {number} and left; they call only now ..")
    place(stage.switch.sip_port, [Call(number, LATE_CALLER)], Delivery(hold_ms=LATE_HOLD_MS))
    call = next(one for one in stage.complete_calls(2) if one["customer_phone_number"] == LATE_CALLER)
    sure = f"{call['likelihood'] or 0:.0%} sure, as another visitor saw it a day ago"
    _step(f"The call is in the log: {call['state']}, campaign {call['campaign']}, {sure}. `call explain` says of it:")
    click.echo()
    click.echo(stage.house.run("call", "explain", call["id"]).stdout)
    return {field: call[field] for field in LATE_FIELDS}


def _is_right(result: dict[str, Any]) -> bool:
    tagged = bool(result["lease_id"]) and result["tag_seen_by_destination"] == result["lease_id"]
    late = result["late_call"]
    return (
        tagged
        and bool(result["answered"])
        and (result["state"], result["campaign"]) == ("active", "spring-sale")
        and (late["state"], late["campaign"], late["contested"]) == ("cooling", "newsletter", True)
    )


def _stay(stage: Stage, result: dict[str, Any]) -> None:
    """Serve the shop, and leave everything up until Ctrl-C."""
    with a_caller(stage) as caller, open_shop(stage, caller):
        click.echo(json.dumps(result))
        click.echo(f"\nNow be the visitor yourself. Open in a browser on this machine:  {stage.origin}/")
        click.echo("Arrive from an ad, see a number of your own, press the button that calls it, read the log.")
        click.echo(f"Then look:  {LEASELINE} --config {stage.house.config} lease list")
        click.echo(f"And ask:    {LEASELINE} --config {stage.house.config} explain NUMBER")
        click.echo("Ctrl-C ends it.")
        threading.Event().wait()


def _step(text: str) -> None:
    click.echo(f"  * {text}")


if __name__ == "__main__":
    demo()
