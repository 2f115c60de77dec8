"""Backtests by command, on a real PostgreSQL: run, kept, served, exported, compared."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from data import TapeBatch, Timeframe
from database import SqlCandleRepository, SqlInstrumentRepository, SqlTradeRepository
from tests.backtest_world import SWAP, World, folded, random_minutes
from tests.builders import START
from tests.integration.commands import CommandLine

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
MINE = """
import decimal
import os
from pydantic import Field
from strategies import Directions, Strategy, StrategyFrame, decide, previous

decimal.getcontext().prec = 2
os.chdir("/")


class Mine(Strategy):
    title = "Mine"
    lookback = 1
    length: int = Field(default=3, ge=1, le=9)

    def directions(self, frame: StrategyFrame) -> Directions:
        print("printed by mine")
        up = frame.close > previous(frame.close)
        return decide(long=up, flat=~up)
"""
MODELLED = """
from pathlib import Path
from strategies import Directions, Strategy, StrategyFrame, decide


class Modelled(Strategy):
    title = "Modelled"
    resources = ("model.txt",)

    def directions(self, frame: StrategyFrame) -> Directions:
        factor = float((Path(__file__).parent / "model.txt").read_text())
        up = frame.close > frame.open * factor
        return decide(long=up, flat=~up)
"""
OPTIONS = (
    "okx:BTC-USDT-SWAP", "--strategy", "EmaCrossover", "--timeframe", "5m",
    "--from", (START + timedelta(days=2)).isoformat(),
)  # fmt: skip


@pytest.fixture(scope="module")
def run(database_url: str) -> Iterator[CommandLine]:
    """Yield a command line on a database with five days of candles."""
    line = CommandLine(database_url)
    line.empty()
    SqlInstrumentRepository(line.database).save([SWAP])
    minutes = random_minutes(SWAP.id, 5 * 1440, 1, START)
    candles = SqlCandleRepository(line.database)
    for timeframe in (Timeframe.M1, Timeframe.M5):
        candles.save(folded(minutes, timeframe))
    yield line
    line.database.close()


def test_a_backtest_is_run_kept_and_served(run: CommandLine) -> None:
    first = run("backtest run", *OPTIONS, "--json", "--note", "mine", "--tag", "a")
    assert first.code == 0
    assert first.report["is_new"]
    second = run("backtest run", *OPTIONS, "--json")
    assert not second.report["is_new"]
    assert second.report["backtest"]["digests"] == first.report["backtest"]["digests"]
    assert second.report["backtest"]["note"] == "mine"
    assert run.count("backtest") == 1
    round_trip_count = first.report["backtest"]["metrics"]["round_trips"]
    assert run.count("backtest_round_trip") == round_trip_count > 10


@pytest.mark.parametrize("command", ["backtest run", "sweep run"])
def test_a_users_strategy_runs_from_a_command_of_its_own_process(
    run: CommandLine, tmp_path: Path, command: str
) -> None:
    """Without a trace in it: what its file prints, its decimal context and directory."""
    (tmp_path / "mine.py").write_text(MINE)
    options = {
        "backtest run": ("--export", "here.json"),
        "sweep run": ("--vary", "length=3,5", "--workers", "2", "--objective", "total_return"),
    }
    ended = subprocess.run(
        [
            sys.executable, "-m", "scripts.cli", *command.split(), "okx:BTC-USDT-SWAP",
            "--strategy", "Mine", "--folder", ".", "--timeframe", "5m", "--json",
            *options[command],
        ],
        cwd=tmp_path, env={**os.environ, "DATABASE_URL": run.url}, capture_output=True, text=True,
        check=False, timeout=120,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "printed by mine" in ended.stderr
    json.loads(ended.stdout)
    assert (tmp_path / "here.json").exists() is (command == "backtest run")


def test_a_result_is_not_served_when_a_declared_file_was_replaced(
    run: CommandLine, tmp_path: Path
) -> None:
    (tmp_path / "model.txt").write_text("1.0")
    (tmp_path / "modelled.py").write_text(MODELLED)
    options = ("--strategy", "Modelled", "--folder", tmp_path, "--timeframe", "5m", "--json")

    def is_new() -> bool:
        return bool(run("backtest run", OPTIONS[0], *options).report["is_new"])

    assert (is_new(), is_new()) == (True, False)
    (tmp_path / "model.txt").write_text("2.0")
    assert is_new()


def test_on_postgresql_as_in_memory(run: CommandLine) -> None:
    world = World()
    world.market.candles.save(folded(random_minutes(SWAP.id, 5 * 1440, 1, START), Timeframe.M5))
    config = world.config(start=START + timedelta(days=2), end=START + timedelta(days=5), sizing={})
    result = run("backtest run", *OPTIONS, "--json").report["backtest"]
    alone = world.engine().run(config)
    assert result["digests"]["outcome"] == alone.digests.outcome
    assert result["digests"]["data"] == alone.digests.data
    assert result["digests"]["config"] == alone.digests.config


def test_without_json_tables_are_printed(run: CommandLine) -> None:
    result = run("backtest run", *OPTIONS)
    assert result.code == 0
    assert "books agree; served from store" in result.out
    assert "Sharpe ratio" in result.out


def test_every_kind_of_file_is_written(run: CommandLine, tmp_path: Path) -> None:
    files = [tmp_path / f"run{suffix}" for suffix in (".html", ".json", ".csv", ".parquet")]
    options = [part for file in files for part in ("--export", file)]
    result = run("backtest run", *OPTIONS, *options, "--json")
    assert result.report["files"] == [str(file) for file in files]
    assert all(file.stat().st_size > 1_000 for file in files)
    assert "Plotly.newPlot" in files[0].read_text()


def test_a_file_describes_a_backtest_and_options_replace_its_values(
    run: CommandLine, tmp_path: Path
) -> None:
    config = {"instrument": "okx:BTC-USDT-SWAP", "strategy": "MacdCross", "timeframe": "5m"}
    file = tmp_path / "config.json"
    file.write_text(json.dumps(config | {"costs": {"taker_fee": "0.002"}}))
    result = run(
        "backtest run", "--config", file, "--set", "costs.slippage_bps=1", "--capital", "500",
        "--parameters", '{"fast": 5}', "--set", "exits.stop_loss_bps=100", "--json",
    )  # fmt: skip
    kept = result.report["backtest"]["config"]
    assert kept["costs"] == {"maker_fee": "0.0008", "taker_fee": "0.002", "slippage_bps": "1"}
    assert (kept["capital"], kept["parameters"]["fast"]) == ("500", 5)
    assert kept["exits"]["stop_loss_bps"] == 100


def test_backtests_are_compared(run: CommandLine) -> None:
    one = run("backtest run", *OPTIONS, "--json").report["backtest"]
    changed = (*OPTIONS, "--set", "costs.taker_fee=0.002", "--json")
    other = run("backtest run", *changed).report["backtest"]
    result = run("backtest compare", one["id"], other["id"], "--json")
    assert result.code == 1
    assert result.report["config"] == [{"name": "costs.taker_fee", "values": ["0.001", "0.002"]}]
    assert result.report["parting"]["number"] == 0
    assert run("backtest compare", one["id"], one["id"]).code == 0
    listed = run("backtest compare", "--metric", "total_return", "--json").report
    returns = [summary["metrics"]["total_return"] for summary in listed]
    assert returns == sorted(returns, reverse=True)
    assert "they part at round trip 1" in run("backtest compare", one["id"], other["id"]).out
    assert run("backtest compare").code == 0


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (("--parameters", '{"quick": 1}'), 2, "is not a parameter"),
        (("--parameters", "{"), 2, "is not valid JSON"),
        (("--set", "leverage=3"), 2, "leverage"),
        (("--set", "capital"), 2, "must look like"),
        (("--capital", "0"), 2, "must be above 0"),
        (("--to", "2001-01-01"), 2, "must be before --to"),
        (("--from", "2001-01-01", "--to", "2001-02-01"), 4, "no data of"),
        (("--strategy", "Oracle"), 2, "is not a strategy"),
        (("--export", "/proc/run.json"), 4, "nothing was written"),
        (("--export", "run.xlsx"), 2, "must end in"),
    ],
)
def test_what_cannot_be_is_reported_in_one_line(
    run: CommandLine, options: tuple[str, ...], code: int, message: str
) -> None:
    result = run("backtest run", *OPTIONS, *options)
    assert result.code == code
    assert message in result.err
    assert result.err.count("\n") == 1


@pytest.mark.parametrize(
    "command", [("backtest run",), ("sweep run", "--vary", "length=3,5", "--workers", "1")]
)
def test_the_fault_of_a_strategy_is_reported_before_that_of_missing_data(
    run: CommandLine, tmp_path: Path, command: tuple[str, ...]
) -> None:
    (tmp_path / "mine.py").write_text("class Mine(Strategy):\n    title = 'Mine'\n")
    result = run(
        command[0], "okx:NOTHING", "--strategy", "Mine", "--folder", tmp_path, *command[1:]
    )
    assert result.code == 2
    assert "mine.py:1: NameError: name 'Strategy' is not defined" in result.err
    assert "NOTHING" not in result.err


def test_the_parameters_of_a_strategy_are_checked_before_the_data(run: CommandLine) -> None:
    result = run(
        "backtest run", "okx:NOTHING", "--strategy", "EmaCrossover", "--parameters", '{"fast": 0}'
    )
    assert result.code == 2
    assert "fast" in result.err
    assert "NOTHING" not in result.err


def test_comparing_what_is_not_kept_is_refused(run: CommandLine) -> None:
    assert "no backtest 404" in run("backtest compare", 404, 405).err
    assert "takes two or more" in run("backtest compare", 1).err
    assert run("backtest compare", "--metric", "luck").code == 2


def test_the_self_test_requires_no_database(run: CommandLine) -> None:
    result = run("backtest run", "--selftest", "--json", DATABASE_URL=None)
    assert result.code == 0
    assert len(result.report) > 20


def test_stored_trades_move_the_account(database_url: str) -> None:
    world, line = World(), CommandLine(database_url)
    line.empty()
    trades = world.add_trades(4_000)
    SqlInstrumentRepository(line.database).save([SWAP])
    SqlTradeRepository(line.database).import_tape(TapeBatch(instrument=SWAP.id, trades=trades))
    minutes = world.market.candles.best(SWAP.id, Timeframe.M1, START, START + timedelta(days=1))
    SqlCandleRepository(line.database).save(minutes)
    start, end = START + timedelta(hours=3), START + timedelta(hours=7)
    parameters = {"fast": 2, "slow": 4}
    config = world.config(
        start=start, end=end, timeframe="1m", parameters=parameters, resolution="trades", sizing={}
    )
    alone = world.engine().run(config)
    result = line(
        "backtest run", *OPTIONS[:3], "--timeframe", "1m", "--resolution", "trades",
        "--from", start.isoformat(), "--to", end.isoformat(),
        "--parameters", json.dumps(parameters), "--json",
    )  # fmt: skip
    assert result.report["backtest"]["digests"]["outcome"] == alone.digests.outcome
    assert result.report["backtest"]["metrics"]["round_trips"] > 10
    line.database.close()
