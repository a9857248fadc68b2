"""A house for the commands, and a site with its pages for those that look at one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.stage import Stage, open_stage
from tests.house import House
from tests.house import house as a_house

DESTINATIONS = """
[trunks.carrier]
dial = "PJSIP/{number}@carrier"
[destinations.main]
hops = [{ ring = ["PJSIP/100"], seconds = 20 }, { ring = ["+13125550100"], trunk = "carrier" }]
"""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with a_house(tmp_path, DESTINATIONS) as built:
        yield built


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with open_stage(tmp_path) as stage:
        yield stage
