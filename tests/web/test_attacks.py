"""The attacks on a pool, played against the real app by a clock that the test moves. The bench plays them longer."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.web.attacks import ATTACKS, Attack, Json, Simulation
from tests.web.shop import Shop

NUMBERS = tuple(f"+1646555{place:04}" for place in range(50))
MINUTES, COUNTED_FROM = 14, 3
PER_NETWORK = 12  # asks a minute: above what one network may mint; the rest of a flood changes nothing but the time
MOST_ASKS = {False: 240.0, True: 60.0}  # a minute; robots that beat have all that they get within the first


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_people_get_numbers_of_their_own_while_robots_ask(tmp_path: Path, attack: Attack) -> None:
    shop = Shop(tmp_path, numbers=NUMBERS)

    def post(path: str, body: Json, network: str) -> tuple[int, Json]:
        answer = shop.post(path, body, network=network)
        return answer.status_code, answer.get_json(silent=True) or {}

    short = replace(
        attack, asks_a_minute=min(attack.asks_a_minute, MOST_ASKS[attack.beats], PER_NETWORK * attack.networks)
    )
    outcome = Simulation(post, shop.clock, shop.site.key, short).run(MINUTES, COUNTED_FROM)
    shop.store.close()
    assert outcome.faults == []
    assert outcome.people > 30
    assert outcome.share >= attack.least
