"""What the log says of a call: frozen values, with the visit as it was stored. Where from it came, others tell."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.core.calls.attribution import Attribution, Candidate, State
from gateway.core.visits.visit import VARIANT


@dataclass(frozen=True, slots=True)
class LoggedCandidate:
    """A visitor who could have made a call, and the evidence; None: an earlier version did not keep it."""

    lease_id: str
    visitor_id: str
    state: State
    heartbeat_age: timedelta | None
    tap_age: timedelta | None
    used_by: int | None
    seen_before: bool | None
    weight: float | None
    share: float | None


@dataclass(frozen=True, slots=True)
class LoggedAttribution:
    """Whose a call is by the log, and how sure that is."""

    state: State
    lease_id: str | None
    likelihood: float | None
    contested: bool
    attribution_reason: str
    candidates: tuple[LoggedCandidate, ...]

    @classmethod
    def of(cls, value: Attribution) -> "LoggedAttribution":
        """Return an attribution as the log keeps it."""
        return cls(
            state=value.state,
            lease_id=value.lease or None,
            likelihood=value.likelihood,
            contested=value.contested,
            attribution_reason=value.reason,
            candidates=tuple(_candidate(one) for one in value.candidates),
        )


@dataclass(frozen=True, slots=True)
class FormerAttribution:
    """What a call's attribution was until it was computed again."""

    until: datetime
    attribution: LoggedAttribution


@dataclass(frozen=True, slots=True)
class Told:
    """Which state and lease a call's destination was told, as its CDR says."""

    state: str
    lease_id: str | None


@dataclass(frozen=True, slots=True)
class LoggedVisit:
    """The visit that made a call, raw; `origins` are those of its site."""

    landing_page_url: str
    referring_url: str
    parameters: dict[str, str]
    tags: dict[str, str]
    device_type: str | None
    returning: bool
    origins: tuple[str, ...]

    @property
    def landing_variant(self) -> str | None:
        """Return which variant of itself the page says it is."""
        return self.tags.get(VARIANT) or None


@dataclass(frozen=True, slots=True)
class LoggedPage:
    """A page that the visitor looked at, and when."""

    url: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LoggedCall:
    """A call of the log. What is not known is None: how it ended until its CDR comes, the visit without a visitor.

    `campaign` is the number's own. `pages` are read with a single call only.
    """

    id: str
    start_time: datetime
    answer_time: datetime | None
    end_time: datetime | None
    answered: bool | None
    duration: timedelta | None
    talk_time: timedelta | None
    ring_time: timedelta | None
    customer_phone_number: str | None
    tracking_phone_number: str
    tracking_label: str | None
    destination: str
    disposition: str | None
    first_call: bool | None
    attribution: LoggedAttribution
    attributed_late: bool
    ghost: bool
    visitor_id: str | None
    session_id: str | None
    campaign: str | None
    visit: LoggedVisit | None
    pages: tuple[LoggedPage, ...] = ()


def _candidate(value: Candidate) -> LoggedCandidate:
    return LoggedCandidate(
        lease_id=value.lease.id,
        visitor_id=value.lease.visitor,
        state=value.state,
        heartbeat_age=_rounded(value.heartbeat_age),
        tap_age=None if value.tap_age is None else _rounded(value.tap_age),
        used_by=value.used_by,
        seen_before=value.seen_before,
        weight=float(f"{value.weight:.4g}"),  # a visitor of last week weighs little, and not nothing
        share=round(value.share, 4),
    )


def _rounded(age: timedelta) -> timedelta:
    return timedelta(seconds=round(age.total_seconds(), 3))
