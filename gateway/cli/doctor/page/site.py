"""`leaseline doctor --site URL`: whether a page's visitors can be shown their numbers, seen from outside."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from gateway.cli.doctor.page.html import Page, read_page
from gateway.cli.doctor.page.policy import Policy, Wanted, connects, read_policies, runs, runs_inline
from gateway.cli.doctor.page.script import Tag, judge_script, judge_tag, tags_of
from gateway.cli.doctor.page.visitor import Reply, Visitor
from gateway.cli.doctor.tools import Finding, Unwell
from gateway.cli.shell.store import open_store
from gateway.config import Config
from gateway.core import numbers
from gateway.store import Site, Store
from web.script.tag import csp_hash

LEASE = "lease API"


@dataclass(frozen=True, slots=True)
class Scene:
    """A page with its tag and its site."""

    visitor: Visitor
    store: Store
    page: Page
    policies: list[Policy]
    tag: Tag
    site: Site

    @property
    def origin(self) -> str:
        """Return the page's origin, as its browser names it to us."""
        return _origin(self.page.url)

    @property
    def api(self) -> str:
        """Return where the script asks for numbers."""
        return urljoin(self.page.address(self.tag.attributes.get("data-api") or self.tag.url), "v1/lease")


def examine(config: Config, url: str) -> list[Finding]:
    """Return what is well and what is not; a page that cannot be looked at ends the list."""
    return list(_examine(config, Visitor(), url))


def _examine(config: Config, visitor: Visitor, url: str) -> Iterator[Finding]:
    try:
        reply = visitor.get(url)
    except Unwell as error:
        yield Finding("page", "fail", str(error))
        return
    if reply.status != 200:
        yield Finding("page", "fail", f"{reply.url} answers {reply.status}: name a page that visitors see")
        return
    yield Finding("page", "ok", f"{reply.url} answers 200, {len(reply.body)} bytes")
    page = read_page(reply.url, _decode(reply))
    policies = read_policies(reply.headers.getlist("Content-Security-Policy"), page.policies)
    store = open_store(config)
    sites = {site.key: site for site in store.sites.all()}
    tags = tags_of(page, config.web.script_path, list(sites))
    yield from _judge_tags(page, tags, sites)
    site = (sites.get(tags[0].key) if tags else None) or _by_origin(sites.values(), _origin(page.url))
    if site:
        yield from _judge_numbers(page, store, site)
    if site and tags and tags[0].url:
        yield from _judge_visit(Scene(visitor, store, page, policies, tags[0], site))


def _judge_tags(page: Page, tags: list[Tag], sites: dict[str, Site]) -> Iterator[Finding]:
    if not tags:
        told = "no script tag of ours in the HTML: paste what `leaseline site tag` prints"
        yield Finding("script tag", "fail", f"{told} (one that a tag manager adds cannot be seen from here)")
        return
    if tags[0].key not in sites:
        told = f"no site has the key {tags[0].key!r}: `leaseline site tag` prints the right tag"
        yield Finding("script tag", "fail", told)
        return
    faults = list(judge_tag(tags, page))
    yield from faults or [Finding("script tag", "ok", f"of site {sites[tags[0].key].name}, {tags[0].url}")]


def _judge_numbers(page: Page, store: Store, site: Site) -> Iterator[Finding]:
    vanities = {pool.swap_target: pool.vanity for pool in store.sites.pools_of(site)}
    targets = sorted(vanities)
    there = _places(page.texts, tuple((target, vanities[target]) for target in targets))
    missing = [target for place, target in enumerate(targets) if place not in there]
    if not targets:
        yield Finding("swap targets", "warn", f"site {site.name} has no pool yet: `leaseline pool create`")
    elif missing:
        told = f"not in the HTML: {', '.join(missing)}: the script may still find it if JavaScript writes it"
        yield Finding("swap targets", "warn", told)
    else:
        yield Finding("swap targets", "ok", ", ".join(targets))
    baked = _baked(page, store.numbers.of_site(site))
    if baked:
        told = "stands in the HTML itself, so everybody reads one visitor's number: a cache has stored a page that was "
        told += "swapped, or it was copied from one. Purge it, and write the site's own number"
        yield Finding("pool numbers", "fail", f"{', '.join(baked)} {told}")
    else:
        yield Finding("pool numbers", "ok", "none in the HTML")


def _baked(page: Page, ours: Sequence[str]) -> list[str]:
    there = _places([*page.texts, *page.unswapped], tuple((number, "") for number in ours))
    return [number for place, number in enumerate(ours) if place in there]


