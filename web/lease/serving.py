"""What a visitor is given: numbers of their own, a shared one, or the site's own; the cheapest layer comes first."""

from dataclasses import replace
from datetime import timedelta

from flask import request

from gateway.core.leasing.leases import Pool
from gateway.core.rules import book, pools
from gateway.core.rules.book import Fields, Fitting
from gateway.core.times import EPOCH
from gateway.core.visits.devices import device_type
from gateway.core.visits.visit import FirstTouch, Visit, counts, read_visit
from gateway.store.ledger import Granted
from web.desk import desk
from web.lease import answers
from web.lease.admission import Question, page_view
from web.lease.bodies import LeaseAnswer
from web.lease.tokens import new_visitor


def serve(question: Question) -> LeaseAnswer:
    """Return what the page shows; a page without a target, and a robot, take no number and no write."""
    if question.robot or not question.wanted:
        return answers.answer(question, [], question.visitor)
    visitor = "" if question.anonymous else question.visitor or _mint(question)
    granted = _grant(question, visitor) if visitor else _share(question)
    return answers.answer(question, granted, visitor)


def preview(question: Question) -> LeaseAnswer:
    """Return what would be shown and why, and lease, store and mint nothing."""
    why = question.robot or question.anonymous
    shared = desk().ledger.shared(*_served(question, _session(question))) if why and not question.robot else []
    granted = shared if why else _look(question)
    return answers.answer(question, [], question.visitor, answers.explain(question, granted, why))


def _look(question: Question) -> list[Granted]:
    served, fitting = _served(question, _session(question), question.visitor)
    return desk().ledger.look(question.visitor, served, question.now, question.network, fitting)


def _mint(question: Question) -> str:
    """Return a new visitor, or the empty text where one network has too many."""
    return new_visitor() if desk().mints.allows(question.network, question.now) else ""


def _grant(question: Question, visitor: str) -> list[Granted]:
    cookieless = question.body.consent == "cookieless"
    visit = _visit(question, cookieless=cookieless)
    served, fitting = _served(question, _session(question, None if cookieless else visit), visitor)
    view = page_view(question.site, question.body)
    return desk().ledger.grant(visitor, visit, served, question.now, question.network, view, fitting)


def _share(question: Question) -> list[Granted]:
    """Return what everybody is shown; a flood that is limited must not cost a write for each of its requests."""
    granted = desk().ledger.shared(*_served(question, _session(question)))
    view = page_view(question.site, question.body)
    if view and desk().reports.allows(question.network, question.now):
        desk().ledger.count_shared(view, granted, question.now)
    return granted


def _session(question: Question, visit: Visit | None = None) -> Fields:
    """Return what conditions ask of this visit, which is read where it was not yet; nothing where none asks.

    All that the page tells counts, whatever the consent: nothing of it is kept, and all who came the same way see the
    same number.
    """
    if not desk().rules.book(question.site) and not any(pool.condition for pool in question.wanted):
        return {}
    return book.fields(visit or _visit(question, cookieless=False), question.site.origins, desk().referrers)


def _served(question: Question, session: Fields, visitor: str = "") -> tuple[list[Pool], dict[str, Fitting]]:
    """Return the pool that serves each target of the page, and the rules of these that fit the session, by pool."""
    apart = visitor and any(pool.condition for pool in question.wanted)
    held = desk().ledger.held(visitor, question.wanted, question.now) if apart else ()
    served = pools.serving(question.wanted, session, held)
    book = desk().rules.book(question.site)
    return served, {pool.id: book.find(pool.id, session) for pool in served} if book else {}


def _visit(question: Question, *, cookieless: bool) -> Visit:
    """Return how the visitor arrived: as their browser remembers it, if that can be believed, else on this page."""
    body = question.body
    country, region = desk().places.of(question.address)
    visit = read_visit(body.url, body.referrer, _first_touch(question), body.tags, cookieless=cookieless)
    return replace(visit, country=country, region=region, device_type=_device())


def _device() -> str:
    """Return what the visitor's browser says of its device."""
    return device_type(request.headers.get("User-Agent", ""), request.headers.get("Sec-CH-UA-Mobile", ""))


def _first_touch(question: Question) -> FirstTouch | None:
    sent = question.body.first
    if sent is None:
        return None
    first = FirstTouch(sent.url, sent.referrer, EPOCH + timedelta(milliseconds=sent.at))
    return first if counts(first, question.site.origins, question.now) else None
