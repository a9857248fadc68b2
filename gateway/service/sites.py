"""Make sites, and find the one that is meant."""

import re
from collections.abc import Sequence
from datetime import datetime

from gateway.core.refusals import Refusal, Refused, Why
from gateway.core.visits.visit import origin as origin_of
from gateway.service.reading import check_name
from gateway.store import Site, Store

ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?|https?://\[[0-9a-f:]+\](:\d{1,5})?", re.ASCII)
LONGEST_SHOWN = 200  # characters of a text that is no URL


def add_site(store: Store, name: str, origins: Sequence[str], now: datetime) -> Site:
    """Make a site under a new public key. Raises Refused."""
    check_name(name)
    for origin in origins:
        if not ORIGIN.fullmatch(origin):
            raise Refused(Refusal(Why.NOT_AN_ORIGIN, origin))
    return store.sites.add(name, origins, now)


def site_named(store: Store, name: str) -> Site:
    """Return a site. Raises Refused where there is none of that name."""
    found = next((site for site in store.sites.all() if site.name == name), None)
    if found is None:
        raise Refused(Refusal(Why.NO_SITE, name))
    return found


def the_site(store: Store, name: str | None) -> Site:
    """Return the named site, or the only one there is. Raises Refused."""
    sites = store.sites.all()
    if name is None and len(sites) == 1:
        return sites[0]
    found = next((site for site in sites if site.name == name), None)
    if found is None:
        raise Refused(Refusal(Why.WHICH_SITE, name or "", known=tuple(site.name for site in sites)))
    return found


def site_of_page(store: Store, url: str, name: str | None = None) -> Site:
    """Return the site of a page. Raises Refused where the page is on none, or not on the one that is named."""
    origin = origin_of(url)
    if not origin:
        raise Refused(Refusal(Why.NOT_A_PAGE, url[:LONGEST_SHOWN]))
    named = the_site(store, name) if name else None
    site = next((one for one in store.sites.all() if origin in one.origins and named in (None, one)), None)
    if site is None:
        raise Refused(Refusal(Why.NO_SITE_OF_ORIGIN, origin, other=name or ""))
    return site
