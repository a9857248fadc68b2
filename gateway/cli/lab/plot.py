"""The pictures of `leaseline pool simulate`, drawn by matplotlib where it is installed."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from gateway.cli.shell.errors import Fault

KINDS = (".png", ".svg", ".pdf")
Rows = Sequence[dict[str, Any]]


def check(picture: Path) -> None:
    """Raise Fault where a picture cannot be drawn."""
    if picture.suffix.lower() not in KINDS:
        raise Fault(f"--plot {picture}: end its name in {', '.join(KINDS)}")
    if not picture.absolute().parent.is_dir():
        raise Fault(f"--plot {picture}: there is no folder {picture.parent}")
    if find_spec("matplotlib") is None:
        raise Fault("--plot needs matplotlib: pip install 'leaseline[plot]' (in the clone: pip install '.[plot]')")


def policies(rows: Rows, picture: Path) -> None:
    """Draw what share of calls each policy attributes right, by the size of the pool; one panel for each traffic."""
    traffics = _kinds(rows, "visits_an_hour")
    figure, panels = _panels(len(traffics))
    for panel, hourly in zip(panels, traffics, strict=True):
        panel.set_title(f"{hourly} visits an hour")
        panel.set_xlabel("numbers in the pool")
        panel.set_xscale("log")
        for place, policy in enumerate(_kinds(rows, "policy")):
            mine = [row for row in rows if (row["visits_an_hour"], row["policy"]) == (hourly, policy)]
            sizes, right = [row["numbers"] for row in mine], [row["calls_right"] for row in mine]
            panel.plot(sizes, right, "o-", label=policy, zorder=9 - place)  # ours above those that do as well
        ticks = _kinds(rows, "numbers")
        panel.set_xticks(ticks, [str(one) for one in ticks])
        panel.minorticks_off()
    panels[0].set_ylabel("calls attributed right")
    _save(figure, panels, picture)


def reliability(rows: Rows, picture: Path) -> None:
    """Draw what was right over what was claimed: honest likelihoods lie on the diagonal."""
    figure, panels = _panels(1)
    panels[0].plot([0, 1], [0, 1], "k:", label="honest")
    for law in _kinds(rows, "law"):
        mine = [row for row in rows if row["law"] == law]
        panels[0].plot([row["claimed"] for row in mine], [row["right"] for row in mine], "o-", label=law)
    panels[0].set_xlabel("likelihood claimed")
    panels[0].set_ylabel("share that was right")
    _save(figure, panels, picture)


def _kinds(rows: Rows, column: str) -> list[Any]:
    return list(dict.fromkeys(row[column] for row in rows))


def _panels(count: int) -> tuple[Any, Any]:
    from matplotlib.figure import Figure  # takes half a second, and may not be there

    figure = Figure(figsize=(5 * count, 4.5), layout="constrained")
    return figure, figure.subplots(1, count, sharey=True, squeeze=False)[0]


def _save(figure: Any, panels: Any, picture: Path) -> None:
    panels[0].set_ylim(0, 1.02)
    panels[-1].legend(fontsize="small")
    try:
        figure.savefig(picture, dpi=150)
    except OSError as error:
        raise Fault(f"--plot {picture}: {error.strerror or error}") from error
