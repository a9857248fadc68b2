"""Misses: page views on which no swap target was found. When they are alarming, and since when a path has them.

Theory of operation. Views are counted by site, path and hour. A site is alarming when more than a twentieth of a day's
page views were misses, if there were enough views to judge by. A run of misses on a path begins with the first miss
after the path's last hour without one; an hour without views proves nothing and does not end a run.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

WINDOW = timedelta(hours=24)
KEPT = timedelta(days=8)  # how far back a run of misses can be followed
LEAST_VIEWS = 50  # in the window; fewer prove nothing
MOST_PERCENT = 5  # of the window's views
MOST_PATHS = 20  # of one alert
LONGEST_PATH = 200  # characters; with the limit of paths in an hour, what a hostile page can store
OTHER_PATHS = "(other)"  # counts the paths beyond the limit; no page has this path, as paths begin with a slash

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Hour:
    """What was counted for a path in the hour that began `at`."""

    at: datetime
    views: int
    misses: int
    first_miss_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SiteViews:
    """A site's page views of the last 24 hours, and those without a swap target; `origin` is its first one."""

    id: str
    site: str
    origin: str
    views: int
    misses: int

    @property
    def share(self) -> float:
        """Return how many of the views missed, from 0 to 1."""
        return share(self.views, self.misses)


@dataclass(frozen=True, slots=True)
class MissedPath:
    """A path with misses in the last 24 hours; `began` is None when its last hour had none."""

    path: str
    views: int
    misses: int
    began: datetime | None
    had_target: bool
    """Whether a target was found on it in the eight days that are kept; a blog never had one."""

    @property
    def share(self) -> float:
        """Return how many of the views missed, from 0 to 1."""
        return share(self.views, self.misses)


@dataclass(frozen=True, slots=True)
class MissAlert:
    """A site whose targets are not found on too many page views; the paths that lost theirs come first."""

    site: str
    origin: str
    targets: tuple[str, ...]
    views: int
    misses: int
    paths: tuple[MissedPath, ...]

    @property
    def share(self) -> float:
        """Return how many of the views missed, from 0 to 1."""
        return share(self.views, self.misses)


def page_path(text: str) -> str:
    """Return the path of a URL or a path as it is counted: without query and fragment, printable, cut."""
    path = re.split("[?#]", _SCHEME.sub("", text, count=1), maxsplit=1)[0]
    printable = "".join(character for character in path[: 2 * LONGEST_PATH] if character.isprintable())
    return (printable if printable.startswith("/") else f"/{printable}")[:LONGEST_PATH]


def hour_of(moment: datetime) -> datetime:
    """Return when the hour of a moment began."""
    return moment.replace(minute=0, second=0, microsecond=0)


def share(views: int, misses: int) -> float:
    """Return how many of the views missed, from 0 to 1."""
    return misses / views if views else 0.0


def is_alarming(views: int, misses: int) -> bool:
    """Return whether a site's views of the window are enough, and too many of them missed."""
    return views >= LEAST_VIEWS and misses * 100 > views * MOST_PERCENT


def missed_path(path: str, views: int, misses: int, hours: Sequence[Hour]) -> MissedPath:
    """Return the misses of a path, from all of its hours that are kept."""
    had_target = any(hour.misses < hour.views for hour in hours)
    return MissedPath(path, views, misses, run_began(hours), had_target)


def run_began(hours: Sequence[Hour]) -> datetime | None:
    """Return the first miss after the last hour without one; None when there is none after it."""
    clean = [hour.at for hour in hours if not hour.misses]
    run = [hour.first_miss_at for hour in hours if hour.first_miss_at and (not clean or hour.at > max(clean))]
    return min(run, default=None)
