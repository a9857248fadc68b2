"""`pool size` and `pool simulate` as a person runs them, without any database of theirs."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "gateway", "--config", str(folder / "none.toml"), "pool", *arguments]
    return subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False)


def rows(folder: Path, *arguments: str) -> list[dict[str, Any]]:
    done = run(folder, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_pool_size_prints_the_rules_of_thumb_beside_the_model(tmp_path: Path) -> None:
    found = {row["advice"]: row["numbers"] for row in rows(tmp_path, "size", "100")}
    assert found["visits in the peak hour / 4"] == 25
    assert found["visits an hour / 3600 x (time on site + closed-browser delay) x 1.1"] == 11
    assert found["model: 99.0% of visitors with a number of their own"] == 17
    assert "numbers" in run(tmp_path, "size", "100").stdout


def test_no_thread_runs_when_the_games_processes_are_forked(tmp_path: Path) -> None:
    program = """if True:
        import os, threading
        from gateway.cli import main
        os.register_at_fork(before=lambda: print("threads", threading.active_count()))
        main(["pool", "simulate", "--visits", "30", "--numbers", "2"])
    """
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert "threads 2" not in done.stdout  # a lock that one holds then is never let go of in the new process


def test_what_no_pool_can_do_is_one_clear_line(tmp_path: Path) -> None:
    done = run(tmp_path, "size", "1000000", "--right", "0.9999")
    assert (done.returncode, done.stdout) == (2, "")
    assert "want a smaller share" in done.stderr
    assert "Traceback" not in done.stderr
    assert run(tmp_path, "simulate", "--numbers", "5,x").returncode == 2


def test_our_policy_attributes_more_calls_right_than_the_others(tmp_path: Path) -> None:
    found = {row["policy"]: row for row in rows(tmp_path, "simulate", "--numbers", "30", "--visits", "800")}
    ours, short_first = found.pop("leaseline"), found.pop("no provisional lease")
    assert abs(ours["calls_right"] - short_first["calls_right"]) < 0.02  # it is there for robots, which are not played
    assert len(found) == 4
    assert all(ours["calls_right"] > other["calls_right"] for other in found.values())


def test_the_same_seed_brings_the_same_table_and_leaves_nothing_behind(tmp_path: Path) -> None:
    once, again = (rows(tmp_path, "simulate", "--numbers", "5", "--visits", "100", "--seed", "7") for _ in "12")
    assert once == again
    assert list(tmp_path.iterdir()) == []


def test_the_tables_are_drawn_where_asked(tmp_path: Path) -> None:
    small = ("simulate", "--visits", "60", "--numbers", "2,4")
    for name, options in (("policies.png", ()), ("honest.svg", ("--reliability",))):
        done = run(tmp_path, *small, *options, "--plot", str(tmp_path / name))
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "policies.png").read_bytes().startswith(b"\x89PNG")
    assert "share that was right" in (tmp_path / "honest.svg").read_text()


def test_a_picture_that_cannot_be_drawn_is_refused_before_the_work(tmp_path: Path) -> None:
    for arguments in (("--plot", "p.gif"), ("--plot", "none/p.png"), ("--plot", "p.png", "--needed", "0.9")):
        done = run(tmp_path, "simulate", "--visits", "1000000", *arguments)
        assert (done.returncode, "--plot" in done.stderr, "Traceback" in done.stderr) == (2, True, False)


def test_likelihood_is_honest_by_the_models_own_law_and_by_others(tmp_path: Path) -> None:
    found = rows(tmp_path, "simulate", "--reliability", "--numbers", "10,50", "--visits", "1000")
    many = [row for row in found if row["calls"] >= 80]
    assert {row["law"] for row in many} == {"model", "exponential", "lognormal", "days"}
    for row in many:
        assert abs(row["claimed"] - row["right"]) < 0.12, row


def test_the_numbers_that_each_policy_needs_are_compared(tmp_path: Path) -> None:
    found = {row["policy"]: row for row in rows(tmp_path, "simulate", "--needed", "0.9", "--visits", "200")}
    assert found["leaseline"]["times_ours"] == 1
    assert found["hard cooldown of 7 days"]["numbers_needed"] == 180


def test_recorded_arrivals_are_played_in_place_of_made_up_ones(tmp_path: Path) -> None:
    visits = tmp_path / "visits.jsonl"
    line = '{{"pool": "web", "started_at": "2026-11-02T{:02}:00:00+00:00", "last_seen_at": "{}", "left": "closed"}}\n'
    visits.write_text("".join(line.format(hour, f"2026-11-02T{hour:02}:05:00+00:00") for hour in range(20)))
    found = rows(tmp_path, "simulate", "--arrivals", str(visits), "--numbers", "1")
    ours = next(row for row in found if row["policy"] == "leaseline")
    assert (ours["visits"], ours["visitors_with_own"], ours["visits_an_hour"]) == (20, 1.0, 1)
    with visits.open("a") as file:
        file.write('{"started_at": "yesterday"}\n')
    done = run(tmp_path, "simulate", "--arrivals", str(visits))
    assert (done.returncode, "line 21 is no visit" in done.stderr, "Traceback" in done.stderr) == (2, True, False)
