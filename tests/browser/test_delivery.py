"""How the script and its leases travel: caches, changed pools, old scripts, strict policies, crawlers."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gateway.config import Web
from tests.browser.recorders import SENT, sent
from tests.browser.stage import Stage
from tests.browser.words import CALL_US, OWN, STATIC, SWAPPED, text_of, wait_for_text
from tests.web.shop import LEASED
from web.script import tag as tags
from web.script.tag import ScriptTag, Wish

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

LINK = f'<a id="call" href="tel:+12125550100" aria-label="Call {OWN}">{OWN}</a>'
# As version 1 of the wire began: browsers and caches hold it for long, so it is never changed here.
OLD_SCRIPT = Path(__file__).with_name("data") / "swap-v1.js"
CRAWLERS = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) "
    "Chrome/116.0.1938.76 Safari/537.36",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/156.0.0.0 Safari/537.36",
)
VIOLATIONS = """
    self.violations = [];
    document.addEventListener('securitypolicyviolation', event => self.violations.push(event.violatedDirective));
"""
HOST = """<shop-header></shop-header><script src="/header.js"></script>"""
HEADER = """customElements.define('shop-header', class extends HTMLElement {
    constructor() {
        super();
        const phone = document.createElement('p');
        phone.append('Call (212) 555-0100 today');
        this.attachShadow({ mode: 'open' }).append(phone);
    }
});"""
IN_SHADOW = "document.querySelector('shop-header').shadowRoot.textContent"


@pytest.fixture
def page(page: "Page") -> "Page":
    page.add_init_script(SENT)
    return page


def test_second_view_costs_a_304_at_most(page: "Page", stage: Stage) -> None:
    page.goto(stage.show("/", CALL_US))
    wait_for_text(page, SWAPPED)
    stage.api.script_headers = {"Cache-Control": "public, max-age=0, must-revalidate"}
    page.reload()  # which asks for the script whatever is allowed
    with page.expect_response("**/swap.js") as answer:
        page.goto(stage.show("/contact", CALL_US))
    assert answer.value.status == 200  # as the browser tells it of what it took from its cache
    assert answer.value.request.sizes()["responseBodySize"] == 0


def test_script_is_short_compressed_and_may_be_stale(page: "Page", stage: Stage) -> None:
    with page.expect_response("**/swap.js") as answer:
        page.goto(stage.show("/", CALL_US))
    headers, sizes = answer.value.all_headers(), answer.value.request.sizes()
    assert headers["cache-control"] == "public, max-age=0, stale-while-revalidate=86400"
    assert headers["etag"].startswith('"')
    assert headers["content-encoding"] in {"br", "gzip"}
    assert 0 < sizes["responseBodySize"] <= 3072


def test_lease_is_kept_by_no_cache(page: "Page", stage: Stage) -> None:
    with page.expect_response("**/v1/lease") as answer:
        page.goto(stage.show("/", CALL_US))
    headers = answer.value.all_headers()
    assert headers["cache-control"] == "no-store"
    assert "Origin" in headers["vary"]
    assert headers["access-control-allow-origin"] == stage.site_url


def test_lease_is_asked_for_without_a_preflight(page: "Page", stage: Stage) -> None:
    methods: list[str] = []
    page.on("request", lambda request: methods.append(request.method) if "/v1/" in request.url else None)
    page.goto(stage.show("/", CALL_US))
    wait_for_text(page, SWAPPED)
    assert methods == ["POST"]


def test_pinned_script_swaps_and_is_kept_for_good(page: "Page", stage: Stage) -> None:
    with page.expect_response("**/swap.*.js") as answer:
        page.goto(_show_tagged(stage, Wish(pinned=True)))
    wait_for_text(page, SWAPPED)
    assert answer.value.all_headers()["cache-control"] == "public, max-age=31536000, immutable"


def test_control_script_that_somebody_changed_does_not_run(page: "Page", stage: Stage) -> None:
    address = _show_tagged(stage, Wish(pinned=True))
    stage.pages.html["/"] = stage.pages.html["/"].replace('integrity="sha384-', 'integrity="sha384-AAAA')
    with page.expect_console_message(lambda message: "integrity" in message.text):
        page.goto(address)
    assert (text_of(page), sent(page)) == (STATIC, [])


def test_strict_policy_with_the_printed_words_is_enough_for_everything(page: "Page", stage: Stage) -> None:
    page.add_init_script(VIOLATIONS)
    wish = Wish(pinned=True, early=True)
    policy = "; ".join(f"{name} {' '.join(words)}" for name, words in _tag(stage, wish).csp.items())
    stage.pages.headers = {
        "Content-Security-Policy": f"default-src 'none'; {policy}; require-trusted-types-for 'script'"
    }
    page.goto(_show_tagged(stage, wish, CALL_US + LINK))
    wait_for_text(page, SWAPPED)
    page.evaluate("leaseline('restore')")
    assert (text_of(page), page.evaluate("self.violations")) == (STATIC, [])


def test_control_policy_without_the_hash_keeps_the_early_script_out_and_the_page_works(
    page: "Page", stage: Stage
) -> None:
    page.add_init_script(VIOLATIONS)
    url = stage.api_url
    stage.pages.headers = {"Content-Security-Policy": f"default-src 'none'; script-src {url}; connect-src {url}"}
    page.goto(_show_tagged(stage, Wish(early=True)))
    wait_for_text(page, SWAPPED)
    assert page.evaluate("self.violations") == ["script-src-elem"]


def test_open_shadow_root_is_swapped_and_stays_so(page: "Page", stage: Stage) -> None:
    stage.pages.html["/header.js"] = HEADER
    page.goto(stage.show("/", HOST, tag='data-shadow="shop-header"'))
    page.wait_for_function(f"{IN_SHADOW} === '{SWAPPED}'")
    changed = page.evaluate(
        f"""async () => {{
            document.querySelector('shop-header').shadowRoot.firstChild.textContent = '212.555.0100';
            await new Promise(requestAnimationFrame);
            return {IN_SHADOW};
        }}"""
    )
    assert changed == "646.555.0110"


def test_closed_shadow_root_is_swapped_when_its_component_asks(page: "Page", stage: Stage) -> None:
    stage.pages.html["/header.js"] = HEADER.replace(
        "this.attachShadow({ mode: 'open' })", "(self.root = this.attachShadow({ mode: 'closed' }))"
    )
    page.goto(stage.show("/", HOST + CALL_US))
    wait_for_text(page, SWAPPED)
    assert page.evaluate("self.root.textContent") == STATIC
    page.evaluate("leaseline('scan', self.root)")
    page.wait_for_function("text => self.root.textContent === text", arg=SWAPPED)


def test_changed_pool_replaces_the_number_everywhere(page: "Page", stage: Stage) -> None:
    page.goto(stage.show("/", CALL_US + LINK))
    wait_for_text(page, SWAPPED)
    stage.shop.pause([LEASED[0]])
    page.goto(stage.show("/contact", CALL_US + LINK))
    wait_for_text(page, "Call (646) 555-0111 today")
    assert page.get_attribute("#call", "href") == "tel:+16465550111"
    assert "0110" not in page.content()
    assert "0110" not in page.evaluate("JSON.stringify(localStorage)")


def test_page_that_stays_open_over_a_change_of_its_pool_leases_again(page: "Page", stage: Stage) -> None:
    page.clock.install()
    page.goto(stage.show("/", CALL_US + LINK))
    wait_for_text(page, SWAPPED)
    stage.shop.pause([LEASED[0]])
    stage.shop.clock.forward(11)
    with page.expect_response("**/v1/beat") as answer:
        page.clock.run_for(11_000)
    assert answer.value.status == 410
    page.clock.run_for(2000)
    wait_for_text(page, "Call (646) 555-0111 today")
    assert "0110" not in page.content()


def test_old_script_from_a_cache_works_with_this_api(page: "Page", stage: Stage) -> None:
    stage.pages.html["/old.js"] = OLD_SCRIPT.read_text()
    page.clock.install()
    address = stage.show("/", CALL_US + LINK, tag=f'data-api="{stage.api_url}"')
    stage.pages.html["/"] = stage.pages.html["/"].replace(f"{stage.api_url}/swap.js", "/old.js")
    page.goto(address)
    wait_for_text(page, SWAPPED)
    stage.shop.clock.forward(11)
    page.clock.run_for(11_000)
    stage.api.wait_for("/v1/beat")
    page.evaluate("document.addEventListener('click', event => event.preventDefault())")
    page.click("#call")
    stage.api.wait_for("/v1/tel")
    page.evaluate("location.href = 'about:blank'")
    stage.api.wait_for("/v1/bye")
    assert [row["campaign"] for row in stage.shop.rows()] == ["winter sale"]


@pytest.mark.parametrize("user_agent", CRAWLERS, ids=["Googlebot", "bingbot", "facebook", "headless"])
def test_crawler_reads_the_sites_own_number_and_uses_none(
    open_page: Callable[..., "Page"], stage: Stage, user_agent: str
) -> None:
    page = open_page(user_agent=user_agent)
    with page.expect_response("**/v1/lease") as answer:
        page.goto(stage.show("/", CALL_US + LINK))
    assert (answer.value.status, answer.value.json()["numbers"]) == (200, [])
    assert (text_of(page), page.get_attribute("#call", "href")) == (STATIC, "tel:+12125550100")
    assert stage.shop.rows() == []


def test_browser_that_a_program_drives_uses_no_number(page: "Page", stage: Stage) -> None:
    page.add_init_script("Object.defineProperty(navigator, 'webdriver', { get: () => true })")
    with page.expect_response("**/v1/lease") as answer:
        page.goto(stage.show("/", CALL_US))
    assert answer.value.json()["numbers"] == []
    assert stage.api.bodies("/v1/lease")[0]["webdriver"] is True
    assert (text_of(page), stage.shop.rows()) == (STATIC, [])


def test_structured_data_for_crawlers_never_changes(page: "Page", stage: Stage) -> None:
    data = {"@context": "https://schema.org", "@type": "LocalBusiness", "telephone": "+1-212-555-0100"}
    page.goto(stage.show("/", f'{CALL_US}<script id="data" type="application/ld+json">{json.dumps(data)}</script>'))
    wait_for_text(page, SWAPPED)
    assert json.loads(text_of(page, "#data") or "") == data


def _tag(stage: Stage, wish: Wish) -> ScriptTag:
    return tags.tag(Web(public_url=stage.api_url), stage.shop.site.key, wish)


def _show_tagged(stage: Stage, wish: Wish, body: str = CALL_US) -> str:
    """Put a page up with a tag as it is printed."""
    stage.pages.html["/"] = f"<!doctype html><html><head>{_tag(stage, wish).html}</head><body>{body}</body></html>"
    return f"{stage.site_url}/?utm_source=google&utm_campaign=winter+sale"
