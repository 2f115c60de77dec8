"""Benchmark of every indicator in nanoseconds a bar, against TA-Lib and pandas in one run."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import pandas as pd
import talib
import typer

from data import CandleFrame
from scripts.benchmarks.bench_backtest import random_walk
from scripts.benchmarks.cpu_time import Work, fastest_ns, keep_freed_memory
from scripts.benchmarks.report import BenchRow, alone, compared, print_rows
from strategies.indicators import (
    Adx,
    Atr,
    Bollinger,
    Donchian,
    Ema,
    Ichimoku,
    Indicator,
    Keltner,
    Macd,
    Obv,
    RollingVwap,
    Rsi,
    Sma,
    Stochastic,
    Supertrend,
    Volatility,
    VolumeSma,
    Vwap,
    Wma,
)


@dataclass(frozen=True, slots=True)
class BenchMarket:
    """The same candles as our frame, as plain columns and as pandas series."""

    frame: CandleFrame
    high: pd.Series
    low: pd.Series
    close: pd.Series
    volume: pd.Series


def random_market(bars: int) -> BenchMarket:
    """Return a random walk of one-minute bars, each opening at the close before."""
    frame = random_walk(bars)
    high, low, close, volume = map(pd.Series, (frame.high, frame.low, frame.close, frame.volume))
    return BenchMarket(frame, high, low, close, volume)


def talib_works(market: BenchMarket) -> dict[type[Indicator], Work]:
    """Return TA-Lib's computations of the same columns with the same parameters."""
    frame = market.frame
    high, low, close, volume = frame.high, frame.low, frame.close, frame.volume
    return {
        Sma: lambda: talib.SMA(close, 20),
        Ema: lambda: talib.EMA(close, 20),
        Wma: lambda: talib.WMA(close, 20),
        Bollinger: lambda: talib.BBANDS(close, 20, 2.0, 2.0),
        Donchian: lambda: (
            talib.MAX(high, 20), talib.MIDPRICE(high, low, 20), talib.MIN(low, 20),
        ),
        Rsi: lambda: talib.RSI(close, 14),
        Macd: lambda: talib.MACD(close, 12, 26, 9),
        Stochastic: lambda: talib.STOCH(high, low, close, 14, 3, slowd_period=3),
        Adx: lambda: (
            talib.ADX(high, low, close, 14),
            talib.PLUS_DI(high, low, close, 14),
            talib.MINUS_DI(high, low, close, 14),
        ),
        Atr: lambda: talib.ATR(high, low, close, 14),
        Obv: lambda: talib.OBV(close, volume),
        VolumeSma: lambda: talib.SMA(volume, 20),
    }  # fmt: skip


def pandas_works(market: BenchMarket) -> dict[type[Indicator], Work]:
    """Return pandas' computations of the same columns, in its usual idioms."""
    high, low, close, volume = market.high, market.low, market.close, market.volume
    days = pd.Series(market.frame.open_time.astype("datetime64[D]"))
    typical = (high + low + close) / 3.0
    return {
        Sma: lambda: close.rolling(20).mean(),
        Ema: lambda: close.ewm(span=20, adjust=False).mean(),
        Bollinger: lambda: _pandas_bands(close),
        Keltner: lambda: (
            close.ewm(span=20, adjust=False).mean(), _pandas_ranges(high, low, close, 10),
        ),
        Donchian: lambda: (high.rolling(20).max(), low.rolling(20).min()),
        Ichimoku: lambda: [
            high.rolling(n).max() + low.rolling(n).min() for n in (9, 26, 52)
        ],
        Vwap: lambda: (typical * volume).groupby(days).cumsum() / volume.groupby(days).cumsum(),
        RollingVwap: lambda: (typical * volume).rolling(20).sum() / volume.rolling(20).sum(),
        Rsi: lambda: _pandas_rsi(close),
        Macd: lambda: _pandas_macd(close),
        Stochastic: lambda: _pandas_stochastic(high, low, close),
        Atr: lambda: _pandas_ranges(high, low, close, 14),
        Volatility: lambda: pd.Series(np.log(close / close.shift())).rolling(20).std(),
        Obv: lambda: (np.sign(close.diff()) * volume).cumsum(),
        VolumeSma: lambda: volume.rolling(20).mean(),
    }  # fmt: skip


