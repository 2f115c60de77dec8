"""Real recordings through the real commands: our folds against the exchanges' own candles."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from data import Timeframe
from tests.integration.commands import CommandLine

pytestmark = pytest.mark.integration

KRAKEN = ("--exchange", "kraken", "--symbol", "XBT-USDT", "--time-unit", "s", "--json")
BINANCE = ("--exchange", "binance", "--symbol", "XRP-ETH", "--json")


@pytest.fixture
def run(database_url: str) -> Iterator[CommandLine]:
    """Yield a command line on an empty database."""
    line = CommandLine(database_url)
    line.empty()
    yield line
    line.database.close()


def test_the_kraken_tape_and_the_exchanges_own_minutes_agree(
    run: CommandLine, recordings: Path, tmp_path: Path
):
    tape = recordings / "tape"
    built = run(
        "data import-trades", tape / "kraken_xbtusdt_trades_2025-11-10.csv.gz", *KRAKEN,
        "--build-candles",
    )  # fmt: skip
    assert (built.report["trades_new"], built.report["holes_declared"]) == (1000, 0)
    summary = run(
        "data import-candles", tape / "kraken_xbtusdt_1m_exchange_2025-11-10.csv.gz", *KRAKEN,
        "--timeframe", "1m",
    ).report  # fmt: skip
    assert (summary["rows_good"], summary["rows_empty"], summary["spans"]) == (721, 216, 1)
    verified = run("data verify", "kraken:XBT-USDT", "--json")
    assert verified.code == 0, verified.report
    # The first minute began in the middle of the tape; it is there, and not compared. Seven are of
    # coarser timeframes, folded from the minutes.
    assert verified.report["checked"]["exchange_candles"] == 280
    # Behind the exchange's minutes stand those before the tape, and the tape's unclosed last one.
    whole = tmp_path / "minutes.csv"
    exported = run("data export", "kraken:XBT-USDT", whole, "--json").report
    assert exported["candles"] == len(whole.read_text().splitlines()) - 1 == 505
    hour = tmp_path / "hour.parquet"
    options = ("--from", "2025-11-10T18:00", "--to", "2025-11-10T19:00:00+00:00")
    run("data export", "kraken:XBT-USDT", hour, "--announced", *options)
    rows = pq.read_table(hour).to_pylist()
    assert {row["source"] for row in rows} == {"trades"}
    assert sum(row["trades"] for row in rows) == 178


def test_the_binance_tape_and_another_programs_candles_agree(run: CommandLine, recordings: Path):
    tape = recordings / "tape"
    trades = tape / "binance_xrpeth_aggtrades_2019-10-11_13.csv.gz"
    built = run("data import-trades", trades, *BINANCE, "--build-candles").report
    assert (built["trades_new"], built["holes_declared"]) == (12_477, 0)
    for timeframe, candles in (("1m", 2469), ("5m", 706)):
        path = tape / f"binance_xrpeth_{timeframe}_2019-10-11_13.csv.gz"
        summary = run("data import-candles", path, *BINANCE, "--timeframe", timeframe).report
        assert summary["rows_good"] == candles
    verified = run(
        "data verify", "binance:XRP-ETH", "--timeframe", "1m", "--timeframe", "5m", "--json"
    )
    assert verified.code == 0, verified.report
    # Nothing closes the last candle of each timeframe.
    assert verified.report["checked"]["exchange_candles"] == 2468 + 705


def test_each_timeframe_of_a_file_of_fifteen_is_imported_by_itself(
    run: CommandLine, recordings: Path
):
    path = recordings / "ohlcv" / "binance_ethbtc_15_timeframes_2020-05-17.csv.gz"
    name = ("--exchange", "binance", "--symbol", "ETH-BTC", "--time-unit", "s", "--json")
    imported = {}
    for timeframe in Timeframe:
        before = run.count("candle")
        result = run("data import-candles", path, *name, "--timeframe", timeframe)
        report = result.report
        imported[timeframe] = report["candles_new"]
        # What is new of this timeframe, and what was folded of coarser ones: the rest were folded.
        added = run.count("candle") - before
        assert report["candles_new"] <= added + report.get("candles_replaced", 0)
        assert added <= report["candles_new"] + report["candles_folded"]
        assert result.code == (1 if timeframe is Timeframe.S1 else 0)
        assert result.report["rows_good"] + result.report["rows_of_other_timeframes"] == 6531
    assert imported[Timeframe.S1] == 0
    assert run.count("candle") > 5_000
