"""Where a visitor came from: referrer and campaign parameters -> source, medium, campaign, keywords and channel.

The names are those of web analytics (Google Analytics 4: "Traffic-source dimensions", "Default channel group"), so that
the call log and the reports of ad networks use the same words. None of it is stored: a session keeps what the browser
said, and today's rules and list are applied to old sessions as well.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from urllib.parse import urlsplit

from gateway.core.visits.referrers import LONGEST_HOST, Referrers, SiteKind

NONE, NOT_SET = "(none)", "(not set)"
WEB, APP = ("http", "https"), "android-app"


class Channel(StrEnum):
    """The kind of way by which visitors come."""

    PAID_SEARCH = "paid search"
    PAID_SOCIAL = "paid social"
    DISPLAY = "display"
    ORGANIC_SEARCH = "organic search"
    ORGANIC_SOCIAL = "organic social"
    EMAIL = "email"
    REFERRAL = "referral"
    DIRECT = "direct"
    OTHER = "(other)"
    """The link names another medium, or says too little."""


@dataclass(frozen=True, slots=True)
class TrafficSource:
    """Where a visitor came from; `campaign` and `keywords` are empty where the link names none."""

    source: str
    medium: str
    channel: Channel
    campaign: str = ""
    keywords: str = ""


@dataclass(frozen=True, slots=True)
class _Way:
    """A way to the site, by its referrer or a click id; a `paid` way stays paid whatever the link calls it."""

    source: str
    medium: str
    channel: Channel
    paid: bool = False


@dataclass(frozen=True, slots=True)
class _Page:
    """The parts of a URL; `site` is host and port as they are compared, without www. and the usual ports."""

    scheme: str
    host: str
    site: str
    path: str


DIRECT = _Way("(direct)", NONE, Channel.DIRECT)
GOOGLE_ADS = _Way("google", "cpc", Channel.PAID_SEARCH, paid=True)
# The first one in a link counts. Facebook and Instagram also put fbclid into links that nobody paid for: it only says
# where the link was. It comes last, as people share the links of ads.
CLICK_IDS = {
    "gclid": GOOGLE_ADS,
    "gbraid": GOOGLE_ADS,
    "wbraid": GOOGLE_ADS,
    "gad_source": GOOGLE_ADS,
    "msclkid": _Way("bing", "cpc", Channel.PAID_SEARCH, paid=True),
    "dclid": _Way("google", "display", Channel.DISPLAY, paid=True),
    "yclid": _Way("yandex", "cpc", Channel.PAID_SEARCH, paid=True),
    "ttclid": _Way("tiktok", "cpc", Channel.PAID_SOCIAL, paid=True),
    "twclid": _Way("twitter", "cpc", Channel.PAID_SOCIAL, paid=True),
    "li_fat_id": _Way("linkedin", "cpc", Channel.PAID_SOCIAL, paid=True),
    "fbclid": _Way("facebook", "social", Channel.ORGANIC_SOCIAL),
}

MEDIUM_OF_KIND = {SiteKind.SEARCH: "organic", SiteKind.SOCIAL: "social", SiteKind.EMAIL: "email"}
CHANNEL_OF_KIND = {
    SiteKind.SEARCH: Channel.ORGANIC_SEARCH,
    SiteKind.SOCIAL: Channel.ORGANIC_SOCIAL,
    SiteKind.EMAIL: Channel.EMAIL,
}
PAID_CHANNELS = (Channel.PAID_SEARCH, Channel.PAID_SOCIAL, Channel.DISPLAY)
PAID = re.compile(r".*cp.*|ppc|retargeting|paid.*")
EMAIL_WORDS = ("email", "e-mail", "e_mail", "e mail")
# Mediums that determine the channel.
CHANNEL_OF_MEDIUM = {
    **dict.fromkeys(("display", "banner", "expandable", "interstitial"), Channel.DISPLAY),
    **dict.fromkeys(
        ("social", "social-network", "social-media", "sm", "social network", "social media"), Channel.ORGANIC_SOCIAL
    ),
    **dict.fromkeys(EMAIL_WORDS, Channel.EMAIL),
    NONE: Channel.DIRECT,
}
# Mediums that leave the channel to the source, and the channel where the source is not known.
VAGUE = {
    "organic": Channel.ORGANIC_SEARCH,
    **dict.fromkeys(("referral", "app", "link"), Channel.REFERRAL),
    NOT_SET: Channel.OTHER,
}


def traffic_source(
    landing_page_url: str,
    referring_url: str,
    parameters: Mapping[str, str],
    referrers: Referrers,
    origins: Collection[str] = (),
) -> TrafficSource:
    """Return where the visitor of a stored session came from; the site's own `origins` are not a source.

    A click id outranks the referrer, as it says who was paid; utm parameters give the names. Never raises.
    """
    way = _clicked(parameters, _referred(referring_url, referrers, (landing_page_url, *origins)))
    named = _named(way, _lower(parameters, "utm_source"), _lower(parameters, "utm_medium"), referrers)
    return TrafficSource(
        source=named.source,
        medium=named.medium,
        channel=named.channel,
        campaign=parameters.get("utm_campaign", "").strip(),
        keywords=parameters.get("utm_term", "").strip(),
    )


def domain(url: str) -> str:
    """Return the host of a URL without `www.`; the empty text where it has none."""
    return _read(url).host.removeprefix("www.")


def _clicked(parameters: Mapping[str, str], referred: _Way) -> _Way:
    """Return the way of the link's click id, else the referrer's."""
    click = next((CLICK_IDS[name] for name in CLICK_IDS if parameters.get(name)), None)
    if click is None:
        return referred
    # The referrer says which of Meta's sites it was.
    return referred if not click.paid and referred.medium == click.medium else click


def _named(way: _Way, source: str, medium: str, referrers: Referrers) -> _Way:
    """Return the way under the names that its link gives it; a missing medium is not taken from the referrer."""
    if not source and not medium:
        return way
    if way.paid:
        named = replace(way, source=source or way.source, medium=medium or way.medium)
        # Display campaigns of Google Ads have its click id, too.
        channel = _channel(named.source, named.medium, referrers)
        return replace(named, channel=channel) if channel in PAID_CHANNELS else named
    source = source or (NOT_SET if way == DIRECT else way.source)
    medium = medium or NOT_SET
    return _Way(source, medium, _channel(source, medium, referrers))


def _referred(url: str, referrers: Referrers, own: Collection[str]) -> _Way:
    """Return the way of a referrer; a missing or broken one, or the site's own, counts as direct."""
    page = _read(url)
    if page.scheme == APP and page.host:
        known = referrers.find_app(page.host)
    elif page.scheme in WEB and page.host and page.site not in [_read(one).site for one in own]:
        known = referrers.find_site(page.host, page.path)
    else:
        return DIRECT
    if known is None:
        return _Way(page.host.removeprefix("www."), "referral", Channel.REFERRAL)
    return _Way(known.name, MEDIUM_OF_KIND[known.kind], CHANNEL_OF_KIND[known.kind])


