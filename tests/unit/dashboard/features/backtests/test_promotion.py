"""A bot made from a backtest trades with the backtest's own account."""

from datetime import UTC, datetime
from typing import Any

import pytest

from backtesting.config import BacktestConfig, read_config
from backtesting.data.quality import DataQuality
from backtesting.record import BacktestRecord, BacktestSummary, Digests
from bot_manager.domain.config import read_bot
from dashboard.features.backtests.promotion import bot_values, not_copied
from strategies.library import EmaCrossover
from strategies.strategy_handle import LocalStrategy

DAY = datetime(2026, 1, 1, tzinfo=UTC)
RULE = LocalStrategy(EmaCrossover(fast=5, slow=13, exits={"stop_loss_bps": 150}))  # type: ignore[arg-type]


def a_config(**more: Any) -> BacktestConfig:
    values = {
        "instrument": "okx:BTC-USDT-SWAP",
        "timeframe": "15m",
        "start": "2026-01-01",
        "end": "2026-02-01",
        "strategy": "EmaCrossover",
        "capital": "2500.50",
        "sizing": {"rule": "risk_per_trade", "amount": "0.01"},
        "costs": {"maker_fee": "0.0002", "taker_fee": "0.0005", "slippage_bps": "1.5"},
        "protections": {"max_drawdown": "0.2", "daily_loss": "0.05", "cool_down_s": 3600},
        "leverage": "0.5",
        "min_notional": "5",
        "latency_ms": 250,
    }
    return read_config(values | more).with_parameters(RULE)


def a_record(config: BacktestConfig) -> BacktestRecord:
    quality = DataQuality(
        candles=1,
        prints=1,
        missing=0.0,
        missing_candles=0,
        incomplete_candles=0,
        gap_count=0,
        gaps=[],
        first_print=DAY,
        last_print=DAY,
    )
    summary = BacktestSummary(
        id=12,
        created_at=DAY,
        instrument=config.instrument,
        timeframe=config.timeframe,
        strategy=config.strategy,
        start=config.start,
        end=config.end,
        config=config.model_dump(mode="json"),
        digests=Digests(config="", data="", code="", intrabar="", outcome=""),
        quality=quality,
        reconciled=[],
        metrics={},
        drilled_candles=0,
    )
    return BacktestRecord(summary=summary, round_trips=[], equity=[])


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"exits": {"take_profit_bps": 900, "trailing_stop_bps": 120}},
        {"exits": {}, "sizing": {"rule": "quote_amount", "amount": "100"}},
    ],
)
def test_the_bots_account_is_the_backtests(more: dict[str, Any]) -> None:
    config = a_config(**more)
    bot = read_bot(bot_values(a_record(config)))
    assert bot.account() == config.account(RULE)
    assert (bot.instrument, bot.timeframe) == (config.instrument, config.timeframe)


def test_the_bot_requests_the_signals_of_the_backtest() -> None:
    bot = read_bot(bot_values(a_record(a_config())))
    assert EmaCrossover(**bot.parameters).signal_parameters() == RULE.signal_parameters


def test_a_name_is_suggested_that_a_bot_may_bear() -> None:
    assert bot_values(a_record(a_config()))["name"] == "ema-crossover-btc-usdt-swap-15m-12"
    long = a_config().model_copy(update={"strategy": "Very" * 20})
    assert len(read_bot(bot_values(a_record(long))).name) == 60


def test_what_a_bot_cannot_take_over_is_reported() -> None:
    assert not_copied(a_record(a_config(resolution="trades"))) == []
    steps = {"price_step": "0.1", "size_step": "0.1", "min_size": "0.1"}
    text = " ".join(not_copied(a_record(a_config(gaps="skip", steps=steps))))
    for word in ("15m candles", "'skip'", "by hand"):
        assert word in text
