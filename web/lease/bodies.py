"""What pages send and are sent. Requests are JSON in a `text/plain` POST, which browsers send across origins unasked.

Keys that are not known are passed over, as a script from a browser's cache may be newer or older than the server.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from gateway.core.leasing.leases import Choice

MOST_BYTES = 64 * 1024
MOST_FOUND = 1000  # more are passed over, as are longer ones: a page full of digits still gets its number
LONGEST_RUN = 240
LATEST = 253_402_300_799_999  # ms: the last moment that a datetime can tell

Text = Annotated[str, StringConstraints(max_length=MOST_BYTES)]
# Whatever a page says is cut to fit: refused, it would cost its visitors their number at every visit.
Tags = Annotated[dict[str, Any], Field(description="What the page says of its visit, cut to 10 short texts.")]
Consent = Annotated[
    Literal["default", "granted", "cookieless", "source", "preview", "framed"],
    Field(description="`source`: nothing may be kept of the visitor. `preview`: only explain what would be shown."),
]
Seconds = Annotated[int, Field(ge=0)]
View = Annotated[bool, Field(description="Whether this page view was not told before.")]


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
    found: tuple[Text, ...] = Field(
        description="Phone-like runs, and tel: and sms: links, as the page has them: `(212) 555-0100`, `1-800-FLOWERS`."
    )
    tags: Tags = Field(default_factory=dict)
    webdriver: bool = False
    consent: Consent = "default"
    view: View = False


class BeatRequest(_Body):
    """A visible page still shows the numbers of its leases."""

    lease: Text
    consent: Consent = "default"
    url: Text = ""
    view: View = False
    tags: Tags = Field(default_factory=dict)


class TelRequest(_Body):
    """A visitor tapped a link that dials."""

    consent: Consent = "default"
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
    next_beat: Annotated[int, Field(ge=1, description="When to renew, or to ask again where there is no lease.")]


class Shown(BaseModel):
    """What a visitor is shown in place of a swap target."""

    target: str
    number: str
    display: str
    choice: Choice
    sms: bool


class LeaseAnswer(Timing):
    """The numbers that a visitor is shown: none, where the page's own stay."""

    visitor: str
    lease: str
    numbers: tuple[Shown, ...]
    texts: dict[str, str] = Field(description="What to write in place of each run or link of the page's own.")
    matched: Annotated[int, Field(ge=0, description="How many swap targets were found.")]
    explain: tuple[str, ...] | None = Field(None, exclude_if=lambda lines: lines is None)
