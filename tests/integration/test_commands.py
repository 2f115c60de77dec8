"""The commands for files and history, on a real PostgreSQL."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.integration.commands import CommandLine, CommandResult
from tests.integration.simulator_client import running

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
KRAKEN = ("--exchange", "kraken", "--symbol", "XBT-USDT")


@pytest.fixture
def run(database_url: str) -> Iterator[CommandLine]:
    """Yield a command line on an empty database."""
    line = CommandLine(database_url)
    line.empty()
    yield line
    line.database.close()


def trades_csv(folder: Path, *rows: str) -> Path:
    path = folder / "trades.csv"
    path.write_text("\n".join(["id,time,price,size,side", *rows, ""]))
    return path


def trade_row(trade_id: int, second: float) -> str:
    return f"{trade_id},{1736121600 + second},100.5,1e-3,buy"


def test_a_file_with_a_bad_row_is_refused_whole(run: CommandLine, tmp_path: Path):
    path = trades_csv(tmp_path, trade_row(1, 0), "2,oops,100,1,buy", trade_row(3, 2))
    outcome = run("data import-trades", path, *KRAKEN, "--time-unit", "s", "--json")
    assert outcome.code == 1
    assert outcome.report["imported"] is False
    assert outcome.report["bad_rows"] == {
        "count": 1,
        "first": [{"line": 3, "problem": "time 'oops' is not a Unix time", "file": None}],
    }
    assert run.count("trade") == 0


def test_bad_rows_can_be_skipped_and_become_holes(run: CommandLine, tmp_path: Path):
    path = trades_csv(tmp_path, trade_row(1, 0), "2,oops,100,1,buy", trade_row(3, 2))
    outcome = run("data import-trades", path, *KRAKEN, "--time-unit", "s", "--skip-bad")
    assert outcome.code == 0
    assert "line 3: time 'oops' is not a Unix time" in outcome.err
    assert "2 trades imported" in outcome.out
    assert "1 holes declared" in outcome.out
    assert (run.count("trade"), run.count("hole")) == (2, 1)


def test_an_import_may_be_repeated_and_continued(run: CommandLine, tmp_path: Path):
    first = trades_csv(tmp_path, *(trade_row(i, i) for i in range(1, 100)))
    options = (*KRAKEN, "--time-unit", "s", "--json", "--build-candles")
    assert run("data import-trades", first, *options).report["trades_new"] == 99
    assert run("data import-trades", first, *options).report["trades_new"] == 0
    second = trades_csv(tmp_path, *(trade_row(i, i) for i in range(200, 50, -1)))
    report = run("data import-trades", second, *options).report
    assert (report["trades_new"], report["trades_stored_already"]) == (101, 49)
    assert run.count("hole") == 0
    verified = run("data verify", "kraken:XBT-USDT", "--json")
    assert verified.code == 0
    assert verified.report["checked"]["candles"] == 199 + 3 + 1


def test_another_exchanges_file_is_refused(run: CommandLine, tmp_path: Path):
    run("data import-trades", trades_csv(tmp_path, trade_row(5, 0)), *KRAKEN, "--time-unit", "s")
    foreign = trades_csv(tmp_path, trade_row(4, 86_400))
    outcome = run("data import-trades", foreign, *KRAKEN, "--time-unit", "s")
    assert outcome.code == 1
    assert "contradicts the stored tape of kraken:XBT-USDT" in outcome.err
    assert run.count("trade") == 1


def test_a_changed_candle_is_found_with_an_exit_code(run: CommandLine, tmp_path: Path):
    path = trades_csv(tmp_path, *(trade_row(i, i * 7) for i in range(1, 100)))
    run("data import-trades", path, *KRAKEN, "--time-unit", "s", "--build-candles")
    run.execute(
        "UPDATE candle SET volume = volume + 1, high = high + 1 WHERE timeframe_s = 60 "
        "AND open_time = '2025-01-06T00:05:00Z'"
    )
    outcome = run("data verify", "kraken:XBT-USDT", "--json")
    assert outcome.code == 1
    different, altered = outcome.report["differences"]
    assert (different["kind"], different["timeframe"]) == ("different", "1m")
    assert [field["field"] for field in different["fields"]] == ["high", "volume"]
    assert (altered["kind"], altered["timeframe"]) == ("altered", "1m")
    assert "not all agree" in run("data verify", "kraken:XBT-USDT").out
    only_others = run("data verify", "kraken:XBT-USDT", "--timeframe", "3m")
    assert (only_others.code, only_others.out.splitlines()[-1]) == (
        0,
        "verified: all agree; 99 trades are what was stored",
    )


def test_what_was_stored_before_there_were_seals_is_sealed_once_it_verifies(
    run: CommandLine, tmp_path: Path
):
    path = trades_csv(tmp_path, *(trade_row(i, i * 7) for i in range(1, 100)))
    run("data import-trades", path, *KRAKEN, "--time-unit", "s", "--build-candles")
    for statement in (
        "DELETE FROM tape_seal",
        "UPDATE tape_end SET seal_after_id = NULL, seal_previous = NULL, seal_digest = NULL",
        "UPDATE candle SET digest = NULL",
        "UPDATE instrument SET sealed = false",
        "UPDATE trade SET time = time + interval '1 hour' WHERE trade_id = 7",
    ):
        run.execute(statement)
    outcome = run("data seal", "--json")
    assert (outcome.code, outcome.report["refused"]) == (1, ["kraken:XBT-USDT"])
    run.execute("UPDATE trade SET time = time - interval '1 hour' WHERE trade_id = 7")
    last = run("data verify", "kraken:XBT-USDT").out.splitlines()[-1]
    assert last.startswith("all agree: trades are consistent with their candles, not verified")
    outcome = run("data seal", "--json")
    assert outcome.code == 0
    assert outcome.report["sealed"]["kraken:XBT-USDT"]["rows"] == 99
    last = run("data verify", "kraken:XBT-USDT").out.splitlines()[-1]
    assert last.startswith("verified: all agree")
    assert "everything is sealed" in run("data seal").out


def test_candles_of_other_timeframes_and_unfinished_ones_are_distinguished(
    run: CommandLine, tmp_path: Path
):
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    path = tmp_path / "candles.csv"
    opens = [int((now - timedelta(minutes=back)).timestamp()) for back in (3, 2, 0)]
    rows = [f"1m,{each},1,1,1,1,5" for each in opens] + [f"1h,{opens[0]},1,1,1,1,5"]
    path.write_text("\n".join(["timeframe,ts,open,high,low,close,volume", *rows, ""]))
    options = (path, *KRAKEN, "--timeframe", "1m", "--time-unit", "s")
    refused = run("data import-candles", *options)
    assert refused.code == 1
    assert "line 4: closes at" in refused.err
    assert "is in the future" in refused.err
    assert run.count("candle") == 0
    taken = run("data import-candles", *options, "--skip-bad")
    assert (taken.code, run.count("candle")) == (0, 2)
    assert "1 rows of other timeframes left alone" in taken.out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--columns", "id=nowhere"], "--columns: id: the file has no column 'nowhere'"),
        (["--columns", "colour=red"], "--columns: colour: unknown; one of id, time"),
        (["--delimiter", ";;"], "--delimiter: must be one character"),
        (["--exchange", "a:b"], "must be plain text without ':'"),
        (["--time-unit", "fortnights"], "--time-unit"),
    ],
)
def test_a_wrong_option_is_a_usage_error(
    run: CommandLine, tmp_path: Path, options: list[str], message: str
):
    result = run("data import-trades", trades_csv(tmp_path, trade_row(1, 0)), *KRAKEN, *options)
    assert result.code == 2
    assert message in result.err


def test_reading_what_is_not_stored_is_reported(run: CommandLine, tmp_path: Path):
    outcome = run("data export", "okx:BTC-USDT", tmp_path / "a.csv")
    assert (outcome.code, outcome.err) == (
        2,
        "EXCHANGE:SYMBOL: no 1m candle of okx:BTC-USDT is stored\n",
    )
    assert list(tmp_path.iterdir()) == []
    assert "no trade of okx:BTC-USDT" in run("data verify", "okx:BTC-USDT").err
    assert run("data export", "BTC", tmp_path / "a.csv").code == 2
    assert run("data export", "okx:A", tmp_path / "a.csv", "--from", "noon").code == 2


def test_a_server_that_is_not_there_has_its_own_exit_code(run: CommandLine, tmp_path: Path):
    url = "postgresql://someone:canary@127.0.0.1:1/nowhere"
    path = trades_csv(tmp_path, trade_row(1, 0))
    outcome = run("data import-trades", path, *KRAKEN, "--time-unit", "s", DATABASE_URL=url)
    assert outcome.code == 3
    assert "cannot be reached" in outcome.err
    assert "canary" not in outcome.out + outcome.err


def test_health_names_every_part_that_is_not_well(run: CommandLine, redis_url: str):
    outcome = run("maintenance health", "--json", REDIS_URL=redis_url, DASHBOARD_PORT="1")
    parts = {finding["part"]: finding["healthy"] for finding in outcome.report["findings"]}
    assert outcome.code == 1
    assert parts == {
        "postgresql": True,
        "redis": True,
        "collectors": False,
        "items": True,
        "strategies": True,
        "dashboard": False,
    }
    gone = "redis://:canary@127.0.0.1:1/0"
    outcome = run("maintenance health", "--json", REDIS_URL=gone)
    assert "canary" not in outcome.out + outcome.err
    assert [f["healthy"] for f in outcome.report["findings"] if f["part"] == "redis"] == [False]


def test_health_of_a_schema_that_is_behind_is_bad(run: CommandLine, redis_url: str):
    (stored,) = run.scalars("SELECT version_num FROM alembic_version")
    run.execute("UPDATE alembic_version SET version_num = '0000'")
    outcome = run("maintenance health", "--json", REDIS_URL=redis_url)
    run.execute(f"UPDATE alembic_version SET version_num = '{stored}'")
    (postgres,) = [f for f in outcome.report["findings"] if f["part"] == "postgresql"]
    assert not postgres["healthy"]
    assert "schema 0000, not " in postgres["detail"]


def test_health_of_a_directory_in_which_nothing_runs(run: CommandLine, tmp_path: Path):
    outcome = run("maintenance health", "--data-dir", tmp_path, "--json")
    assert outcome.code == 1
    assert outcome.report["findings"][0]["detail"].startswith(f"nothing runs in {tmp_path}")


async def test_the_past_is_downloaded_and_verified_against_the_exchange(run: CommandLine):
    async with running(speed=1.0) as simulator:
        rest_url = simulator.rest_url

        def give(command: str, *options: object) -> asyncio.Future[CommandResult]:
            return asyncio.ensure_future(
                asyncio.to_thread(run, command, *options, OKX_REST_URL=rest_url)
            )

        candles = await give("data download", "okx:BTC-USDT", "--days", "0.2", "--json")
        assert candles.code == 0, candles
        assert candles.report["candles"]["new"] > 200
        assert candles.report["candles"]["folded"] > 50
        again = await give("data download", "okx:BTC-USDT", "--days", "0.2", "--json")
        assert again.report["candles"]["requests"] <= 2
        start = datetime.now(UTC) - timedelta(minutes=20)
        options = ("--from", start.isoformat(), "--to", (start + timedelta(minutes=8)).isoformat())
        trades = await give("data download", "okx:BTC-USDT", "--trades", *options, "--json")
        assert trades.code == 0, trades
        # How many there are depends on the market's mood at this hour.
        assert trades.report["trades"]["new"] > 100
        assert trades.report["candles_built"] > 100
        verified = await give(
            "data verify", "okx:BTC-USDT", "--timeframe", "1m", "--timeframe", "3m",
            "--exchange-check", "--json",
        )  # fmt: skip
        assert verified.code == 0, verified.report
        assert verified.report["checked"]["exchange_candles"] >= 8


def test_an_unknown_exchange_is_refused(run: CommandLine):
    outcome = run("data download", "kraken:XBT-USDT")
    assert outcome.code == 2
    assert "must be one of okx, simulated, was 'kraken'" in outcome.err


@pytest.mark.embedded
def test_a_command_stands_alone_in_a_data_directory_of_its_own(tmp_path: Path):
    path = trades_csv(tmp_path, *(trade_row(i, i) for i in range(1, 100)))
    data_dir = tmp_path / "data dir"

    def give(command: str, *options: object) -> subprocess.CompletedProcess[str]:
        arguments = [*command.split(), *map(str, options), "--data-dir", str(data_dir), "--json"]
        line = [sys.executable, "-m", "scripts.cli", *arguments]
        return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)

    missing = give("data export", "kraken:XBT-USDT", tmp_path / "a.csv")
    assert missing.returncode == 2
    assert "nothing is stored in" in missing.stderr
    imported = give("data import-trades", path, *KRAKEN, "--time-unit", "s", "--build-candles")
    assert imported.returncode == 0, imported.stderr
    exported = give("data export", "kraken:XBT-USDT", tmp_path / "a.csv")
    assert json.loads(exported.stdout)["candles"] == 1
    assert not (data_dir / "instance.json").exists()
