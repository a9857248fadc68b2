"""Who asks, and what decides on the answer: the site by key and origin, the network, the visitor, the targets found."""

from dataclasses import dataclass
from datetime import datetime

from flask import g, request
from werkzeug.exceptions import Forbidden, NotFound

from gateway.core import numbers
from gateway.core.leasing.crowd import Network
from gateway.core.leasing.leases import Pool
from gateway.core.visits.visit import read_url
from gateway.store import PageView, Site
from web.desk import desk
from web.lease.bodies import LONGEST_RUN, MOST_FOUND, BeatRequest, LeaseRequest
from web.lease.defence.networks import Address
from web.lease.defence.robots import why_robot


@dataclass(frozen=True, slots=True)
class Question:
    """A page's request for numbers, with all that decides on it.

    `found` are the pools with the run of each target; `robot` is why no visitor asks, or the empty text.
    """

    site: Site
    body: LeaseRequest
    now: datetime
    address: Address | None
    network: Network | None
    visitor: str
    robot: str
    pools: tuple[Pool, ...]
    runs: tuple[str, ...]
    found: dict[str, str]

    @property
    def wanted(self) -> list[Pool]:
        """Return the pools whose targets are on the page."""
        return [pool for pool in self.pools if pool.id in self.found]

    @property
    def anonymous(self) -> str:
        """Return why nothing may be kept of the visitor, or the empty text."""
        return why_anonymous(self.body.consent)


def admit(key: str) -> Site:
    """Return the site whose key and origin the request carries. Raises NotFound or Forbidden."""
    site = desk().store.sites.by_key(key)
    if site is None:
        raise NotFound("No site has this key: copy the script tag of the site again.")
    origin = request.headers.get("Origin")
    if origin not in site.origins:
        raise Forbidden("This origin is not one of the site's: add it to the site, or correct the script tag.")
    g.origin = origin
    return site


def why_anonymous(consent: str) -> str:
    """Return why nothing may be kept of who sends this request, or the empty text."""
    if consent == "source":
        return "consent: the visitor has not agreed to be told apart"
    if request.headers.get("Sec-GPC") == "1" and consent != "granted":
        return "consent: the browser sends Global Privacy Control"
    return ""


def page_view(site: Site, body: LeaseRequest | BeatRequest) -> PageView | None:
    """Return the page view that a request tells, as it may be kept; None where it tells none that is new."""
    if not body.view:
        return None
    url = read_url(body.url, cookieless=body.consent == "cookieless")
    return PageView(site.id, url, anonymous=bool(why_anonymous(body.consent)))


def address() -> Address | None:
    """Return where the request comes from, where that can be told."""
    return desk().networks.address(request.remote_addr, request.headers.get("X-Forwarded-For", ""))


def network(now: datetime) -> Network | None:
    """Return the network that the request comes from, where that can be told."""
    return desk().networks.name(address(), now)


def read_question(body: LeaseRequest) -> Question:
    """Return what a page asks, with all that decides on the answer. Raises NotFound or Forbidden."""
    site, now, where = admit(body.site), desk().now(), address()
    pools = desk().store.sites.pools_of(site)
    sent = tuple(run for run in body.found if len(run) <= LONGEST_RUN)[:MOST_FOUND]
    candidates = numbers.read_found(sent)
    runs = numbers.runs_of_targets(tuple((pool.swap_target, pool.vanity) for pool in pools), candidates)
    return Question(
        site=site,
        body=body,
        now=now,
        address=where,
        network=desk().networks.name(where, now),
        visitor=desk().tokens.visitor(site.id, body.visitor),
        robot=why_robot(request.headers, webdriver=body.webdriver),
        pools=pools,
        runs=sent,
        found={pools[place].id: run for place, run in runs.items()},
    )
