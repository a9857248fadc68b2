"""What a visitor is given: numbers of their own, a shared one, or the site's own; the cheapest layer comes first."""

from dataclasses import replace
from datetime import timedelta

from flask import request

from gateway.core.times import EPOCH
from gateway.core.visits.devices import device_type
from gateway.core.visits.visit import FirstTouch, Visit, counts, read_visit
from gateway.service import visitors
from gateway.service.visitors import Asking
from web.desk import desk
from web.lease import answers
from web.lease.admission import Question, page_view
from web.lease.bodies import LeaseAnswer
from web.lease.tokens import new_visitor


def serve(question: Question) -> LeaseAnswer:
    """Return what the page shows; a page without a target, and a robot, take no number and no write."""
    if question.robot or not question.wanted:
        return answers.answer(question, [], question.visitor)
    visitor = None if question.anonymous else question.visitor or _mint(question)
    granted = visitors.serve(desk().store, _counted(question, _asking(question, visitor)))
    return answers.answer(question, granted, visitor or "")


def preview(question: Question) -> LeaseAnswer:
    """Return what would be shown and why, and lease, store and mint nothing."""
    why = question.robot or question.anonymous
    visitor = None if why else question.visitor
    granted = [] if question.robot else visitors.look(desk().store, _asking(question, visitor))
    return answers.answer(question, [], question.visitor, answers.explain(question, granted, why))


def _mint(question: Question) -> str | None:
    """Return a new visitor; None where one network has too many, so that nobody of it is told apart."""
    return new_visitor() if desk().mints.allows(question.network, question.now) else None


def _asking(question: Question, visitor: str | None) -> Asking:
    """Return what decides on the answer. Conditions ask all that the page tells, whatever the consent.

    Nothing of it is kept, and all who came the same way see the same number.
    """
    came = _visit(question, cookieless=False)
    cookieless = question.body.consent == "cookieless"
    return Asking(
        site=question.site,
        wanted=question.wanted,
        came=came,
        kept=_visit(question, cookieless=True) if cookieless else came,
        visitor=visitor,
        now=question.now,
        network=question.network,
    )


def _counted(question: Question, asking: Asking) -> Asking:
    """Let the page view be counted; a flood that is limited must not cost a write for each of its requests."""
    view = page_view(question.site, question.body)
    if view and asking.visitor is None and not desk().reports.allows(question.network, question.now):
        return asking
    return replace(asking, view=view)


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
