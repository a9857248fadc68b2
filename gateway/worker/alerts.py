"""What the operator is told of swap targets that are not found: by the worker in its log, and by `leaseline doctor`."""

import re

from gateway.core.visits.misses import MissAlert, MissedPath, SiteViews

MOST_TOLD = 3  # paths in one line
_PLAIN_PATH = re.compile(r"[A-Za-z0-9/._~%-]+", re.ASCII)


def describe(alert: MissAlert) -> str:
    """Return an alert in one line, with the paths to look at first and what to do."""
    told = ", ".join(explain(path) for path in alert.paths[:MOST_TOLD])
    targets = ", ".join(alert.targets) or "it has no pool"
    return (
        f"site {alert.site}: no swap target ({targets}) on {counted(alert)}: {told}. "
        f"A template change? `leaseline doctor --site {_url(alert)}` looks, `leaseline site misses` lists all"
    )


def explain(path: MissedPath) -> str:
    """Return what is known of a path: /contact 40 of 42 since 2026-11-22 09:10 UTC."""
    words = f"{path.path} {path.misses} of {path.views}"
    if not path.had_target:
        return f"{words} (never had one)"
    return f"{words} since {path.began:%Y-%m-%d %H:%M} UTC" if path.began else f"{words} (found again)"


def counted(of: SiteViews | MissAlert) -> str:
    """Return a site's misses among its views."""
    return f"{of.misses} of {of.views} page views of the last 24 h ({of.share:.1%})"


def _url(alert: MissAlert) -> str:
    """Return a page for a command line, with a stranger's path only if a shell reads nothing in it."""
    path = alert.paths[0].path if alert.paths else "/"
    return alert.origin + (path if _PLAIN_PATH.fullmatch(path) else "/")
