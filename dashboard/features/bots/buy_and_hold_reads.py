"""Reads the prices for the buy-and-hold benchmark of bots. Blocking: read in a thread."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from bot_manager.reporting.fleet import SessionCapital
from bot_manager.trading import to_us
from dashboard.features.bots.buy_and_hold import BuyAndHold, Closes
from dashboard.features.bots.reads import FleetHistory
from data import Candle, InstrumentId, Timeframe, TimeSpan
from data.ports import CandleRepository

# At most this many candles of an instrument are read, or days.
_MAX_CANDLES = 3_000
# A bot starts with a print: a market without trades for longer has no price of that time.
_FIRST_WITHIN = timedelta(hours=1)
# While the first minute is not over, or not stored yet, the capital keeps its value.
_FIRST_CANDLE_WITHIN = 2 * Timeframe.M1.duration
_NO_CLOSES = Closes(time_us=np.zeros(0, np.int64), price=np.zeros(0))
_JUST_AFTER = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class BuyAndHoldReads:
    """Prices of stored candles. Raises what the ports raise."""

    candles: CandleRepository

    def buy_and_hold(self, history: FleetHistory, names: Collection[str]) -> list[BuyAndHold]:
        """Return the buy-and-hold benchmark of each of these bots."""
        configs = {one.status.name: one.config for one in history.fleet_rows}
        closes: dict[InstrumentId, Closes] = {}
        found = []
        for name in sorted(names):
            instrument = configs[name].instrument_id
            if instrument not in closes:
                closes[instrument] = self._closes(history, instrument)
            paid = [one for one in history.paid_in if one.bot == name]
            found.append(self._buy_and_hold(instrument, paid, history, closes[instrument]))
        return found

    def _buy_and_hold(
        self,
        instrument: InstrumentId,
        paid: list[SessionCapital],
        history: FleetHistory,
        closes: Closes,
    ) -> BuyAndHold:
        began, start = paid[0].time, history.start
        first = self._first(instrument, began)
        missing = ""
        if first is None and history.end < Timeframe.M1.floor(began) + _FIRST_CANDLE_WITHIN:
            closes = _NO_CLOSES
        elif first is None:
            missing = (
                f"no 1m candle of {instrument} at the start of {paid[0].bot}, {_minute(began)} UTC"
            )
        elif not len(closes.time_us):
            missing = f"no price of {instrument} since {_minute(start)} UTC"
        elif first.close_time <= start and closes.time_us[0] > to_us(start):
            missing = f"no candle of {instrument} before {_minute(start)} UTC"
        return BuyAndHold(
            bot=paid[0].bot,
            instrument=instrument,
            capital=paid[-1].capital,
            first_time=first.close_time if first else began,
            first_price=float(first.close) if first else 1.0,
            closes=closes,
            missing=missing,
        )

    def _first(self, instrument: InstrumentId, began: datetime) -> Candle | None:
        minute = Timeframe.M1.floor(began)
        found = self.candles.best(instrument, Timeframe.M1, minute, minute + _FIRST_WITHIN)
        return found[0] if found else None

    def _closes(self, history: FleetHistory, instrument: InstrumentId) -> Closes:
        """Return the closes of the span, with the last one before it, and the newest price."""
        span = TimeSpan(history.start, history.end)
        step = step_of_closes(span)
        before = self.candles.latest(instrument, step, 1, span.start - step.duration + _JUST_AFTER)
        since = before[-1].open_time if before else step.floor(span.start)
        frame = self.candles.frame(instrument, step, since, span.end, gaps=None)
        time_us = frame.open_time.astype(np.int64) + step.seconds * 1_000_000
        closed = time_us < to_us(span.end)
        newest = history.prices.get(instrument)
        if newest is None:
            return Closes(time_us=time_us[closed], price=frame.close[closed])
        return Closes(
            time_us=np.append(time_us[closed], to_us(span.end)),
            price=np.append(frame.close[closed], float(newest)),
        )


def step_of_closes(span: TimeSpan) -> Timeframe:
    """Return the finest of minutes, hours and days that reads fewer than `_MAX_CANDLES`."""
    length = span.end - span.start
    fine = (step for step in (Timeframe.M1, Timeframe.H1) if length / step.duration < _MAX_CANDLES)
    return next(fine, Timeframe.D1)


def _minute(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M}"
