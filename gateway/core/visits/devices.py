"""What a visitor holds in their hands, as far as a browser tells."""

MOBILE, TABLET, DESKTOP = "mobile", "tablet", "desktop"
LONGEST = 512  # characters of a User-Agent that are looked at


def device_type(user_agent: str, is_mobile: str = "") -> str:
    """Return `mobile`, `tablet` or `desktop`; the empty text where a browser says nothing of itself.

    `is_mobile` is its Sec-CH-UA-Mobile. "Mobi" stands in the User-Agent of every telephone (MDN, "Browser detection
    using the user agent"); Android without it is a tablet. An iPad that asks for desktop pages, as it does by default,
    calls itself a Mac, and cannot be told from one.
    """
    agent = user_agent[:LONGEST]
    if is_mobile == "?1":
        return MOBILE
    if "iPad" in agent or ("Android" in agent and "Mobi" not in agent):
        return TABLET
    if is_mobile == "?0":
        return DESKTOP
    if not agent.strip():
        return ""
    return MOBILE if "Mobi" in agent else DESKTOP
