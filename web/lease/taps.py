"""What pages report beside their leases: taps on tel: links, and that they show no number to replace."""

from urllib.parse import unquote

from flask import Blueprint, request

from gateway.core import numbers
from gateway.store import Site, Tap
from web.contract import endpoint
from web.desk import desk
from web.lease.admission import admit, network, why_anonymous
from web.lease.bodies import MissRequest, TelRequest
from web.lease.defence.robots import why_robot

bp = Blueprint("taps", __name__)
MOST_DIGITS = 20  # of a link
NOTHING = ("", 204)


@bp.post("/v1/tel")
@endpoint(None)
def tel(json: TelRequest) -> tuple[str, int]:
    """Keep a tap on a tel: link as evidence, and hold the numbers of its page for the call that follows."""
    site, now = admit(json.site), desk().now()
    where = network(now)
    if _may_keep(json) and not why_robot(request.headers) and desk().reports.allows(where, now):
        visitor = desk().tokens.visitor(site.id, json.visitor)
        digits, number = _read(site, json.href)
        tap = Tap(site.id, visitor, digits, number, where.today if where else None)
        held = desk().tokens.leases(site.id, json.lease)
        desk().store.leases.note_tap(tap, [one.lease for one in held], now)
    return NOTHING


@bp.post("/v1/miss")
@endpoint(None)
def miss(json: MissRequest) -> tuple[str, int]:
    """Count a page view on which nothing was found to replace."""
    site, now = admit(json.site), desk().now()
    if not why_robot(request.headers) and desk().reports.allows(network(now), now):
        desk().store.views.count(site.id, json.url, missed=True, now=now)
    return NOTHING


def _may_keep(tap: TelRequest) -> bool:
    """Return whether the visitor let us keep anything of them."""
    return tap.consent != "preview" and not why_anonymous(tap.consent)


def _read(site: Site, href: str) -> tuple[str, str | None]:
    """Return the digits of a link, and its number: a target of the site, else what the country makes of them."""
    dialled = numbers.read_dialled(unquote(href), desk().country)
    digits = dialled.digits[:MOST_DIGITS]
    targets = tuple((pool.swap_target, pool.vanity) for pool in desk().store.sites.pools_of(site))
    found = numbers.runs_of_targets(targets, {digits: href})
    return digits, targets[min(found)][0] if found else next(iter(dialled.forms), None)
