"""The app as a server starts it, and what it serves beside the lease API."""

import pytest

from gateway.config import ConfigError
from tests.web.shop import KEY, ORIGIN, Shop, numbers_in
from web.app import create_app, from_environment
from web.script.minified import STATIC


def test_health_is_ok_while_the_database_can_be_read(shop: Shop) -> None:
    response = shop.client.get("/healthz")
    assert (response.status_code, response.get_json()) == (200, {"status": "ok"})


def test_health_names_the_reason_when_it_cannot(shop: Shop) -> None:
    shop.store.close()
    for name in ("l.db", "l.db-wal", "l.db-shm"):
        (shop.folder / name).unlink(missing_ok=True)
    shop.config.database.path.write_bytes(b"no database" * 100)
    response = shop.client.get("/healthz")
    assert response.status_code == 503
    assert response.content_type == "application/problem+json"
    assert "database" in response.get_json()["title"]
    assert str(shop.folder) not in response.text


def test_server_starts_from_the_file_that_the_environment_names(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    file = shop.folder / "config.toml"
    secret, database = shop.config.web.secret_file, shop.config.database.path
    file.write_text(f'[web]\nsecret_file = "{secret}"\n[database]\npath = "{database}"\n')
    monkeypatch.setenv("LEASELINE_CONFIG", str(file))
    body = {"site": shop.site.key, "found": ["2125550100"]}
    response = from_environment().test_client().post("/v1/lease", json=body, headers={"Origin": ORIGIN})
    assert response.status_code == 200
    assert numbers_in(response.get_json())


def test_missing_key_file_says_what_to_do(shop: Shop) -> None:
    shop.config.web.secret_file.unlink()
    with pytest.raises(ConfigError, match=r"secret\.key does not exist: `leaseline init` writes it"):
        shop.make_app()


@pytest.mark.parametrize("content", [b"", b"\n\n", b"short\n", b"\xff" * 40, f"{KEY}\nshort\n".encode()])
def test_unfit_key_file_says_what_to_do(shop: Shop, content: bytes) -> None:
    shop.config.web.secret_file.write_bytes(content)
    with pytest.raises(ConfigError, match=r"secret\.key"):
        shop.make_app()


def test_tokens_of_an_older_key_are_read_until_it_is_removed(shop: Shop) -> None:
    old = shop.lease()
    shop.config.web.secret_file.write_text(f"{'n' * 43}\n{KEY}\n")
    shop.client = shop.make_app().test_client()
    rotated = shop.lease(old["visitor"])
    assert numbers_in(rotated) == numbers_in(old)
    assert rotated["visitor"] != old["visitor"]  # signed anew
    shop.config.web.secret_file.write_text(f"{'n' * 43}\n")
    shop.client = shop.make_app().test_client()
    assert numbers_in(shop.lease(rotated["visitor"])) == numbers_in(old)
    assert shop.beat(old["lease"]).status_code == 410


def test_app_reads_an_aware_clock_by_itself(shop: Shop) -> None:
    app = create_app(shop.config, shop.app.extensions["leaseline"].store)
    moment = app.extensions["leaseline"].now()
    assert moment.utcoffset() is not None
    assert moment.utcoffset().total_seconds() == 0


def test_package_holds_the_script() -> None:
    assert (STATIC / "swap.js").is_file()
