"""The benchmark of all bots: every capital held in its bot's instrument instead of traded. Pure.

A bot's capital is the newest that was paid in, as everywhere on the page. It is worth

    capital * price / first price

from the close of the first `1m` candle that closes after the bot started, whose close is the
first price; before that, just the capital. A price is the close of the newest candle, at the end
of the span that of the newest trade. Fees are not included.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import numpy as np

from backtesting.metrics.serial import Floats, Int64s
from bot_manager.trading import to_us
from data import InstrumentId


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Closes:
    """Closes of an instrument's candles, and its newest trade, at strictly rising times in us."""

    time_us: Int64s
    price: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BuyAndHold:
    """The benchmark of one bot's capital; `missing` is a sentence on prices that are not stored.

    `first_time` is when the candle of `first_price` closed.
    """

    bot: str
    instrument: InstrumentId
    capital: Decimal
    first_time: datetime
    first_price: float
    closes: Closes
    missing: str = ""

    def at(self, times: Int64s) -> Floats:
        """Return the value of the held capital at these times."""
        price_times_us = np.concatenate([[to_us(self.first_time)], self.closes.time_us])
        prices = np.concatenate([[self.first_price], self.closes.price])
        later = price_times_us >= price_times_us[0]
        price_times_us, prices = price_times_us[later], prices[later]
        rows = np.searchsorted(price_times_us, times, side="right") - 1
        growth = np.where(rows >= 0, prices[np.maximum(rows, 0)] / self.first_price, 1.0)
        worth: Floats = float(self.capital) * growth
        return worth


def benchmark_payload(
    buy_and_hold: Sequence[BuyAndHold], start: datetime, end: datetime, points: int
) -> dict[str, Any]:
    """Return the summed value of all held capital over a span, in about `points` points.

    If a price is missing there is no curve, only the list of what is missing.
    """
    missing = sorted({one.missing for one in buy_and_hold if one.missing})
    if missing or not buy_and_hold:
        return {"missing": missing, "curve": None, "return": None}
    first, last = to_us(start), to_us(end)
    inner = [one.closes.time_us for one in buy_and_hold]
    times = np.unique(np.concatenate([[first], *inner, [last]])).astype(np.int64)
    times = times[(times >= first) & (times <= last)]
    stride = max(1, len(times) // points)
    times = np.unique(np.append(times[::stride], last))
    worth = np.sum([one.at(times) for one in buy_and_hold], axis=0)
    return {
        "missing": [],
        "curve": {"time": (times / 1e6).tolist(), "equity": worth.tolist()},
        "return": float(worth[-1] / worth[0] - 1.0) if worth[0] else None,
    }
