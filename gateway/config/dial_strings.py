"""How each switch writes whom to ring, and what of it may go into a dialplan."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DialStrings:
    """How one switch writes whom to ring. `user` finds where in a dial string a dialled number may stand.

    `way` finds the trunk that it goes through, `foreign` what begins as the other switch writes it, `unfinished` what
    names a way out and nobody to ring.
    """

    switch: str
    form: re.Pattern[str]
    user: re.Pattern[str]
    way: re.Pattern[str]
    foreign: re.Pattern[str]
    unfinished: re.Pattern[str]
    example: str
    refused: str

    def check(self, text: str, where: str) -> str:
        """Return a dial string that may go into the dialplan as it is. Raises ValueError that names `where`."""
        if not self.form.fullmatch(text):
            raise ValueError(f"{where}: {text!r} is not a dial string such as {self.example} (no {self.refused})")
        if self.foreign.match(text):
            technology = text.partition("/")[0]
            raise ValueError(f"{where}: {text!r}: {self.switch} has no {technology}: write it such as {self.example}")
        if self.unfinished.match(text):
            raise ValueError(f"{where}: {text!r} needs a gateway and a number, such as {self.example}")
        return text

    def dialled(self, text: str) -> list[str]:
        """Return the parts of a dial string that may be the number that it dials."""
        found = self.user.match(text)
        return re.split("[/@%:]", found["user"]) if found else []

    def trunk(self, text: str) -> str:
        """Return the name of the trunk that a dial string goes through, as far as it names any."""
        found = self.way.fullmatch(text)
        return found["trunk"] if found else ""


# A dial string goes into Dial() as it is: nothing that would end the argument, start another, or be expanded.
# `&` rings two at once behind the list's back, so it is refused too: write two targets. PJSIP_DIAL_CONTACTS(100) is all
# telephones of an AOR; our dialplan calls the function of that name.
ASTERISK = DialStrings(
    switch="Asterisk",
    form=re.compile(
        r"[A-Za-z0-9]+/[A-Za-z0-9@:;=+._/*#\[\]-]{1,120}|PJSIP_DIAL_CONTACTS\([-.0-9A-Za-z_]{1,80}\)", re.ASCII
    ),
    user=re.compile(r"[^/]+/(?P<user>[^@]+)"),
    way=re.compile(r"PJSIP(/([^/@]+@)?|_DIAL_CONTACTS\()(?P<trunk>[^/@)]+)(/.*|\))?"),
    foreign=re.compile("(sofia|user|loopback|group)/"),
    unfinished=re.compile("(?!)"),  # nothing: Dial takes an endpoint without a number
    example="PJSIP/100",
    refused="comma, &, |, space, $",
)
# Into bridge it goes as it is as well. Comma and pipe ring more behind the list's back, `;` and `=` would end a pair
# of uuid_setvar_multi, brackets are variables, `:_:` parts whole originations. A gateway or profile may be named like
# a number: it dials nothing.
FREESWITCH = DialStrings(
    switch="FreeSWITCH",
    form=re.compile(r"(?!.*:_:)[A-Za-z0-9_]+/[A-Za-z0-9@:+._/*#%-]{1,120}", re.ASCII),
    user=re.compile(r"(sofia/(gateway/)?[^/]+|[^/]+)/(?P<user>.+)"),
    way=re.compile(r"sofia/(gateway/)?(?P<trunk>[^/]+)/.+"),
    foreign=re.compile("(PJSIP|SIP|IAX2|Local|DAHDI)/", re.IGNORECASE),
    unfinished=re.compile("sofia/gateway(?=/|$)(?!/[^/]+/[^/])", re.IGNORECASE),
    example="sofia/gateway/carrier/12125550142",
    refused="comma, |, ;, =, &, brackets, quotes, space, $",
)
