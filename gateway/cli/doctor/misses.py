"""The checks of `leaseline doctor` on what the pages report: swap targets found, metrics that answer."""

import http.client

from gateway.cli.doctor.tools import PATIENCE, Check, Unwell
from gateway.cli.shell.options import utc_now
from gateway.cli.shell.store import open_store
from gateway.config import Config
from gateway.worker.alerts import counted, describe


def checks(config: Config) -> dict[str, Check]:
    """Return the checks for what this machine has enabled."""
    metrics: dict[str, Check] = {"metrics listener": _metrics} if config.metrics.enabled else {}
    return {"swap targets": _swap_targets, **metrics}


def _swap_targets(config: Config) -> str:
    views, now = open_store(config, read_only=True).views, utc_now()
    alerts = views.alerts(now)
    if alerts:
        return f"warning: {'; '.join(describe(alert) for alert in alerts)}"
    sites = [f"{one.site}: no swap target on {counted(one)}" for one in views.sites(now) if one.views]
    return "; ".join(sites) or "no page view in the last 24 h"


def _metrics(config: Config) -> str:
    host, port = config.metrics.host, config.metrics.port
    peer = http.client.HTTPConnection(host, port, timeout=PATIENCE)
    try:
        peer.request("GET", "/metrics")
        status = peer.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise Unwell(f"nobody answers on {host} port {port} ({error}): run `leaseline worker`") from error
    finally:
        peer.close()
    if status != http.HTTPStatus.OK:
        raise Unwell(f"{host} port {port} answers {status} to /metrics: see what the worker logs")
    return f"answers on {host} port {port}"
