"""From a call to a plan: read, attribute, and say in a few tokens where the switch shall ring.

Only tokens cross to a switch: lease ids, state words, digits, and dial strings that the PBX admin wrote in
config.toml. Campaign text, URLs and caller names have no place in a Plan.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from gateway.core import numbers
from gateway.core.calls.attribution import Attribution, Facts, State, Weights, attribute
from gateway.core.calls.call import MACHINE, CallEnd, InboundCall, RoutedCall
from gateway.core.calls.ports import Ledger
from gateway.core.numbers import Kind, callers

LEASE_ID = re.compile(r"[A-Za-z0-9]{0,64}", re.ASCII)
STATE_WORD = re.compile(r"[a-z]{1,16}", re.ASCII)
DECIDED = frozenset(state.value for state in State)  # any other tag (`failopen`, `timeout`, none) was no decision
REFUSABLE = frozenset({State.UNLEASED.value, State.UNKNOWN.value})
DIGITS = re.compile(r"\d{1,15}", re.ASCII)
# By what kind of number leads to a state: that of a number may have changed since a call.
_KINDS = {
    State.ACTIVE: (Kind.POOL,),
    State.COOLING: (Kind.POOL,),
    State.EXPIRED: (Kind.POOL,),
    State.UNLEASED: (Kind.POOL,),
    State.REPEAT: (Kind.POOL, Kind.SHARED),
    State.SHARED: (Kind.SHARED,),
}


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a leg says is calling: `caller`, or `did`, the called number of ours.

    `caller_id` stands in From, `asserted` in P-Asserted-Identity: None leaves that to the switch's own settings. Who is
    `trusted` is told the number of a caller who withholds it, in P-Asserted-Identity beside `Privacy: id`. With `plus`
    numbers of ours are written with a +, in Diversion too.
    """

    caller_id: str = "caller"
    asserted: str | None = None
    trusted: bool = False
    plus: bool = False


@dataclass(frozen=True, slots=True)
class Hop:
    """One step of a plan: dial strings to ring together, and for how many seconds.

    `identities` has one for each target, or none: then each has the default.
    `machine`: what answers there is a queue, a menu or a mailbox, and no person yet.
    """

    targets: tuple[str, ...]
    ring: int
    identities: tuple[Identity, ...] = ()
    machine: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What the controller tells the switch. Raises ValueError when anything but a token is put in.

    `refuse` bids the dialplan hang up before answer. The hops are told all the same: an older one rings them.
    """

    lease: str
    state: str
    number: str
    destination: str
    hops: tuple[Hop, ...]
    refuse: bool = False

    def __post_init__(self) -> None:
        tokens = ((self.lease, LEASE_ID), (self.state, STATE_WORD), (self.number, DIGITS))
        if not all(pattern.fullmatch(value) for value, pattern in tokens):
            raise ValueError("a plan holds tokens only")
        if self.refuse and self.state not in REFUSABLE:
            raise ValueError(f"a call that is {self.state} is never refused")


@dataclass(frozen=True, slots=True)
class Routes:
    """What config.toml says of calls: hops by destination, default country, countries by trunk, weights of evidence.

    `unleased` is where calls go whose number no visitor was ever shown; the empty text: where all others go. With
    `refuse_unleased` they go nowhere; with `refuse_unknown` neither do those to numbers that are surely none of ours.
    """

    destinations: dict[str, tuple[Hop, ...]]
    default: str
    country: str
    trunk_countries: dict[str, str]
    unleased: str = ""
    refuse_unleased: bool = False
    refuse_unknown: bool = False
    weights: Weights = field(default_factory=Weights)

    def country_of(self, trunk: str) -> str:
        """Return the country that numbers on a trunk belong to when they do not say."""
        return self.trunk_countries.get(trunk, self.country)


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided on a call: the plan for the switch and the row for the log."""

    plan: Plan
    call: RoutedCall


def decide(ledger: Ledger, routes: Routes, call: InboundCall) -> Decision:
    """Return where a call goes and whose it is. Reads the ledger; writes nothing."""
    routed = _route(ledger, routes, call)
    plan = Plan(
        lease=routed.attribution.lease,
        state=routed.attribution.state.value,
        number=routed.tracking_phone_number.lstrip("+")[:15] or "0",
        destination=routed.destination,
        hops=routes.destinations.get(routed.destination, ()),
        refuse=_is_refused(ledger, routes, call, routed),
    )
    return Decision(plan, routed)


