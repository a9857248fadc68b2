"""The public lease API: pages ask for numbers, say that they are still shown, and that they were left.

Every answer is for a page that has a number of its own and keeps it when anything here fails. Requests are CORS-simple
(POST, text/plain, no cookie), so that a browser asks no leave first; an origin that the site does not list gets no CORS
header, and its page cannot read the answer.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, g, jsonify, request
from werkzeug.exceptions import Forbidden, Gone, NotFound

from gateway.core import leases
from gateway.core.leases import Lease, Policy
from gateway.core.sources import read_visit
from gateway.store.admin import Site
from gateway.store.ledger import Granted
from web import matching
from web.bodies import BeatRequest, ByeRequest, LeaseRequest, read_body
from web.desk import desk

bp = Blueprint("leases", __name__)
Answer = dict[str, Any]
Held = Sequence[tuple[Policy, Lease]]


@bp.post("/v1/lease")
def lease() -> Response:
    """Lease a number for each swap target that the page found; the same visitor gets the same ones."""
    body = read_body(LeaseRequest)
    site = _admit(body.site)
    now, tokens = desk().now(), desk().tokens
    visitor = tokens.visitor(site.id, body.visitor)
    granted = _grant(site, visitor, body, now)
    held = [(one.pool.policy, one.lease) for one in granted if one.lease]
    return jsonify(
        visitor=tokens.sign_visitor(site.id, visitor),
        lease=tokens.sign_leases(site.id, visitor, [lease.id for _, lease in held]),
        numbers=[_shown(one) for one in granted if one.number],
        first_beat=_seconds(min([leases.FIRST_BEAT, *(policy.provisional / 3 for policy, _ in held)])),
        **_timing(held, now),
    )


@bp.post("/v1/beat")
def beat() -> Response:
    """Renew the leases of a page that is visible."""
    body = read_body(BeatRequest)
    site = _admit(body.site)
    now = desk().now()
    lease_ids = desk().tokens.leases(site.id, body.lease)
    renewed = desk().ledger.renew(lease_ids, now) if lease_ids else []
    # One that ended is enough: its number may be another visitor's next, so the page must ask for all again.
    if not renewed or len(renewed) < len(lease_ids):
        raise Gone("The lease has ended: ask /v1/lease again with the same visitor.")
    policies = {pool.id: pool.policy for pool in desk().administration.pools_of(site)}
    return jsonify(_timing([(policies[lease.pool], lease) for lease in renewed], now))


@bp.post("/v1/bye")
def bye() -> tuple[str, int]:
    """Start the closed-browser delay of a page's leases; the visitor's next page takes them up again."""
    body = read_body(ByeRequest)
    site = _admit(body.site)
    lease_ids = desk().tokens.leases(site.id, body.lease)
    if lease_ids:
        desk().ledger.release(lease_ids, desk().now())
    return "", 204


@bp.after_request
def _for_this_origin_only(response: Response) -> Response:
    """Let the admitted origin read the answer, and no cache keep it: a number shown twice is two visitors' number."""
    response.headers["Cache-Control"] = "no-store"
    response.vary.add("Origin")
    if "origin" in g:
        response.headers["Access-Control-Allow-Origin"] = g.origin
    return response


def _admit(key: str) -> Site:
    """Return the site whose key and origin the request carries. Raises NotFound or Forbidden."""
    site = desk().administration.site_by_key(key)
    if site is None:
        raise NotFound("No site has this key: copy the script tag of the site again.")
    origin = request.headers.get("Origin")
    if origin not in site.origins:
        raise Forbidden("This origin is not one of the site's: add it to the site, or correct the script tag.")
    g.origin = origin
    return site


def _grant(site: Site, visitor: str, body: LeaseRequest, now: datetime) -> list[Granted]:
    """Return what the visitor is shown for the targets found; a page without one takes no number and no write."""
    found = frozenset(text.lstrip("+") for text in body.found)
    pools = [pool for pool in desk().administration.pools_of(site) if matching.is_found(pool.swap_target, found)]
    if not pools:
        return []
    return desk().ledger.grant(visitor, read_visit(body.url, body.referrer), pools, now)


def _shown(one: Granted) -> Answer:
    target = one.pool.swap_target
    written = matching.display(one.number, target)
    return {"target": target, "number": one.number, "display": written, "choice": one.choice.value}


def _timing(held: Held, now: datetime) -> Answer:
    """Return for how long the page may show its own numbers, as durations: a browser's clock may be wrong."""
    zero = timedelta()
    return {
        "expires_in": _seconds(min((lease.expires_at - now for _, lease in held), default=zero)),
        "held_for": _seconds(min((leases.held_for(one, it.expires_at, now) for one, it in held), default=zero)),
        "held_after_bye": _seconds(min((_held_after_bye(one, it, now) for one, it in held), default=zero)),
        "beat_every": _seconds(min([leases.BEAT_EVERY, *(policy.length / 3 for policy, _ in held)])),
    }


def _held_after_bye(policy: Policy, lease: Lease, now: datetime) -> timedelta:
    """Return how long the number stays the visitor's when the page is left now."""
    return leases.held_for(policy, min(lease.expires_at, now + policy.closed_browser_delay), now)


def _seconds(duration: timedelta) -> int:
    """Return whole seconds, rounded down: a page must let go too early, never too late."""
    return int(duration.total_seconds())
