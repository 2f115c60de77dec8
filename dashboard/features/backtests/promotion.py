"""The bot configuration of a stored backtest, and what cannot be copied. Pure."""

import re
from collections.abc import Iterator
from typing import Any

from backtesting.record import BacktestRecord

COPIED_FIELDS = (
    "instrument",
    "timeframe",
    "strategy",
    "capital",
    "sizing",
    "costs",
    "protections",
    "leverage",
    "min_notional",
    "latency_ms",
)
MAX_NAME_LENGTH = 60


def bot_values(record: BacktestRecord) -> dict[str, Any]:
    """Return the fields of the BotConfig whose account is the backtest's, as JSON has them.

    Parameters are written out, so that they stay what they were if defaults change. The name is a
    suggestion: two bots of one backtest need two.
    """
    config = record.summary.config
    parameters = dict(config["parameters"])
    default_exits = parameters.pop("exits", {})
    return {
        "name": _name(record),
        **{field: config[field] for field in COPIED_FIELDS},
        "enter_on_start": config.get("enter_on_start", False),
        "parameters": parameters,
        "exits": default_exits if config["exits"] is None else config["exits"],
    }


def not_copied(record: BacktestRecord) -> list[str]:
    """Return sentences on how the bot differs from the backtest; empty if it does not."""
    return list(_differences(record.summary.config))


def _differences(config: dict[str, Any]) -> Iterator[str]:
    if config["resolution"] != "trades":
        yield (
            f"The backtest's account was driven by {_moved_by(config)}; a bot fills at the trades "
            "themselves, so its prices will differ."
        )
    if config["gaps"] is not None:
        yield (
            f"Candles without trades were set to {config['gaps']!r}; a bot uses the setting of its "
            "strategy."
        )
    if config["steps"] is not None:
        yield (
            "Its steps were set by hand, for imported data: a bot requires an instrument "
            "whose trades are collected, and uses the exchange's own steps."
        )


def _moved_by(config: dict[str, Any]) -> str:
    return "minutes" if config["resolution"] == "1m" else f"{config['timeframe']} candles"


def _name(record: BacktestRecord) -> str:
    summary = record.summary
    strategy = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", summary.strategy)
    symbol = summary.instrument.partition(":")[2]
    tail = f"-{symbol}-{summary.timeframe}-{summary.id}".lower()
    return _dashed(strategy)[: MAX_NAME_LENGTH - len(_dashed(tail)) - 1] + "-" + _dashed(tail)


def _dashed(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
