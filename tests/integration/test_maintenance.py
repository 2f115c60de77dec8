"""Maintenance on a real PostgreSQL: what is deleted, kept and reported, and the nightly backup."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from config import load_settings
from data import CandleAggregator, InstrumentId, TapeBatch, Timeframe
from database import SqlTradeRepository
from scripts.composition.maintenance import free_bytes, open_maintenance
from scripts.services.maintenance import MaintenanceScheduler
from tests.builders import BTC, ETH, START, a_trade
from tests.integration.commands import CommandLine
from utils.clock import ManualClock, SystemClock
from utils.errors import ConfigError
from utils.isolation import ItemFailures
from utils.telemetry.meters import Meters

pytestmark = pytest.mark.integration

DAY = timedelta(days=1)
DAYS = 10


@pytest.fixture
def line(database_url: str) -> Iterator[CommandLine]:
    """Yield a command line on a database with a tape of ten days, which ends now, and candles."""
    line = CommandLine(database_url)
    line.empty()
    write_days(line, BTC)
    yield line
    line.database.close()


def write_days(line: CommandLine, instrument: InstrumentId) -> None:
    writer = SqlTradeRepository(line.database).open_writer()
    writer.claim([instrument])
    # Whole days back from now, so that commands, which read the clock, see the same.
    shift_s = (Timeframe.D1.floor(SystemClock().now()) - (DAYS - 1) * DAY - START).total_seconds()
    trades = [
        a_trade(2 * day + n + 1, at_s=shift_s + 86_400 * day + 0.001 * n, instrument=instrument)
        for day in range(DAYS)
        for n in range(2)
    ]
    aggregator = CandleAggregator(instrument, frozenset({Timeframe.S1, Timeframe.M1}))
    candles = [candle for trade in trades for candle in aggregator.add(trade)]
    writer.commit([TapeBatch(instrument=instrument, trades=trades, candles=candles)])
    writer.close()


@contextmanager
def undeletable(line: CommandLine, symbol: str) -> Iterator[None]:
    """Make every deletion of an instrument's trades fail meanwhile, as damaged rows would."""
    (key,) = line.scalars(f"SELECT id FROM instrument WHERE symbol = '{symbol}'")
    line.execute(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the row is damaged'; END $$"
    )
    line.execute(
        "CREATE TRIGGER refuse BEFORE DELETE ON trade FOR EACH ROW "
        f"WHEN (OLD.instrument_id = {key}) EXECUTE FUNCTION refuse()"
    )
    try:
        yield
    finally:
        line.execute("DROP FUNCTION refuse CASCADE")


def test_a_dry_run_reports_what_a_pass_deletes(line: CommandLine) -> None:
    assert line("maintenance retention", "--json").report["verified"] == DAYS - 1
    assert line.count("trade") == 2 * 8
    assert line.count("tape_day") == DAYS - 1
    dry_run = line("maintenance retention", "--dry-run", "--json", RETENTION_TRADES_DAYS="3")
    assert [day["reason"] for day in dry_run.report["days"]] == ["age"] * 4
    assert line.count("trade") == 2 * 8
    result = line("maintenance retention", RETENTION_TRADES_DAYS="3", RETENTION_CANDLES_DAYS="1s=5")
    assert result.code == 0
    assert "0 days verified, 4 deleted, 0 kept" in result.out
    assert line.count("trade") == 2 * 4
    assert line.scalars("SELECT count(*) FROM candle WHERE timeframe_s = 1") == [5]
    assert line.scalars("SELECT count(*) FROM candle WHERE timeframe_s = 60") == [9]


def test_an_instrument_that_fails_is_named_and_the_others_are_done(line: CommandLine) -> None:
    write_days(line, ETH)
    with undeletable(line, ETH.symbol):
        done = line("maintenance retention", "--json")
        printed = line("maintenance retention")
    assert (done.code, printed.code) == (1, 1)
    (failed,) = done.report["failed"]
    assert failed["step"].startswith("deleting ")
    assert failed["step"].endswith(f" of {ETH}")
    assert "raise_exception" in failed["problem"]
    assert {day["instrument"] for day in done.report["days"]} == {str(BTC)}
    assert f"of {ETH}" in printed.out.replace("\n", " ")
    assert "1 steps failed" in printed.out.replace("\n", " ")
    assert line.count("trade") == 2 * (8 + DAYS)
    assert line("maintenance retention").code == 0
    assert line.count("trade") == 2 * (8 + 8)


def test_a_day_that_cannot_be_verified_is_kept_and_ends_with_one(line: CommandLine) -> None:
    line.execute("UPDATE candle SET high = 999 WHERE first_trade_id = 3 AND timeframe_s = 60")
    result = line("maintenance retention")
    assert result.code == 1
    assert "1 candles different" in result.out.replace("\n", " ")
    assert line.count("trade") == 2 * 9


def test_maintenance_applies_retention_backs_up_and_reports_metrics(
    line: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", line.url)
    monkeypatch.setenv("BACKUP_FOLDER", str(tmp_path / "backups"))
    monkeypatch.setenv("BACKUP_KEEP", "2")
    settings, meters, clock = load_settings(None), Meters(), ManualClock(SystemClock().now())
    with open_maintenance(settings, clock, ItemFailures()) as maintenance:
        scheduler = MaintenanceScheduler(settings, maintenance, clock, meters)
        scheduler.work()
        assert line.count("trade") == 2 * 8
        for _ in range(3):
            clock.advance(86_400)
            scheduler.work()
    files = sorted(path.name for path in (tmp_path / "backups").iterdir())
    assert len(files) == 2
    metrics = meters.values()
    assert metrics["tape_days_held"] == metrics["retention_failed"] == metrics["backup_failed"] == 0
    assert metrics["backup_age_s"] < 1
    assert free_bytes(settings) is None


def test_a_timeframe_that_is_none_is_refused(
    line: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", line.url)
    monkeypatch.setenv("RETENTION_CANDLES_DAYS", "2s=5")
    with (
        pytest.raises(ConfigError, match="RETENTION_CANDLES_DAYS"),
        open_maintenance(load_settings(None), SystemClock(), ItemFailures()),
    ):
        pass
