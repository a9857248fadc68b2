"""Whether the calls of the trunks come to our dialplan, and what their endpoints would let a stranger do."""

import re
from collections.abc import Iterator

from gateway.cli.doctor.asterisk import console
from gateway.cli.doctor.tools import Unwell
from gateway.config import Config

INBOUND = "leaseline-inbound"
MOST_CONTEXTS = 50  # that are followed from one endpoint's context
ONWARD = re.compile(r"Go(?:to|sub)\w*\((?P<arguments>.*)\)")
CONTEXT_NAME = re.compile(r"([A-Za-z_][\w.@-]*),")  # a label is followed by no comma; an application costs a question
BY_VARIABLE = re.compile(r"Go(?:to|sub)\w*\((?:.*[?:])?\$\{\w+\},[^,]+,|Switch =>|AGI\(|Stasis\(")


def trunk_endpoints(config: Config) -> str:
    """Check that the trunks' endpoints lead to our dialplan; where config.toml names no trunk, that any does."""
    named = [found for name in config.trunks if (found := console.endpoint(config, name))]
    if not named:
        return _any_trunk(config)
    warnings = [warning for endpoint in named for warning in _judged(config, endpoint)]
    if warnings:
        return f"warning: {'; '.join(warnings)}"
    return f"calls of {', '.join(endpoint.name for endpoint in named)} come to {INBOUND}"


def leads_to_us(config: Config, context: str) -> bool | None:
    """Return whether calls of a context can reach our dialplan; None where its dialplan decides that by a variable."""
    seen, waiting, is_open = set[str](), [context], False
    while waiting and len(seen) < MOST_CONTEXTS:
        name = waiting.pop(0)
        if name == INBOUND:
            return True
        if name not in seen:
            seen.add(name)
            shown = console.context(config, name)
            waiting += _onward(shown)
            is_open = is_open or bool(BY_VARIABLE.search(shown))
    return None if is_open else False


def _judged(config: Config, endpoint: console.Endpoint) -> Iterator[str]:
    leads = leads_to_us(config, endpoint.context)
    if leads is not False:
        yield from _open_doors(endpoint)
    if leads is None:
        yield f"the context {endpoint.context!r} of {endpoint.name} decides as calls come whether they reach {INBOUND}"
    if leads is False:
        told = f"calls of {endpoint.name} go to the context {endpoint.context!r}, which does not lead to {INBOUND}"
        if endpoint.is_identified or config.trunks[endpoint.name].dial is None:
            raise Unwell(
                f"{told}: none of them is Leaseline's. Write context={INBOUND} at the endpoint, `pjsip reload`"
            )
        yield f"{told}: well where it carries calls out only"


def _open_doors(endpoint: console.Endpoint) -> Iterator[str]:
    if endpoint.is_on("allow_transfer"):
        yield f"{endpoint.name} has allow_transfer=yes: a REFER from outside can send a call out at your cost. Write no"
    if endpoint.is_identified and not endpoint.is_on("trust_id_inbound"):
        yield (
            f"{endpoint.name} has trust_id_inbound=no: a caller whom the carrier names in P-Asserted-Identity stays "
            "unknown. Write yes, as the carrier is known by its address"
        )
    if endpoint.is_on("trust_id_inbound") and not endpoint.is_identified:
        yield (
            f"{endpoint.name} has trust_id_inbound=yes and is not known by its address: whoever calls by it can name "
            "any caller. Add type=identify with the carrier's addresses, or write no"
        )


def _any_trunk(config: Config) -> str:
    """Judge without a name: by the endpoints that are known by an address, as carriers are, or else by all."""
    names = console.identified(config) or console.endpoints(config)
    is_open = False
    for name in dict.fromkeys(names):
        endpoint = console.endpoint(config, name)
        leads = leads_to_us(config, endpoint.context) if endpoint else False
        if leads:
            return f"calls of {name} come to {INBOUND}; name your trunks in [trunks] to have each looked at"
        is_open = is_open or leads is None
    if is_open:
        return f"warning: whether calls come to {INBOUND} cannot be seen: name the trunk in [trunks]"
    raise Unwell(
        f"no trunk's calls come to {INBOUND}: write context={INBOUND} at its endpoint in pjsip.conf, `pjsip reload` "
        "(where the trunk is not known by its address, name its endpoint in [trunks])"
    )


def _onward(shown: str) -> list[str]:
    """Return the contexts that a context includes or sends calls on to."""
    included = re.findall(r"Include => +'([^']+)'", shown)
    sent = [name for found in ONWARD.finditer(shown) for name in CONTEXT_NAME.findall(found["arguments"])]
    return [*included, *sent]
