"""The commands for files and history, on a real PostgreSQL."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from typer import Typer
from typer.testing import CliRunner

from database import Database, open_database
from database.migrate import migrate
from database.models import Base
from scripts import (
    check_health,
    download_history,
    export_candles,
    import_candles,
    import_trades,
    verify_candles,
)
from tests.integration.simulator_client import running

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
KRAKEN = ("--exchange", "kraken", "--symbol", "XBT-USDT")
TRADES = "tape/kraken_xbtusdt_trades_2025-11-10.csv.gz"
CANDLES = "tape/kraken_xbtusdt_1m_exchange_2025-11-10.csv.gz"


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> Any:
        """Return the report of `--json`."""
        return json.loads(self.out)


Run = Callable[..., Said]


@pytest.fixture
def store(database_url: str) -> Database:
    """Return an empty, migrated database."""
    migrate(database_url)
    database = open_database(database_url)
    tables = ", ".join(Base.metadata.tables)
    with database.session("emptying the tables") as session:
        session.execute(text(f"TRUNCATE {tables}"))
    return database


@pytest.fixture
def run(store: Database) -> Run:
    """Return a way to give commands on the database, empty at first."""
    url = store.engine.url.render_as_string(hide_password=False)

    def give(command: Typer, *options: object, **env: str | None) -> Said:
        given = {"DATABASE_URL": url, "REDIS_URL": None, **env}
        result = CliRunner().invoke(command, [str(option) for option in options], env=given)
        assert result.exception is None or isinstance(result.exception, SystemExit), result
        return Said(result.exit_code, result.stdout, result.stderr)

    return give


def count(store: Database, table: str) -> int:
    with store.session("counting") as session:
        return session.scalar(text(f"SELECT count(*) FROM {table}")) or 0


def trades_csv(folder: Path, *rows: str) -> Path:
    path = folder / "trades.csv"
    path.write_text("\n".join(["id,time,price,size,side", *rows, ""]))
    return path


def trade_row(trade_id: int, second: float) -> str:
    return f"{trade_id},{1736121600 + second},100.5,1e-3,buy"


def test_a_file_with_a_bad_row_is_refused_whole(run: Run, store: Database, tmp_path: Path):
    path = trades_csv(tmp_path, trade_row(1, 0), "2,oops,100,1,buy", trade_row(3, 2))
    said = run(import_trades.app, path, *KRAKEN, "--time-unit", "s", "--json")
    assert said.code == 1
    assert said.report["imported"] is False
    assert said.report["bad_rows"] == {
        "count": 1,
        "first": [{"line": 3, "problem": "time 'oops' is not a count since 1970"}],
    }
    assert count(store, "trade") == 0


def test_bad_rows_can_be_skipped_and_become_holes(run: Run, store: Database, tmp_path: Path):
    path = trades_csv(tmp_path, trade_row(1, 0), "2,oops,100,1,buy", trade_row(3, 2))
    said = run(import_trades.app, path, *KRAKEN, "--time-unit", "s", "--skip-bad")
    assert said.code == 0
    assert "line 3: time 'oops' is not a count since 1970" in said.err
    assert "2 trades imported" in said.out
    assert "1 holes declared" in said.out
    assert (count(store, "trade"), count(store, "hole")) == (2, 1)


def test_an_import_may_be_repeated_and_continued(run: Run, store: Database, tmp_path: Path):
    first = trades_csv(tmp_path, *(trade_row(i, i) for i in range(1, 100)))
    options = (*KRAKEN, "--time-unit", "s", "--json", "--build-candles")
    assert run(import_trades.app, first, *options).report["trades_new"] == 99
    assert run(import_trades.app, first, *options).report["trades_new"] == 0
    second = trades_csv(tmp_path, *(trade_row(i, i) for i in range(200, 50, -1)))
    report = run(import_trades.app, second, *options).report
    assert (report["trades_new"], report["trades_stored_already"]) == (101, 49)
    assert count(store, "hole") == 0
    verified = run(verify_candles.app, "kraken:XBT-USDT", "--json")
    assert verified.code == 0
    assert verified.report["checked"]["candles"] == 199 + 3 + 1


def test_another_exchanges_file_is_refused(run: Run, store: Database, tmp_path: Path):
    run(import_trades.app, trades_csv(tmp_path, trade_row(5, 0)), *KRAKEN, "--time-unit", "s")
    foreign = trades_csv(tmp_path, trade_row(4, 86_400))
    said = run(import_trades.app, foreign, *KRAKEN, "--time-unit", "s")
    assert said.code == 1
    assert "contradicts the stored tape of kraken:XBT-USDT" in said.err
    assert count(store, "trade") == 1


def test_a_changed_candle_is_found_and_the_exit_code_says_so(
    run: Run, store: Database, tmp_path: Path
):
    path = trades_csv(tmp_path, *(trade_row(i, i * 7) for i in range(1, 100)))
    run(import_trades.app, path, *KRAKEN, "--time-unit", "s", "--build-candles")
    with store.session("tampering") as session:
        session.execute(
            text(
                "UPDATE candle SET volume = volume + 1, high = high + 1 WHERE timeframe_s = 60 "
                "AND open_time = '2025-01-06T00:05:00Z'"
            )
        )
    said = run(verify_candles.app, "kraken:XBT-USDT", "--json")
    assert said.code == 1
    (difference,) = said.report["differences"]
    assert (difference["kind"], difference["timeframe"]) == ("different", "1m")
    assert [field["field"] for field in difference["fields"]] == ["high", "volume"]
    assert "not all agree" in run(verify_candles.app, "kraken:XBT-USDT").out
    only_others = run(verify_candles.app, "kraken:XBT-USDT", "--timeframe", "3m")
    assert (only_others.code, only_others.out.splitlines()[-1]) == (0, "all agree")


def test_the_recorded_tape_and_the_exchanges_minutes_agree(
    run: Run, recordings: Path, tmp_path: Path
):
    built = run(
        import_trades.app, recordings / TRADES, *KRAKEN, "--time-unit", "s", "--build-candles",
        "--json",
    ).report  # fmt: skip
    assert (built["trades_new"], built["holes_declared"]) == (1000, 0)
    told = run(
        import_candles.app, recordings / CANDLES, *KRAKEN, "--time-unit", "s", "--timeframe", "1m",
        "--json",
    ).report  # fmt: skip
    assert (told["rows_good"], told["rows_empty"], told["spans"]) == (721, 216, 1)
    verified = run(verify_candles.app, "kraken:XBT-USDT", "--json")
    assert verified.code == 0, verified.report
    # 272 closed and complete; the first began in the middle, and nothing closed the last.
    assert verified.report["checked"]["exchange_candles"] == 273
    path = tmp_path / "minutes.csv"
    exported = run(export_candles.app, "kraken:XBT-USDT", path, "--json").report
    assert exported["candles"] == len(path.read_text().splitlines()) - 1 == 505
    announced = run(
        export_candles.app, "kraken:XBT-USDT", tmp_path / "a.parquet", "--version", "announced",
        "--from", "2025-11-10T18:00", "--to", "2025-11-10T19:00:00+00:00", "--json",
    )  # fmt: skip
    assert announced.code == 0
    assert announced.report["first_time"].startswith("2025-11-10T18:0")


def test_candles_of_other_timeframes_and_unfinished_ones_are_told_apart(
    run: Run, store: Database, tmp_path: Path
):
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    path = tmp_path / "candles.csv"
    opens = [int((now - timedelta(minutes=back)).timestamp()) for back in (3, 2, 0)]
    rows = [f"1m,{each},1,1,1,1,5" for each in opens] + [f"1h,{opens[0]},1,1,1,1,5"]
    path.write_text("\n".join(["timeframe,ts,open,high,low,close,volume", *rows, ""]))
    options = (path, *KRAKEN, "--timeframe", "1m", "--time-unit", "s")
    refused = run(import_candles.app, *options)
    assert refused.code == 1
    assert "line 4: ends at" in refused.err
    assert "not over yet" in refused.err
    assert count(store, "candle") == 0
    taken = run(import_candles.app, *options, "--skip-bad")
    assert (taken.code, count(store, "candle")) == (0, 2)
    assert "1 rows of other timeframes left alone" in taken.out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--columns", "id=nowhere"], "--columns: id: the file has no column 'nowhere'"),
        (["--columns", "colour=red"], "--columns: colour: unknown; known are id, time"),
        (["--delimiter", ";;"], "--delimiter: must be one character"),
        (["--exchange", "a:b"], "must be plain text without ':'"),
        (["--time-unit", "fortnights"], "--time-unit"),
    ],
)
def test_a_wrong_option_is_a_usage_error(run: Run, tmp_path: Path, options: list[str], said: str):
    result = run(import_trades.app, trades_csv(tmp_path, trade_row(1, 0)), *KRAKEN, *options)
    assert result.code == 2
    assert said in result.err


def test_reading_what_is_not_stored_says_so(run: Run, tmp_path: Path):
    said = run(export_candles.app, "okx:BTC-USDT", tmp_path / "a.csv")
    assert (said.code, said.err) == (
        2,
        "EXCHANGE:SYMBOL: no 1m candle of okx:BTC-USDT is stored\n",
    )
    assert list(tmp_path.iterdir()) == []
    assert "no trade of okx:BTC-USDT" in run(verify_candles.app, "okx:BTC-USDT").err
    assert run(export_candles.app, "BTC", tmp_path / "a.csv").code == 2
    assert run(export_candles.app, "okx:A", tmp_path / "a.csv", "--from", "noon").code == 2


def test_a_server_that_is_not_there_has_its_own_exit_code(run: Run, tmp_path: Path):
    url = "postgresql://someone:canary@127.0.0.1:1/nowhere"
    path = trades_csv(tmp_path, trade_row(1, 0))
    said = run(import_trades.app, path, *KRAKEN, "--time-unit", "s", DATABASE_URL=url)
    assert said.code == 3
    assert "cannot be reached" in said.err
    assert "canary" not in said.out + said.err


def test_health_names_every_part_that_is_not_well(run: Run, redis_url: str):
    said = run(check_health.app, "--json", REDIS_URL=redis_url, DASHBOARD_PORT="1")
    parts = {finding["part"]: finding["healthy"] for finding in said.report["findings"]}
    assert said.code == 1
    assert parts == {"postgresql": True, "redis": True, "collectors": False, "dashboard": False}
    gone = "redis://:canary@127.0.0.1:1/0"
    said = run(check_health.app, "--json", REDIS_URL=gone)
    assert "canary" not in said.out + said.err
    assert [f["healthy"] for f in said.report["findings"] if f["part"] == "redis"] == [False]


def test_health_of_a_schema_that_is_behind_is_bad(run: Run, store: Database, redis_url: str):
    with store.session("going back") as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    said = run(check_health.app, "--json", REDIS_URL=redis_url)
    with store.session("going forward") as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    (postgres,) = [f for f in said.report["findings"] if f["part"] == "postgresql"]
    assert not postgres["healthy"]
    assert "schema 0000, not " in postgres["detail"]


def test_health_of_a_directory_in_which_nothing_runs(run: Run, tmp_path: Path):
    said = run(check_health.app, "--data-dir", tmp_path, "--json")
    assert said.code == 1
    assert said.report["findings"][0]["detail"].startswith(f"nothing runs in {tmp_path}")


async def test_the_past_is_downloaded_and_proved_against_the_exchange(run: Run):
    async with running(speed=1.0) as simulator:
        rest_url = simulator.rest_url

        def give(command: Typer, *options: object) -> asyncio.Future[Said]:
            return asyncio.ensure_future(
                asyncio.to_thread(run, command, *options, OKX_REST_URL=rest_url)
            )

        candles = await give(download_history.app, "okx:BTC-USDT", "--days", "0.2", "--json")
        assert candles.code == 0, candles
        assert candles.report["candles"]["new"] > 200
        assert candles.report["candles"]["folded"] > 50
        again = await give(download_history.app, "okx:BTC-USDT", "--days", "0.2", "--json")
        assert again.report["candles"]["requests"] <= 2
        start = datetime.now(UTC) - timedelta(minutes=20)
        options = ("--from", start.isoformat(), "--to", (start + timedelta(minutes=8)).isoformat())
        trades = await give(download_history.app, "okx:BTC-USDT", "--trades", *options, "--json")
        assert trades.code == 0, trades
        assert trades.report["trades"]["new"] > 500
        assert trades.report["candles_built"] > 300
        verified = await give(
            verify_candles.app, "okx:BTC-USDT", "--timeframe", "1m", "--timeframe", "3m",
            "--exchange-check", "--json",
        )  # fmt: skip
        assert verified.code == 0, verified.report
        assert verified.report["checked"]["exchange_candles"] >= 8


def test_nobody_speaks_to_an_unknown_exchange(run: Run):
    said = run(download_history.app, "kraken:XBT-USDT")
    assert said.code == 2
    assert "nobody here speaks to 'kraken'" in said.err


def test_a_command_stands_alone_in_a_data_directory_of_its_own(tmp_path: Path):
    path = trades_csv(tmp_path, *(trade_row(i, i) for i in range(1, 100)))
    data_dir = tmp_path / "data dir"

    def give(*options: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *map(str, options), "--data-dir", str(data_dir), "--json"]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    missing = give("scripts/export_candles.py", "kraken:XBT-USDT", tmp_path / "a.csv")
    assert missing.returncode == 2
    assert "does not exist: nothing is stored there" in missing.stderr
    imported = give(
        "scripts/import_trades.py", path, *KRAKEN, "--time-unit", "s", "--build-candles"
    )
    assert imported.returncode == 0, imported.stderr
    exported = give("scripts/export_candles.py", "kraken:XBT-USDT", tmp_path / "a.csv")
    assert json.loads(exported.stdout)["candles"] == 1
    assert not (data_dir / "instance.json").exists()
