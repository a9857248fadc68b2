from hypothesis import given
from hypothesis import strategies as st

from gateway.core.sources import LONGEST_VALUE, read_visit


def test_campaign_parameters_and_click_ids_are_kept_and_the_rest_is_not() -> None:
    visit = read_visit(
        "https://shop.example/x?utm_source=google&utm_campaign=a%20b&gclid=G&secret=1", "https://g.example"
    )
    assert visit.parameters == {"utm_source": "google", "utm_campaign": "a b", "gclid": "G"}
    assert visit.referring_url == "https://g.example"


def test_the_first_of_a_doubled_parameter_counts() -> None:
    assert read_visit("https://x/?utm_source=a&utm_source=b", "").parameters == {"utm_source": "a"}


@given(st.text(), st.text())
def test_no_url_ever_raises_or_leaves_control_characters(url: str, value: str) -> None:
    visit = read_visit(f"{url}?utm_campaign={value}", url)
    texts = [visit.landing_page_url, visit.referring_url, *visit.parameters.values()]
    assert all(text.isprintable() for text in texts)
    assert all(len(kept) <= LONGEST_VALUE for kept in visit.parameters.values())
