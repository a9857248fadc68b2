"""Every statement means something to a real PostgreSQL too, which a later back end runs on."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.store import statements, view_statements
from gateway.store.schema import MIGRATIONS
from tests.missing import skip_without

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
    for name, text in {**vars(statements), **vars(view_statements)}.items():
        if name.isupper() and not name.startswith("_") and isinstance(text, str) and "COLUMNS" not in name:
            script.append(prepared(name, text))
    done = subprocess.run(psql, input="\n".join(script), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(script) > 30
