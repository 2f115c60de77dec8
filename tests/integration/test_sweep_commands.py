"""Sweeps and walks by command, on a real PostgreSQL."""

import csv
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from data import Timeframe
from database import SqlCandleRepository, SqlInstrumentRepository
from tests.backtest_world import SWAP, folded, random_minutes
from tests.builders import START
from tests.integration.commands import CommandLine

pytestmark = pytest.mark.integration

OPTIONS = (
    "okx:BTC-USDT-SWAP", "--strategy", "EmaCrossover", "--timeframe", "5m",
    "--from", (START + timedelta(days=1)).isoformat(), "--vary", "fast=2..6:2",
    "--vary", "slow=5,10",
)  # fmt: skip
WALK_FORWARD = ("--train-days", 8, "--test-days", 1, "--draws", 50)


@pytest.fixture(scope="module")
def run(database_url: str) -> Iterator[CommandLine]:
    """Yield a command line on a database with eleven days of candles."""
    line = CommandLine(database_url)
    line.empty()
    SqlInstrumentRepository(line.database).save([SWAP])
    candles = SqlCandleRepository(line.database)
    candles.save(folded(random_minutes(SWAP.id, 11 * 1440, 1, START), Timeframe.M5))
    yield line
    line.database.close()


def test_a_sweep_is_run_kept_and_taken_from_the_store(run: CommandLine, tmp_path: Path) -> None:
    table = tmp_path / "trials.csv"
    first = run(
        "sweep run", *OPTIONS, "--workers", 1, "--heat-map", "fast,slow", "--table", table, "--json"
    )
    assert first.code == 0
    report = first.report
    assert (report["trials"], report["evaluated"], report["invalid"]) == (5, 5, 1)
    assert run.count("trial") == 5
    assert report["heat_map"]["columns"] == [2, 4, 6]
    assert report["heat_map"]["values"][0][2] is None
    assert len(report["parallel_coordinates"]["lines"]) == 5
    assert report["selection_bias"]["trials"] == 5
    assert (
        report["selection_bias"]["deflated_sharpe"]
        < report["selection_bias"]["probabilistic_sharpe"]
    )
    rows = list(csv.DictReader(table.read_text().splitlines()))
    assert [(row["fast"], row["slow"]) for row in rows[:2]] == [("2", "5"), ("2", "10")]
    again = run("sweep run", *OPTIONS, "--workers", 2, "--json")
    assert (again.report["from_store"], again.report["evaluated"]) == (5, 0)
    assert again.report["digest"] == report["digest"]


def test_the_best_of_a_sweep_is_the_backtest_of_its_parameters(run: CommandLine) -> None:
    best = run("sweep run", *OPTIONS, "--workers", 1, "--json").report["best"][0]
    alone = run(
        "backtest run", *OPTIONS[:7], "--set", "drill_down=false", "--json",
        "--set", f"parameters.fast={best['parameters']['fast']}",
        "--set", f"parameters.slow={best['parameters']['slow']}",
    )  # fmt: skip
    metrics = alone.report["backtest"]["metrics"]
    assert best["metrics"] == {name: metrics[name] for name in best["metrics"]}


def test_a_sweep_is_printed_as_tables(run: CommandLine) -> None:
    result = run("sweep run", *OPTIONS, "--workers", 1, "--heat-map", "fast,slow")
    assert result.code == 0
    assert "5 trials: 0 evaluated, 5 from store, 0 failed; 1 combinations not allowed" in result.out
    assert "useless trials would show" in result.out


@pytest.mark.parametrize("search", ["random", "tpe"])
def test_other_searches_go_the_same_way_again(run: CommandLine, search: str) -> None:
    base_options = (*OPTIONS[:7], "--vary", "fast=2..20", "--vary", "slow=21..40", "--workers", 1)
    command = (*base_options, "--search", search, "--trials", 6, "--seed", 3, "--json")
    first, again = (run("sweep run", *command).report for _ in "ab")
    assert first["trials"] == 6
    assert again["from_store"] == 6
    assert first["digest"] == again["digest"]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--vary", "speed=1..3"), "there are: exits.stop_loss_bps"),
        ((), "give at least one"),
        (("--vary", "fast=2,3", "--objective", "fame"), "is not a metric"),
        (("--vary", "fast=2,3", "--heat-map", "fast"), "two parameters"),
        (("--vary", "fast=2,3", "--heat-map", "fast,slow"), "'slow' does not vary"),
        (("--vary", "fast=30", "--vary", "slow=9"), "allows none"),
    ],
)
def test_what_makes_no_sense_is_refused(
    run: CommandLine, options: tuple[str, ...], problem: str
) -> None:
    result = run("sweep run", *OPTIONS[:7], "--workers", 1, *options)
    assert result.code == 2
    assert problem in result.err


def test_a_scheduler_that_is_not_there_fails_in_one_line(run: CommandLine) -> None:
    result = run("sweep run", *OPTIONS, "--scheduler", "nonsense://x")
    assert result.code == 4
    assert "no Dask scheduler responds" in result.err


def test_a_walk_forward_is_run_and_shown(run: CommandLine) -> None:
    result = run("backtest walk-forward", *OPTIONS, *WALK_FORWARD, "--workers", 1, "--json")
    assert result.code == 0
    report = result.report
    assert [step["trials"] for step in report["steps"]] == [5, 5]
    assert len(report["time"]) == len(report["equity"]) == 3
    assert report["monte_carlo"]["draws"] == 50
    assert report["selection_bias"]["trials"] >= 10
    shown = run("backtest walk-forward", *OPTIONS, *WALK_FORWARD, "--workers", 1)
    assert "efficiency:" in shown.out


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--train-days", 30, "--test-days", 1), "requires 31 days for one fold"),
        (("--train-days", 2, "--test-days", 1, "--purge-days", 2), "leave nothing"),
        (("--train-days", 2, "--test-days", 1, "--kind", "sideways"), "kind"),
    ],
)
def test_an_impossible_walk_forward_is_refused(
    run: CommandLine, options: tuple[object, ...], problem: str
) -> None:
    result = run("backtest walk-forward", *OPTIONS, *options, "--workers", 1)
    assert result.code == 2
    assert problem in result.err
