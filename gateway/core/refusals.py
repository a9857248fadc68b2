"""Why a change to sites, pools, numbers or rules is refused: a reason and what it is about, which each face words."""

from dataclasses import dataclass
from enum import StrEnum

from gateway.core.rules.unreachable import Contradiction


class Why(StrEnum):
    """Why a change is refused. The comments say which fields of the refusal are filled beside `what`."""

    NOT_A_NAME = "not_a_name"
    NO_SITE = "no_site"
    WHICH_SITE = "which_site"  # known: the names of the sites
    SITE_EXISTS = "site_exists"
    NOT_AN_ORIGIN = "not_an_origin"
    NOT_A_PAGE = "not_a_page"
    NO_SITE_OF_ORIGIN = "no_site_of_origin"  # other: the site that was named, if any was

    NO_POOL = "no_pool"
    POOL_EXISTS = "pool_exists"  # other: its swap target; condition
    POOL_UNREACHABLE = "pool_unreachable"  # other: the pool before it; condition: that one's
    POOL_CONDITION = "pool_condition"  # said
    NO_DESTINATION = "no_destination"  # known: the names of the destinations
    NOT_A_COUNTRY = "not_a_country"
    TARGET_IS_OURS = "target_is_ours"
    NOT_AN_OVERFLOW = "not_an_overflow"
    OVERFLOW_TWICE = "overflow_twice"
    HARD_RECYCLES = "hard_recycles"
    OVERFLOW_RULE_LEFT = "overflow_rule_left"

    NO_RULE = "no_rule"
    NO_RULE_IN_POOL = "no_rule_in_pool"
    RULE_CONDITION = "rule_condition"  # said
    NEVER_HOLDS = "never_holds"  # contradiction
    OVERFLOW_NOT_SHOWN = "overflow_not_shown"
    TOO_MANY_RULES = "too_many_rules"  # other: how many are allowed
    RULE_EXISTS = "rule_exists"
    RULE_OR_NUMBER_EXISTS = "rule_or_number_exists"  # other: the number
    NUMBER_OF_RULE = "number_of_rule"  # other: the rule
    NUMBER_NOT_FREE = "number_not_free"
    OVERFLOW_AMONG_OTHERS = "overflow_among_others"  # what: the overflow rule; other: the rule that is none
    RULE_BEHIND = "rule_behind"  # other: the rule before it; condition: that one's
    OVERFLOW_RULE_BEHIND = "overflow_rule_behind"  # as RULE_BEHIND, where the rule before it is no overflow rule
    RULE_HIDDEN = "rule_hidden"  # as RULE_BEHIND, where the one before it is the rule that is added or moved
    RULE_ON_TARGET = "rule_on_target"  # other: the pool

    NOT_A_NUMBER = "not_a_number"  # said
    NOT_A_RANGE = "not_a_range"
    NOT_A_KIND = "not_a_kind"
    NEEDS_POOL = "needs_pool"
    NEITHER_YES_NOR_NO = "neither_yes_nor_no"
    LEASED_TARGET = "leased_target"  # other: the pool
    IN_CIRCLES = "in_circles"  # other: the key of the configuration that forwards calls to it
    OURS_ALREADY = "ours_already"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A reason, and what it is about: a name or a text as it was given, and what stands in its way.

    `said` is the message of the core's reader of conditions or numbers, which names no face's commands.
    """

    why: Why
    what: str = ""
    other: str = ""
    condition: str = ""
    said: str = ""
    known: tuple[str, ...] = ()
    contradiction: Contradiction | None = None


class Refused(ValueError):
    """A change was not made; `refusal` says why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal)
        self.refusal = refusal
