"""What a refused command looks like: one line, exit code 2, no traceback."""

from tests.house import House


def refusal(house: House, *arguments: str) -> str:
    """Return the one line that a refused command prints."""
    done = house.run(*arguments)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr
