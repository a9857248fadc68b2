"""Patterns of rules: regular expressions that run briefly, whatever text a visitor sends.

Theory of operation. Python's engine backtracks through every way to match, and a pattern such as `(a+)+b` has more ways
than anybody can wait for; the texts come from strangers. So an upper bound of the ways is computed: they multiply along
the pattern, each `*` and `+` by the length of the text, and add up over `|`. A repeated group that can match one text
in several ways has no bound and is refused, as is anything that cannot be counted.
"""

import re
from dataclasses import dataclass

LONGEST_TEXT = 256  # characters of a value that are looked at
LONGEST_PATTERN = 128
MOST_WAYS = 70_000  # room for one `*` that may begin anywhere, or two behind a `^`
MOST_REPEATS = LONGEST_TEXT
# Python's syntax without the ambiguous parts: `[` or a leading `]` in a class, and doubled signs in one.
PART = re.compile(
    r"(?P<class>\[\^?(?:\\.|[^\]\\\[])+\])|(?P<escape>\\.)|(?P<open>\((?:\?:)?)|(?P<close>\))|(?P<either>\|)"
    r"|(?P<repeat>(?:[*+?]|\{(?P<least>\d{1,3})?(?P<more>,(?P<most>\d{1,3})?)?\})[?+]?)|(?P<plain>[^\[\\{])"
)
DOUBLED = re.compile(r"--|&&|~~|\|\|")
ESCAPES = frozenset("dDwWsSbB")


class PatternError(ValueError):
    """The pattern cannot be used; the message says why."""


@dataclass(slots=True)
class _Group:
    """An open group: the ways of its finished branches, of the current branch, and of that branch's last part."""

    finished: int = 0
    branch: int = 1
    last: int = 1

    def add(self, ways: int) -> None:
        self.last = ways
        self.branch *= ways

    def repeat(self, times: int) -> None:
        """Allow the last part so many different numbers of repetitions."""
        if self.last > 1 and times != 2:
            raise PatternError("it repeats what can match one text in several ways, which may take for ever")
        self.branch = self.branch // self.last * (self.last + times - 1)
        self.last += times - 1

    @property
    def ways(self) -> int:
        return self.finished + self.branch


def compile_pattern(text: str) -> re.Pattern[str]:
    """Return a compiled pattern that ignores case, for texts of LONGEST_TEXT characters. Raises PatternError."""
    if len(text) > LONGEST_PATTERN:
        raise PatternError(f"it is longer than {LONGEST_PATTERN} characters")
    ways = _ways(text)
    try:
        pattern = re.compile(text, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as error:
        raise PatternError(f"it is no regular expression: {error}") from error
    if ways * (1 if _is_anchored(text) else LONGEST_TEXT) > MOST_WAYS:
        raise PatternError(
            "it may take too long: begin it with ^, use fewer of * and +, and leave out .* at the beginning and the end"
        )
    return pattern


def _ways(text: str) -> int:
    """Return an upper bound of the ways in which a pattern can match from one place on. Raises PatternError."""
    groups = [_Group()]
    place = 0
    while place < len(text):
        match = PART.match(text, place)
        if match is None or DOUBLED.search(match["class"] or ""):
            raise PatternError(f"{text[place]!r} at its character {place + 1}: write \\{text[place]} to mean the sign")
        _take(groups, match)
        place = match.end()
    return groups[0].ways


def _take(groups: list[_Group], match: re.Match[str]) -> None:
    """Count one part of a pattern; Python itself reports invalid syntax later."""
    group, kind = groups[-1], match.lastgroup
    if match["open"]:
        _check_group(match)
        groups.append(_Group())
    elif match["close"] and len(groups) > 1:
        groups.pop()
        groups[-1].add(group.ways)
    elif match["either"]:
        group.finished, group.branch, group.last = group.ways, 1, 1
    elif match["repeat"]:
        group.repeat(_times(match))
    else:
        _check_escapes(match[0] if kind in ("escape", "class") else "")
        group.add(1)


def _times(match: re.Match[str]) -> int:
    """Return how many different numbers of repetitions a part allows: 1 for `{3}`, 2 for `?`."""
    sign = match["repeat"][0]
    if sign != "{":
        return 2 if sign == "?" else LONGEST_TEXT
    least = int(match["least"] or 0)
    most = int(match["most"] or LONGEST_TEXT) if match["more"] else least
    if max(least, most) > MOST_REPEATS:
        raise PatternError(f"{match['repeat']} repeats more than {MOST_REPEATS} times")
    return max(most - least, 0) + 1


def _check_group(match: re.Match[str]) -> None:
    if match.string.startswith("?", match.end()) and match["open"] == "(":
        raise PatternError("of groups only (..) and (?:..) can be used")


def _check_escapes(text: str) -> None:
    for escaped in re.findall(r"\\(.)", text):
        if escaped.isalnum() and escaped not in ESCAPES:
            raise PatternError(
                f"\\{escaped} cannot be used: of letters and digits only \\d \\w \\s \\b and their capitals"
            )


def _is_anchored(text: str) -> bool:
    """Return whether a pattern can match at the beginning only."""
    depth = 0
    for match in PART.finditer(text):
        depth += bool(match["open"]) - bool(match["close"])
        if match["either"] and depth == 0:
            return False
    return text.startswith("^") and text[1:2] not in set("*+?{")
