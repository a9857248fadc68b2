"""What pages send and are sent. Requests are JSON in a `text/plain` POST, which browsers send across origins unasked.

Keys that are not known are passed over, as a script from a browser's cache may be newer or older than the server.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from gateway.core.leases import Choice

MOST_BYTES = 16 * 1024
MOST_FOUND = 50
LONGEST_RUN = 80
MOST_TAGS = 10
LONGEST_TAG = 256
LATEST = 253_402_300_799_999  # ms: the last moment that a datetime can tell

Text = Annotated[str, StringConstraints(max_length=MOST_BYTES)]
Run = Annotated[str, StringConstraints(max_length=LONGEST_RUN)]
Tag = Annotated[str, StringConstraints(max_length=LONGEST_TAG)]
Seconds = Annotated[int, Field(ge=0)]


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class _Body(_Part):
    site: Text = Field(description="The public key of the site.")


class First(_Part):
    """How the browser remembers that its visitor came to the site at first."""

    url: Text
    referrer: Text = ""
    at: int = Field(ge=0, le=LATEST, description="Epoch milliseconds.")


class LeaseRequest(_Body):
    """A page asks for numbers."""

    visitor: Text = Field("", description="The visitor's token from an earlier answer.")
    lease: Text = Field("", description="The token of the leases that the page shows.")
    url: Text = ""
    referrer: Text = ""
    first: First | None = None
    found: tuple[Run, ...] = Field(
        max_length=MOST_FOUND, description="Phone-like runs as the page writes them: `(212) 555-0100`, `1-800-FLOWERS`."
    )
    tags: dict[Tag, Tag] = Field(default_factory=dict, max_length=MOST_TAGS)
    webdriver: bool = False
    consent: Literal["default", "granted", "cookieless", "source"] = "default"
    view: bool = Field(default=False, description="Whether this is the first request of a page view.")
    preview: bool = Field(default=False, description="Explain what would be shown; lease and store nothing.")


class BeatRequest(_Body):
    """A visible page still shows the numbers of its leases."""

    lease: Text
    url: Text = ""


class TelRequest(_Body):
    """A visitor tapped a link that dials."""

    visitor: Text = ""
    lease: Text = ""
    href: Text
    url: Text = ""


class ByeRequest(_Body):
    """A page that held leases was left."""

    lease: Text


class MissRequest(_Body):
    """A page shows no number that could be replaced."""

    url: Text = ""


class Timing(BaseModel):
    """For how long a page may show its numbers, as durations: a browser's clock may be wrong."""

    expires_in: Seconds
    held_for: Seconds
    held_after_bye: Seconds
    beat_every: Seconds


class Shown(BaseModel):
    """What to show in place of a swap target, and how to find it.

    `match` is the source of a JavaScript regular expression in which `~` stands for up to four separators. The last
    `last_digits` digits of a match are overwritten one by one; where that is 0, or the match has fewer digits,
    `display` takes its place.
    """

    target: str
    number: str
    display: str
    choice: Choice
    match: str
    last_digits: Seconds
    sms: bool


class LeaseAnswer(Timing):
    """The numbers that a visitor is shown: none, where the page's own stay."""

    visitor: str
    lease: str
    first_beat: Seconds
    numbers: tuple[Shown, ...]
    explain: tuple[str, ...] | None = Field(None, exclude_if=lambda lines: lines is None)
