"""Whether Asterisk's user can read what Asterisk's files include."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.cli.doctor.asterisk import files
from gateway.cli.doctor.asterisk.includes import faults

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to ask as somebody else")


@pytest.fixture
def etc() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:  # whose parents everybody may pass
        Path(name).chmod(0o755)
        yield Path(name)


def asked(etc: Path) -> list[str]:
    return list(faults(etc / "extensions.conf", etc, "nobody"))


@needs_root
@pytest.mark.parametrize("include", ["#include leaseline.conf", '#include "leaseline.conf"', "#include leaseline.*"])
def test_an_include_that_the_switch_cannot_read_is_named_with_its_line(etc: Path, include: str) -> None:
    (etc / "extensions.conf").write_text(f"[general]\n\n{include}\n")
    (etc / "leaseline.conf").write_text("[leaseline-route]\n")
    assert asked(etc) == []
    (etc / "leaseline.conf").chmod(0o600)
    [fault] = asked(etc)
    assert f"nobody cannot read {etc / 'leaseline.conf'}, which {etc / 'extensions.conf'} line 3 includes" in fault
    assert "takes nothing of extensions.conf" in fault


@needs_root
def test_an_include_within_an_include_is_looked_at(etc: Path) -> None:
    (etc / "extensions.conf").write_text("#include custom.conf\n")
    (etc / "custom.conf").write_text("[a]\n#include leaseline.conf\n")
    (etc / "leaseline.conf").write_text("")
    (etc / "leaseline.conf").chmod(0o600)
    [fault] = asked(etc)
    assert f"which {etc / 'custom.conf'} line 2 includes" in fault


@needs_root
def test_a_missing_include_loses_the_whole_file_and_one_that_is_only_tried_does_not(etc: Path) -> None:
    (etc / "extensions.conf").write_text("#tryinclude nosuch.conf\n; #include other.conf\n")
    assert asked(etc) == []
    (etc / "extensions.conf").write_text("#include nosuch.conf\n")
    [fault] = asked(etc)
    assert "which is not there" in fault


@needs_root
def test_a_folder_that_cannot_be_entered_hides_its_files(etc: Path) -> None:
    (etc / "d").mkdir(mode=0o700)
    (etc / "d" / "leaseline.conf").write_text("")
    (etc / "extensions.conf").write_text("#include d/leaseline.conf\n")
    assert "cannot read" in asked(etc)[0]


def test_files_that_include_each_other_come_to_an_end(etc: Path) -> None:
    (etc / "extensions.conf").write_text("#include extensions.conf\nkey = 1\n")
    assert sum(isinstance(line, files.Line) for line in files.read(etc / "extensions.conf", etc)) == files.DEEPEST + 1


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("enable=no", "enable", "no"),
        ("  enable = no ; comment", "enable", "no"),
        ("a.csv => ${X},${Y}", "a.csv", "${X},${Y}"),
        ("exten => 1,1,Set(A=b\\;c)", "exten", "1,1,Set(A=b\\;c)"),
    ],
)
def test_a_setting_is_read_as_asterisk_reads_it(etc: Path, text: str, key: str, value: str) -> None:
    (etc / "a.conf").write_text(f"[general](+)\n;enable=yes\n{text}\n")
    [line] = files.read(etc / "a.conf", etc)
    assert isinstance(line, files.Line)
    assert (line.section, line.number, line.key, line.value) == ("general", 3, key, value)