def settle(ledger: Ledger, routes: Routes, end: CallEnd) -> RoutedCall:
    """Return whose call it was, from the lease history, for a call that is known from its CDR.

    A call whose CDR carries no decision was never decided: it is late, and rang the dialplan's fallback. One that does
    keeps the lease that its destination was told.
    """
    routed = _route(ledger, routes, end.call)
    if end.tag not in DECIDED:
        return replace(routed, destination="", late=True)
    if end.lease == routed.attribution.lease:
        return routed
    return replace(routed, attribution=_as_told(routed.attribution, end))


def answered_by(routes: Routes, routed: RoutedCall, end: CallEnd, is_of: Callable[[str, str], bool]) -> CallEnd:
    """Return a CDR that says so where a machine answered: the hop that is one, and no other, has what answered.

    `is_of` says whether a dial string rings what the switch names so.
    """
    hops = routes.destinations.get(routed.destination, ())
    rung = {hop.machine for hop in hops if any(is_of(target, end.answered_on) for target in hop.targets)}
    return replace(end, disposition=MACHINE) if end.answer_time and rung == {True} else end


def again(facts: Facts, call: RoutedCall, weights: Weights) -> Attribution | None:
    """Return whose call it was by the weights of today, from facts as they were when the call began.

    None for a call that stays what it is. Where only the CDR tells what the destination was told, the evidence is gone.
    A number that was not ours, or has another kind by now, would be judged by what was not true then. One of fixed
    meaning has nothing to weigh.
    """
    told = call.attribution
    if told.as_told or facts.number is None or facts.number.kind not in _KINDS.get(told.state, ()):
        return None
    return attribute(facts, call.start_time, weights)


def _as_told(computed: Attribution, end: CallEnd) -> Attribution:
    """Return what the destination was told where the history does not bear it out: how likely it is, is not known."""
    reason = "As the destination was told when the call came."
    return replace(computed, state=State(end.tag), lease=end.lease, likelihood=None, reason=reason, as_told=True)


def _route(ledger: Ledger, routes: Routes, call: InboundCall) -> RoutedCall:
    country = routes.country_of(call.trunk)
    dialled = numbers.read_dialled(call.dialled, country)
    caller = callers.read(call.caller, country)
    facts = ledger.facts(dialled, callers.with_history(caller, dialled.forms), call.at, routes.weights)
    number = facts.number.e164 if facts.number else numbers.read_stranger(numbers.plain(call.dialled), country)
    attribution = attribute(facts, call.at, routes.weights)
    destination = _destination(routes, facts, attribution)
    return RoutedCall(call.id, caller, number or dialled.digits, call.at, attribution, destination)


def _is_refused(ledger: Ledger, routes: Routes, call: InboundCall, routed: RoutedCall) -> bool:
    """Return whether nobody is to be rung: only what is certain turns a caller away."""
    if routed.attribution.state is State.UNKNOWN:
        digits = numbers.plain(call.dialled).lstrip("+")
        return routes.refuse_unknown and bool(digits) and not ledger.may_be_ours(digits)
    return routes.refuse_unleased and _is_nobodys(ledger, routes, call, routed)


def _is_nobodys(ledger: Ledger, routes: Routes, call: InboundCall, routed: RoutedCall) -> bool:
    """Return whether nobody can have been shown the number.

    Last digits alone, as some trunks send them, may mean a number that is not in Leaseline and ends alike. Leases that
    began after the call do not count for whose it is; but a clock that was set back makes the newest ones look so, and
    their visitors must not be turned away.
    """
    if routed.attribution.state is not State.UNLEASED:
        return False
    dialled, number = numbers.read_dialled(call.dialled, routes.country_of(call.trunk)), routed.tracking_phone_number
    return number in dialled.forms and not ledger.was_leased(number)


def _destination(routes: Routes, facts: Facts, attribution: Attribution) -> str:
    if routes.unleased and attribution.state is State.UNLEASED:
        return routes.unleased
    return (facts.number.destination if facts.number else "") or routes.default
