"""Why a change is refused, as a value: `with refusing(Why.RULE_EXISTS, "ads"): ..`."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from gateway.core.refusals import Refused, Why


@contextmanager
def refusing(why: Why, what: str | None = None, other: str | None = None) -> Iterator[None]:
    """Expect a refusal, and what it names where that is given."""
    with pytest.raises(Refused) as caught:
        yield
    found = caught.value.refusal
    assert found.why is why
    assert what in (None, found.what)
    assert other in (None, found.other)