def _places(texts: Sequence[str], wanted: tuple[tuple[str, str], ...]) -> set[int]:
    """Return which numbers, each with its vanity number, stand in texts."""
    return set(numbers.runs_of_targets(wanted, numbers.read_found(numbers.runs_in(texts))))


def _judge_visit(scene: Scene) -> Iterator[Finding]:
    yield _judge_origin(scene)
    try:
        asked = {"Referer": scene.page.url, "Accept": "*/*", "Sec-Fetch-Dest": "script"}
        reply = scene.visitor.get(scene.tag.url, asked)
        yield from judge_script(scene.tag, reply, scene.page)
    except Unwell as error:
        yield Finding("script", "fail", str(error))
    yield _judge_policy(scene)
    yield _judge_lease(scene)


def _judge_origin(scene: Scene) -> Finding:
    if scene.origin in scene.site.origins:
        return Finding("page origin", "ok", f"{scene.origin} is one of site {scene.site.name}'s")
    listed = ", ".join(scene.site.origins)
    told = f"{scene.origin} is not one of site {scene.site.name}'s ({listed}): its visitors are refused a number"
    return Finding("page origin", "fail", told)


def _judge_policy(scene: Scene) -> Finding:
    missing = dict.fromkeys(word for policy in scene.policies for word in _missing(scene, policy))
    if missing:
        told = f"the Content-Security-Policy of the page blocks us: {'; '.join(missing)}"
        return Finding("policy", "fail", told)
    told = "lets script and lease API through" if scene.policies else "the page has no Content-Security-Policy"
    return Finding("policy", "ok", told)


def _missing(scene: Scene, policy: Policy) -> Iterator[str]:
    """Tell what to add to a policy of the page."""
    tag, page = scene.tag, scene.page
    wanted = Wanted(tag.url, page.url, tag.attributes.get("nonce", ""), tag.attributes.get("integrity", ""))
    if not runs(policy, wanted):
        yield f"add {_origin(tag.url)} to script-src"
    if not connects(policy, scene.api, page.url):
        yield f"add {_origin(scene.api)} to connect-src"
    for script in page.scripts:
        word, nonce = csp_hash(script.text), script.attributes.get("nonce", "")
        if f"leaseline:{tag.key}" in script.text and not runs_inline(policy, word, nonce):
            yield f"add {word} to script-src, for the early script"


def _judge_lease(scene: Scene) -> Finding:
    """Ask for a preview, which leases nothing and stores nothing."""
    body = {
        "site": scene.site.key,
        "visitor": "",
        "url": scene.page.url,
        "referrer": "",
        "found": [],
        "consent": "preview",
    }
    headers = {"Origin": scene.origin, "Content-Type": "text/plain;charset=UTF-8", "Referer": scene.page.url}
    try:
        reply = scene.visitor.post(scene.api, json.dumps(body).encode(), headers)
    except Unwell as error:
        return Finding(LEASE, "fail", str(error))
    if reply.status != 200:
        return Finding(LEASE, "fail", f"{scene.api} answers {reply.status}: {_title(reply)}")
    if reply.headers.get("Access-Control-Allow-Origin") not in (scene.origin, "*"):
        told = "without Access-Control-Allow-Origin for the page: let the proxy pass on Origin and our headers"
        return Finding(LEASE, "fail", f"{scene.api} answers {told}")
    if "no-store" not in reply.headers.get("Cache-Control", ""):
        told = "without no-store: let the proxy pass on our Cache-Control, or two visitors are told one number"
        return Finding(LEASE, "fail", f"{scene.api} answers {told}")
    return Finding(LEASE, "ok", f"{scene.api} answers the page")


def _title(reply: Reply) -> str:
    """Return what a problem says of itself, or what to do about an answer that is not ours."""
    try:
        return str(json.loads(reply.body)["title"])
    except (ValueError, KeyError, TypeError):
        return "let the web server pass /v1/ on to us"


def _by_origin(sites: Iterable[Site], origin: str) -> Site | None:
    return next((site for site in sites if origin in site.origins), None)


def _origin(url: str) -> str:
    """Return an address's origin as browsers write it, without a port that goes without saying."""
    parts = urlsplit(url)
    usual = {"http": ":80", "https": ":443"}.get(parts.scheme, "")
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2].lower().removesuffix(usual)}"


def _decode(reply: Reply) -> str:
    charset = reply.headers.get("Content-Type", "").lower().partition("charset=")[2].strip('"; ') or "utf-8"
    try:
        return reply.body.decode(charset, "replace")
    except LookupError:
        return reply.body.decode("utf-8", "replace")
