"""What a visitor holds in their hands."""

import pytest

from gateway.core.visits.devices import device_type

CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0"
SAFARI = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0"
PHONE = f"Mozilla/5.0 (Linux; Android 10; K) {CHROME} Mobile Safari/537.36"
DESKTOP = f"Mozilla/5.0 (X11; Linux x86_64) {CHROME} Safari/537.36"


@pytest.mark.parametrize(
    ("user_agent", "hint", "device"),
    [
        (PHONE, "?1", "mobile"),
        (PHONE, "", "mobile"),
        (DESKTOP, "?1", "mobile"),
        (DESKTOP, "?0", "desktop"),
        (DESKTOP, "", "desktop"),
        (DESKTOP, "nonsense", "desktop"),
        (f"Mozilla/5.0 (Linux; Android 10; K) {CHROME} Safari/537.36", "?0", "tablet"),
        (f"Mozilla/5.0 (Linux; Android 10; K) {CHROME} Safari/537.36", "", "tablet"),
        ("Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0", "", "mobile"),
        ("Mozilla/5.0 (Android 15; Tablet; rv:145.0) Gecko/145.0 Firefox/145.0", "", "tablet"),
        (f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) {SAFARI} Mobile/15E148 Safari/604.1", "", "mobile"),
        (f"Mozilla/5.0 (iPad; CPU OS 18_7 like Mac OS X) {SAFARI} Mobile/15E148 Safari/604.1", "", "tablet"),
        (f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {SAFARI} Safari/605.1.15", "", "desktop"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0", "", "desktop"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) Mobile/15E148 [FBAN/FBIOS;FBAV/500.0]", "", "mobile"),
        ("", "", ""),
        (" ", "", ""),
        ("", "?0", "desktop"),
        ("x" * 100_000, "", "desktop"),
    ],
)
def test_a_device_is_what_its_browser_says(user_agent: str, hint: str, device: str) -> None:
    assert device_type(user_agent, hint) == device
