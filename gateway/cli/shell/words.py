"""What the command line says where the database cannot be used, and what to do about it."""

from gateway.store import Busy, Conflict, Foreign, StoreError


def unusable(error: StoreError) -> str:
    """Return what is wrong with the database, and what helps."""
    match error:
        case Busy() | Conflict():
            return str(error)
        case Foreign():
            return f"{error}. Name another file in [database] path"
    return (
        f"{error}. Check that `leaseline init` has made it, that this user may write to it and to its folder, and that "
        "the disk is not full"
    )
