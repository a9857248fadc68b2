"""Texts that people write where they change something: read here, or refused."""

from gateway.core import numbers
from gateway.core.numbers import NumberError
from gateway.core.refusals import Refusal, Refused, Why
from gateway.core.rules.conditions import Condition, ConditionError, parse

LONGEST_NAME = 60  # characters


def check_name(name: str) -> None:
    """Raise Refused where a text is no name for a site, a pool or a rule, which a person will have to type again."""
    if not name.strip() or not name.isprintable() or len(name) > LONGEST_NAME:
        raise Refused(Refusal(Why.NOT_A_NAME, name[:LONGEST_NAME]))


def read_number(text: str, country: str) -> str:
    """Return the E.164 number of a text. Raises Refused."""
    try:
        return numbers.parse(text, country)
    except NumberError as error:
        raise Refused(Refusal(Why.NOT_A_NUMBER, text, said=str(error))) from error


def read_condition(text: str, why: Why) -> Condition:
    """Return the condition of a text. Raises Refused for the reason that is passed in."""
    try:
        return parse(text)
    except ConditionError as error:
        raise Refused(Refusal(why, text, said=str(error))) from error
