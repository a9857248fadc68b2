"""What owners paste into their pages."""

import base64
import hashlib
import re

from gateway.config import Web
from web.script import tag as tags
from web.script.bundle import swap_script
from web.script.tag import Wish

KEY = "0123456789abcdef"
PUBLIC = Web(public_url="https://dni.example.com")
MOST_EARLY = 600  # bytes
EVERYTHING = Wish(pinned=True, early=True, hide=300)


def test_plain_tag_is_one_async_script_from_one_origin() -> None:
    assert tags.tag(PUBLIC, KEY).html == (
        '<link rel="preconnect" href="https://dni.example.com" crossorigin>\n'
        f'<script async src="https://dni.example.com/swap.js" data-site="{KEY}"></script>'
    )
    assert tags.tag(PUBLIC, KEY).csp == {
        "script-src": ["https://dni.example.com"],
        "connect-src": ["https://dni.example.com"],
    }


def test_pinned_tag_names_this_version_and_its_integrity() -> None:
    printed = tags.tag(PUBLIC, KEY, Wish(pinned=True))
    assert f'src="https://dni.example.com{swap_script().pinned("/swap.js")}"' in printed.html
    assert f'integrity="{swap_script().integrity}" crossorigin="anonymous"' in printed.html
    assert "at each upgrade" in printed.remarks[0]


def test_early_script_is_small_and_holds_the_key_only() -> None:
    text = tags.early(KEY)
    assert len(text.encode()) <= MOST_EARLY
    assert text.isascii()  # a page of any charset may hold it
    assert text.count(KEY) == 1
    assert "SITE_KEY" not in text
    assert "</" not in text


def test_policy_lets_run_exactly_what_stands_between_the_tags() -> None:
    printed = tags.tag(PUBLIC, KEY, EVERYTHING)
    for element in ("script", "style"):
        texts = re.findall(f"<{element}>(.+?)</{element}>", printed.html)
        hashes = [f"'sha256-{base64.b64encode(hashlib.sha256(one.encode()).digest()).decode()}'" for one in texts]
        assert hashes
        assert [word for word in printed.csp[f"{element}-src"] if word.startswith("'")] == hashes


def test_what_must_run_first_comes_first() -> None:
    early, style, hide, preconnect, script = tags.tag(PUBLIC, KEY, EVERYTHING).html.splitlines()
    assert KEY in early
    assert style == "<style>.leaseline-hide [data-leaseline]{visibility:hidden}</style>"
    assert ",300)" in hide
    assert preconnect.startswith("<link")
    assert script.startswith("<script async src")


def test_nothing_is_inline_unless_asked_for() -> None:
    for wish in (Wish(), Wish(pinned=True)):
        printed = tags.tag(PUBLIC, KEY, wish)
        assert "<style" not in printed.html
        assert printed.html.count("<script") == 1
        assert "'" not in "".join(printed.csp["script-src"])


def test_api_is_named_where_it_does_not_stand_beside_the_script() -> None:
    for web, api in (
        (Web(public_url="https://dni.example.com", script_path="/p/app.js"), "https://dni.example.com/"),
        (Web(public_url="https://www.example.com/dni"), "https://www.example.com/dni/"),
        (Web(public_url="https://www.example.com/dni", script_path="/p/app.js"), "https://www.example.com/dni/"),
    ):
        printed = tags.tag(web, KEY)
        assert f'src="{web.public_url}{web.script_path}"' in printed.html
        assert f'data-api="{api}"' in printed.html
        assert "https://www.example.com/" not in printed.csp["script-src"]
    assert "data-api" not in tags.tag(PUBLIC, KEY).html
