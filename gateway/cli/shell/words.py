"""What the command line says where the store refuses something."""

from gateway.core.rules.conditions import Not
from gateway.core.rules.pools import Overshadowed
from gateway.core.rules.unreachable import Contradiction


def refused(error: Exception) -> str:
    """Return why something was refused: the error's own text, or words for the core's reason in it."""
    match error.args:
        case (Contradiction() as reason,):
            return f"nobody can ever fit it: {_contradiction(reason)}"
        case (Overshadowed(later, earlier),):
            return (
                f"the pool {later.name} would serve nobody: {earlier.name} was made before it, and takes all of its "
                f"visitors ({earlier.condition})"
            )
    return str(error)


def _contradiction(reason: Contradiction) -> str:
    if not isinstance(reason.part, Not):
        return f"`{reason.part}` rules out `{reason.ruled_out[0]}`"
    return (
        f"`{reason.part}` rules out the rest of it" if reason.ruled_out else f"`{reason.part.part}` holds for everybody"
    )
