"""Conditions of rules, in words: `source = google and medium = cpc and not campaign contains brand`.

`not` binds tightest, then `and`, then `or`; brackets override that. A value that contains a space, ( ) or = stands in
double quotes, in which "" is one quote. Comparisons ignore case. A condition that is printed and parsed is the same.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from gateway.core.rules.patterns import PatternError, compile_pattern
from gateway.core.visits.devices import DESKTOP, MOBILE, TABLET

FIELDS = ("source", "medium", "campaign", "referrer_domain", "landing_path", "device", "country")
PARAMETER = re.compile(r"param\.[a-z0-9_.~%\[\]-]{1,64}", re.ASCII)
DEVICES = (MOBILE, TABLET, DESKTOP)
LONGEST = 1000  # characters of a condition, as it is printed too
LONGEST_VALUE = 256
MOST_DEPTH = 20  # of brackets and nots
TOKEN = re.compile(r'\s+|"(?P<quoted>(?:[^"]|"")*)"|[()=]|[^\s()="]+')
WORD = re.compile(r'[^\s()="]+')
RESERVED = frozenset({"and", "or", "not"})


class ConditionError(ValueError):
    """The text is not a condition; the message names the column and what was expected there."""


class Operator(StrEnum):
    """How a field is compared."""

    EQUALS = "="
    CONTAINS = "contains"
    STARTS_WITH = "starts with"
    MATCHES = "matches"
    EXISTS = "exists"


@dataclass(frozen=True, slots=True)
class Compare:
    """One field compared; `value` is in lower case, unless it is a pattern."""

    field: str
    operator: Operator
    value: str = ""

    def __str__(self) -> str:
        words = [self.field, self.operator.value]
        return " ".join(words if self.operator is Operator.EXISTS else [*words, _quoted(self.value)])


@dataclass(frozen=True, slots=True)
class Not:
    """Holds where its part does not."""

    part: "Condition"

    def __str__(self) -> str:
        return f"not {self.part}" if isinstance(self.part, Compare | Not) else f"not ({self.part})"


@dataclass(frozen=True, slots=True)
class All:
    """Holds where all of two or more parts do, none of which is an All."""

    parts: tuple["Condition", ...]

    def __str__(self) -> str:
        return " and ".join(f"({part})" if isinstance(part, Either) else str(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Either:
    """Holds where one of two or more parts does, none of which is an Either."""

    parts: tuple["Condition", ...]

    def __str__(self) -> str:
        return " or ".join(map(str, self.parts))


Condition = Compare | Not | All | Either


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    column: int
    value: str | None = None
    """The text between the quotes, of a quoted value."""

    @property
    def word(self) -> str:
        """Return the token as a word of the language; a quoted value never is one."""
        return self.text.lower() if self.value is None else ""


def parse(text: str) -> Condition:
    """Return the condition that a text says. Raises ConditionError."""
    if len(text) > LONGEST:
        raise ConditionError(f"the condition is longer than {LONGEST} characters")
    condition = _Parser(list(_tokens(text)), len(text) + 1).whole()
    if len(str(condition)) > LONGEST:
        raise ConditionError(f"the condition is longer than {LONGEST} characters when it is written in full")
    return condition


def _tokens(text: str) -> Iterator[_Token]:
    place = 0
    while place < len(text):
        match = TOKEN.match(text, place)
        if match is None:
            raise ConditionError(f'column {place + 1}: a quoted value has no end: expected another "')
        if match["quoted"] is not None:
            yield _Token(match[0], place + 1, match["quoted"].replace('""', '"'))
        elif not match[0].isspace():
            yield _Token(match[0], place + 1)
        place = match.end()


class _Parser:
    """Reads tokens by recursive descent."""

    def __init__(self, tokens: list[_Token], end: int) -> None:
        self._tokens = [*tokens, _Token("", end)]
        self._place = 0
        self._depth = 0

    def whole(self) -> Condition:
        condition = self._either()
        if self._next.text:
            raise self._unexpected("`and`, `or` or the end")
        return condition

    @property
    def _next(self) -> _Token:
        return self._tokens[self._place]

    def _take(self, *words: str) -> bool:
        """Skip the next tokens if they are these words."""
        ahead = self._tokens[self._place : self._place + len(words)]
        if tuple(token.word for token in ahead) != words:
            return False
        self._place += len(words)
        return True

    def _unexpected(self, expected: str) -> ConditionError:
        found = f"`{self._next.text[:LONGEST_VALUE]}`" if self._next.text else "the end"
        return ConditionError(f"column {self._next.column}: expected {expected}, found {found}")

    def _either(self) -> Condition:
        parts = [self._all()]
        while self._take("or"):
            parts.append(self._all())
        return _joined(Either, parts)

    def _all(self) -> Condition:
        parts = [self._negation()]
        while self._take("and"):
            parts.append(self._negation())
        return _joined(All, parts)

    def _negation(self) -> Condition:
        column = self._next.column
        if self._take("not"):
            self._deeper(column)
            found: Condition = Not(self._negation())
        elif self._take("("):
            self._deeper(column)
            found = self._either()
            if not self._take(")"):
                raise self._unexpected("`and`, `or` or `)`")
        else:
            return self._compare()
        self._depth -= 1
        return found

    def _deeper(self, column: int) -> None:
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise ConditionError(f"column {column}: brackets and nots stand in each other more than {MOST_DEPTH} deep")

    def _compare(self) -> Compare:
        field = self._next.word
        if field not in FIELDS and not PARAMETER.fullmatch(field):
            raise self._unexpected(f"a field ({', '.join(FIELDS)} or param.NAME), `not` or `(`")
        self._place += 1
        operator = next((one for one in Operator if self._take(*one.value.split())), None)
        if operator is None:
            raise self._unexpected("`=`, `contains`, `starts with`, `matches` or `exists`")
        if operator is Operator.EXISTS:
            return Compare(field, operator)
        token = self._next
        found = Compare(field, operator, self._value(operator))
        wrong = _wrong(found)
        if wrong:
            raise ConditionError(f"column {token.column}: {wrong}")
        return found

    def _value(self, operator: Operator) -> str:
        token = self._next
        if token.value is None and not (WORD.fullmatch(token.text) and token.word not in RESERVED):
            raise self._unexpected('a value ("in quotes" where it has a space, ( ) or = in it)')
        self._place += 1
        value = token.text if token.value is None else token.value
        return value if operator is Operator.MATCHES else value.lower()


def _joined(kind: type[All] | type[Either], parts: list[Condition]) -> Condition:
    """Return parts as one condition, without needless brackets."""
    flat: list[Condition] = []
    for part in parts:
        flat += part.parts if isinstance(part, kind) else [part]
    return flat[0] if len(flat) == 1 else kind(tuple(flat))


def _wrong(compare: Compare) -> str:
    """Return why a comparison can never hold, or the empty text."""
    field, operator, value = compare.field, compare.operator, compare.value
    if not value:
        return f"the value is empty: write `not {field} exists`"
    if not value.isprintable() or len(value) > LONGEST_VALUE:
        return f"a value is up to {LONGEST_VALUE} printable characters"
    if operator is Operator.MATCHES:
        return _wrong_pattern(value)
    whole, begun = operator is Operator.EQUALS, operator in (Operator.EQUALS, Operator.STARTS_WITH)
    if field == "device" and whole and value not in DEVICES:
        return f"expected a device ({', '.join(DEVICES)}), found `{value}`"
    if field == "landing_path" and begun and not value.startswith("/"):
        return f"expected a path, which begins with /, found `{value}`"
    if field == "referrer_domain" and begun and value.startswith("www."):
        return "domains are compared without www."
    return ""


def _wrong_pattern(value: str) -> str:
    try:
        compile_pattern(value)
    except PatternError as error:
        return f"the pattern cannot be used: {error}"
    return ""


def _quoted(value: str) -> str:
    """Return a value in quotes, if it needs them."""
    if WORD.fullmatch(value) and value.lower() not in RESERVED:
        return value
    doubled = value.replace('"', '""')
    return f'"{doubled}"'