def _pandas_bands(close: pd.Series) -> tuple[pd.Series, pd.Series, pd.Series]:
    window = close.rolling(20)
    middle, band = window.mean(), 2.0 * window.std(ddof=0)
    return middle + band, middle, middle - band


def _pandas_ranges(high: pd.Series, low: pd.Series, close: pd.Series, length: int) -> pd.Series:
    before = close.shift()
    ranges = pd.Series(np.maximum(high, before) - np.minimum(low, before))
    return ranges.ewm(alpha=1.0 / length, adjust=False).mean()


def _pandas_rsi(close: pd.Series) -> pd.Series:
    change = close.diff()
    gain = change.clip(lower=0.0).ewm(alpha=1.0 / 14, adjust=False).mean()
    loss = (-change.clip(upper=0.0)).ewm(alpha=1.0 / 14, adjust=False).mean()
    return 100.0 * gain / (gain + loss)


def _pandas_macd(close: pd.Series) -> tuple[pd.Series, pd.Series, pd.Series]:
    line = close.ewm(span=12, adjust=False).mean() - close.ewm(span=26, adjust=False).mean()
    signal = line.ewm(span=9, adjust=False).mean()
    return line, signal, line - signal


def _pandas_stochastic(
    high: pd.Series, low: pd.Series, close: pd.Series
) -> tuple[pd.Series, pd.Series]:
    lowest = low.rolling(14).min()
    k = (100.0 * (close - lowest) / (high.rolling(14).max() - lowest)).rolling(3).mean()
    return k, k.rolling(3).mean()


OURS: tuple[Indicator, ...] = (
    Sma(), Ema(), Wma(), Bollinger(), Keltner(), Donchian(), Supertrend(), Ichimoku(), Vwap(),
    RollingVwap(), Rsi(), Macd(), Stochastic(), Adx(), Atr(), Volatility(), Obv(), VolumeSma(),
)  # fmt: skip


def measure(bars: int, rounds: int) -> list[BenchRow]:
    """Time every contender in bursts, peers next to each other, and compare the fastest calls."""
    market = random_market(bars)
    works: dict[tuple[type[Indicator], str], Work] = {
        (type(indicator), "ours"): lambda i=indicator: i.compute(market.frame)  # type: ignore[misc]
        for indicator in OURS
    }
    works |= {(kind, "TA-Lib"): work for kind, work in talib_works(market).items()}
    works |= {(kind, "pandas"): work for kind, work in pandas_works(market).items()}
    best: dict[tuple[type[Indicator], str], float] = {}
    order = sorted(works, key=lambda key: [type(indicator) for indicator in OURS].index(key[0]))
    for _ in range(rounds):
        for key in order:
            work = works[key]
            ns = fastest_ns(work, 2 if key[1] == "pandas" else 5) / bars
            best[key] = min(best.get(key, ns), ns)
    return [row for indicator in OURS for row in rows_of(indicator, best)]


def rows_of(indicator: Indicator, best: dict[tuple[type[Indicator], str], float]) -> list[BenchRow]:
    """Compare one indicator with each peer that has it."""
    kind, ours = type(indicator), best[type(indicator), "ours"]
    peers = [(name, best[kind, name]) for name in ("TA-Lib", "pandas") if (kind, name) in best]
    return [compared(indicator.label, name, ours, peer, "ns/bar", 1.0) for name, peer in peers] or [
        alone(indicator.label, ours, "ns/bar")
    ]


def main(
    bars: Annotated[int, typer.Option(help="Length of the random walk.")] = 1_000_000,
    rounds: Annotated[int, typer.Option(help="How often each contender has its turn.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print rows for machines.")] = False,
) -> None:
    """Print nanoseconds a bar beside TA-Lib and pandas."""
    keep_freed_memory()
    title = f"Indicators, {bars:,} bars, every output, smallest CPU time"
    print_rows(measure(bars, rounds), as_json=as_json, title=title)


if __name__ == "__main__":
    typer.run(main)
