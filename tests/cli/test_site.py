"""`leaseline site`: the tag as it is printed for people and for programs."""

from tests.cli.refusals import refusal
from tests.house import House
from web.script.bundle import swap_script


def key_of(house: House) -> str:
    return house.store.sites.all()[0].key


def say_where(house: House, url: str, more: str = "") -> None:
    text = house.config.read_text().replace("[web]", f'[web]\npublic_url = "{url}"\n{more}')
    house.config.write_text(text)


def test_tag_is_printed_with_the_words_for_a_policy(house: House) -> None:
    say_where(house, "https://dni.example.com")
    words = house.run("site", "tag", "shop").stdout
    assert f'<script async src="https://dni.example.com/swap.js" data-site="{key_of(house)}"></script>' in words
    assert "script-src https://dni.example.com\nconnect-src https://dni.example.com\n" in words
    assert "public_url" not in words


def test_tag_without_a_public_address_says_what_to_write(house: House) -> None:
    words = house.run("site", "tag", "shop").stdout
    assert 'src="https://leaseline.example.com/swap.js"' in words
    assert f"passes on to 127.0.0.1:{house.web_port}, or set it as [web] public_url" in words


def test_every_way_to_put_it_comes_with_its_warning(house: House) -> None:
    say_where(house, "https://dni.example.com", 'script_path = "/p/app.js"')
    asked = house.ask("site", "tag", "shop", "--pinned", "--early", "--hide", "250")
    assert swap_script().pinned("/p/app.js") in asked["tag"]
    assert swap_script().integrity in asked["tag"]
    assert f"leaseline:{key_of(house)}" in asked["tag"]
    assert [len(words) for words in asked["csp"].values()] == [3, 1, 1]
    words = house.run("site", "tag", "shop", "--pinned", "--early", "--hide", "250").stdout
    assert len(asked["remarks"]) == 3
    assert all(remark in words for remark in asked["remarks"])


def test_new_site_is_printed_with_the_same_tag(house: House) -> None:
    say_where(house, "https://dni.example.com")
    done = house.run("site", "add", "blog", "--origin", "https://blog.example")
    printed = house.ask("site", "tag", "blog")["tag"]
    assert printed in done.stdout
    assert house.ask("site", "add", "shop2", "--origin", "https://x.example")["tag"].startswith("<link")


def test_tag_of_no_site_is_one_clear_line(house: House) -> None:
    assert "`leaseline site list` lists them" in refusal(house, "site", "tag", "gone")
    assert house.run("site", "tag", "shop", "--hide", "60000").returncode == 2
