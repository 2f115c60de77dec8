"""The conclusion of `truetape data verify`."""

from datetime import UTC, datetime, timedelta

from data import Timeframe
from data.verification.tape_check import TapeCheckStats
from scripts.cli.data.tape_verification import TapeVerificationReport

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def conclusion_of(checked: TapeCheckStats) -> str:
    return TapeVerificationReport(
        instrument="okx:BTC-USDT",
        timeframes=[Timeframe.M1],
        start=NOON,
        end=NOON + timedelta(hours=1),
        checked=checked,
    ).conclusion


def test_only_candles_that_were_compared_agree() -> None:
    assert conclusion_of(TapeCheckStats(candles=60)) == "verified: all agree"
    assert "not verified" in conclusion_of(TapeCheckStats(candles=60, unsealed_rows=1))
    assert conclusion_of(TapeCheckStats()).startswith("nothing verified: no candle")
