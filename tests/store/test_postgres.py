"""Every statement means something to a real PostgreSQL too, which a later back end runs on."""

import contextlib
import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.store.sql import views
from gateway.store.sql.migrations import MIGRATIONS
from tests.missing import skip_without
from tests.stores import every_statement

NOBODY = ["setpriv", "--reuid=nobody", "--clear-groups", "--"]  # PostgreSQL refuses to run as root


@pytest.fixture(scope="module")
def psql() -> Iterator[list[str]]:
    """Yield a psql command for a fresh server that listens on a socket of its own only."""
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not binaries or not shutil.which("psql"):
        skip_without("PostgreSQL is not installed (apt-get install postgresql)")
    as_user = NOBODY if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory(prefix="leaseline-pg-", dir="/tmp") as folder:
        Path(folder).chmod(0o777)
        data = f"{folder}/data"
        control = [*as_user, str(binaries[-1] / "pg_ctl"), "-D", data, "-w", "-l", f"{folder}/log"]
        subprocess.run([*as_user, str(binaries[-1] / "initdb"), "-D", data, "-U", "test", "-A", "trust"], check=True)
        subprocess.run([*control, "-o", f"-k {folder} -c listen_addresses=''", "start"], check=True)
        try:
            yield ["psql", "-h", folder, "-U", "test", "-d", "postgres", "-q", "-v", "ON_ERROR_STOP=1"]
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], check=True)


def prepared(name: str, text: str) -> str:
    """Return a PREPARE of a statement, its named parameters numbered."""
    names: list[str] = []

    def number(match: re.Match[str]) -> str:
        if match[1] not in names:
            names.append(match[1])
        return f"${names.index(match[1]) + 1}"

    numbered = re.sub(r"(?<![:\w]):([a-z_0-9]+)", number, text)
    return f"PREPARE {name} AS {numbered.replace('{skip_locked}', 'FOR UPDATE SKIP LOCKED')};"


def test_schema_and_every_statement_are_understood_by_postgresql(psql: list[str]) -> None:
    script = [f"{statement};" for _, batch in MIGRATIONS for statement in batch]
    script += [prepared(name, text) for name, text in every_statement()]
    done = subprocess.run(psql, input="\n".join(script), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(script) > 30


def filled(text: str, **values: object) -> str:
    """Return a statement with its named parameters written into it."""
    return re.sub(
        r"(?<![:\w]):([a-z_0-9]+)", lambda match: "NULL" if values[match[1]] is None else repr(values[match[1]]), text
    )


def seen(statement: str, path: str, missed: int) -> str:
    values = {"site": "s", "path": path, "hour": 0, "missed": missed, "first_miss": 77 if missed else None}
    return filled(statement, **values, most=2, other="(other)")


def test_page_views_are_counted_by_postgresql_as_by_sqlite(psql: list[str]) -> None:
    new, known = views.COUNT_NEW, views.COUNT_KNOWN
    script = [statement for _, batch in MIGRATIONS for statement in batch]
    script += ["INSERT INTO site (id, name, site_key, origins, created_at) VALUES ('s', 'shop', 'key', '[]', 0)"]
    script += [seen(new, "/blog", 1), seen(new, "/contact", 0), seen(new, "/c", 1), seen(new, "/d", 0)]
    script += [seen(known, "/blog", 1), seen(known, "/contact", 1), seen(known, "/e", 1)]
    script += [filled(views.MISSED_PATHS, site="s", since=0, percent=5, limit=9)]
    script += [filled(views.HOURS_OF_PATH, site="s", path="/contact")]
    script += [filled(views.VIEWS_OF_SITES, since=0), filled(views.FORGET_HOUR, before=1)]
    text = "".join(f"{statement};\n" for statement in ["CREATE SCHEMA counted", "SET search_path = counted", *script])
    done = subprocess.run([*psql, "-At"], input=text, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    with contextlib.closing(sqlite3.connect(":memory:")) as database:
        rows = [row for statement in script for row in database.execute(statement).fetchall()]
    assert done.stdout.splitlines() == ["|".join("" if value is None else str(value) for value in row) for row in rows]
    assert "/contact|2|1" in done.stdout