def _channel(source: str, medium: str, referrers: Referrers) -> Channel:
    """Return the channel of a source and a medium by their names."""
    kind = referrers.kind_of(source)
    if PAID.fullmatch(medium):
        return _paid_channel(kind, medium)
    if source in EMAIL_WORDS:
        return Channel.EMAIL
    if medium in VAGUE:
        return CHANNEL_OF_KIND.get(kind, VAGUE[medium])
    return CHANNEL_OF_MEDIUM.get(medium, Channel.OTHER)


def _paid_channel(kind: SiteKind, medium: str) -> Channel:
    """Return the channel of a paid way: the medium outranks what is known of the source."""
    if "social" in medium or (kind is SiteKind.SOCIAL and "search" not in medium):
        return Channel.PAID_SOCIAL
    if "search" in medium or kind is SiteKind.SEARCH:
        return Channel.PAID_SEARCH
    return Channel.DISPLAY if medium == "cpm" or "display" in medium else Channel.OTHER


def _lower(parameters: Mapping[str, str], name: str) -> str:
    return parameters.get(name, "").strip().lower()


@lru_cache(maxsize=1024)
def _read(url: str) -> _Page:
    """Return the parts of a URL, without a host where it has none or an impossible one."""
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:  # a broken IPv6 host, a port that is not a number
        return _Page("", "", "", "")
    if len(host) > LONGEST_HOST:
        return _Page("", "", "", "")
    site = host.removeprefix("www.") + ("" if port in (None, 80, 443) else f":{port}")
    return _Page(parts.scheme, host, site, parts.path)
