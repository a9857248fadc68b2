"""The device that a visitor uses, as far as the browser says."""

MOBILE, TABLET, DESKTOP = "mobile", "tablet", "desktop"
LONGEST = 512  # characters of a User-Agent that are looked at


def device_type(user_agent: str, is_mobile: str = "") -> str:
    """Return `mobile`, `tablet` or `desktop`; or the empty text where the browser does not say.

    `is_mobile` is the browser's Sec-CH-UA-Mobile. The User-Agent of every telephone contains "Mobi" (MDN, "Browser
    detection using the user agent"); Android without it is a tablet. An iPad that asks for desktop pages, as it does by
    default, calls itself a Mac and counts as a desktop.
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
