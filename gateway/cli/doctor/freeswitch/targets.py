"""Whether what we bridge to is there: gateways, profiles, users, and those who are registered as them."""

import re
from collections.abc import Iterator

from gateway.cli.doctor.freeswitch import console
from gateway.cli.doctor.tools import Doubt, Weight, ask, judge_destinations, judge_fallback
from gateway.config import Config

SOFIA = re.compile(r"sofia/(?P<gateway>gateway/)?(?P<name>[^/]+)/.+")
USER = re.compile(r"user/(?P<user>[^@]+)(@(?P<domain>.+))?")


def destinations(config: Config) -> str:
    """Check each target of each hop."""
    return judge_destinations(config, judged)


def fallback(config: Config) -> str:
    """Check the last resort, which has to ring at this moment."""
    return judge_fallback(config, judged)


def judged(config: Config, text: str) -> Iterator[Doubt]:
    """Tell what is wrong with a dial string."""
    technology = text.partition("/")[0]
    if found := SOFIA.fullmatch(text):
        yield from _gateway(config, found["name"]) if found["gateway"] else _profile(config, found["name"])
    elif found := USER.fullmatch(text):
        yield from _user(config, found["user"], found["domain"] or ask(config, "global_getvar domain").strip())
    elif f"endpoint,{technology}," not in ask(config, "show endpoint"):
        yield Doubt(Weight.ABSENT, f"FreeSWITCH has no {technology}: load its module")


def _gateway(config: Config, name: str) -> Iterator[Doubt]:
    gateway = console.gateway(config, name)
    if gateway is None:
        yield Doubt(Weight.ABSENT, f"there is no gateway {name}")
    elif not gateway.is_reachable:
        yield Doubt(
            Weight.AWAY, f"the gateway {name} is {gateway.status.split(' ')[0]}, its registration {gateway.state}"
        )


def _profile(config: Config, name: str) -> Iterator[Doubt]:
    if console.profile_context(config, name) is None:
        yield Doubt(Weight.ABSENT, f"there is no sofia profile {name}")


def _user(config: Config, user: str, domain: str) -> Iterator[Doubt]:
    if ask(config, f"user_exists id {user} {domain}").strip() != "true":
        yield Doubt(Weight.ABSENT, f"there is no user {user} in the domain {domain}")
    elif "sofia_contact" not in ask(config, f"user_data {user}@{domain} param dial-string"):
        return  # the user is rung in a way of the business's own
    elif "error/" in ask(config, f"sofia_contact {user}@{domain}"):
        yield Doubt(Weight.AWAY, f"nobody is registered as {user}@{domain}")
