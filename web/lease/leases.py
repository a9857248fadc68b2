"""Leases: pages ask for numbers, say that they are still shown, and that they were left."""

from flask import Blueprint
from werkzeug.exceptions import Gone

from gateway.core.visits.visit import read_tags
from web.contract import endpoint
from web.desk import desk
from web.lease import answers, serving
from web.lease.admission import admit, page_view, read_question
from web.lease.bodies import BeatRequest, ByeRequest, LeaseAnswer, LeaseRequest, Timing

bp = Blueprint("leases", __name__)


@bp.post("/v1/lease")
@endpoint(LeaseAnswer)
def lease(json: LeaseRequest) -> LeaseAnswer:
    """Lease a number for each swap target that the page found; the same visitor gets the same ones."""
    question = read_question(json)
    return serving.preview(question) if json.consent == "preview" else serving.serve(question)


@bp.post("/v1/beat")
@endpoint(Timing, Gone.code)
def beat(json: BeatRequest) -> Timing:
    """Renew the leases of a page that is visible."""
    site, now = admit(json.site), desk().now()
    held = desk().tokens.leases(site.id, json.lease)
    pools = {pool.id: pool for pool in desk().store.sites.pools_of(site)}
    if {one.version for one in held} - {pool.version for pool in pools.values()}:
        raise Gone("The pool was changed: ask /v1/lease again with the same visitor.")
    tags = read_tags(json.tags)
    renewed = desk().store.leases.renew([one.lease for one in held], now, page_view(site, json), tags) if held else []
    # One that ended is enough: its number may be another visitor's next, so the page must ask for all again.
    if not held or len(renewed) < len(held):
        raise Gone("The lease has ended: ask /v1/lease again with the same visitor.")
    return answers.timing([(pools[one.pool].policy, one) for one in renewed], now)


@bp.post("/v1/bye")
@endpoint(None)
def bye(json: ByeRequest) -> tuple[str, int]:
    """Start the closed-browser delay of a page's leases; the visitor's next page takes them up again."""
    site = admit(json.site)
    held = desk().tokens.leases(site.id, json.lease)
    if held:
        desk().store.leases.release([one.lease for one in held], desk().now())
    return "", 204
