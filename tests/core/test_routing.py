import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.calls.attribution import State
from gateway.core.calls.routing import Plan


@given(st.text(min_size=1).filter(lambda text: not (text.isascii() and text.isalnum() and len(text) <= 64)))
def test_only_tokens_fit_into_a_plan(text: str) -> None:
    with pytest.raises(ValueError, match="tokens only"):
        Plan(lease=text, state="active", number="12125550110", destination="main", hops=())
    with pytest.raises(ValueError, match="tokens only"):
        Plan(lease="", state=text, number="12125550110", destination="main", hops=())


@pytest.mark.parametrize("state", sorted({*State} - {State.UNLEASED, State.UNKNOWN}))
def test_only_a_call_that_no_visitor_can_have_made_can_be_refused(state: State) -> None:
    with pytest.raises(ValueError, match="never refused"):
        Plan(lease="", state=state.value, number="12125550110", destination="main", hops=(), refuse=True)
