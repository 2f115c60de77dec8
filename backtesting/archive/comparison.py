"""Comparison of stored backtests: configurations, metrics, first differing round trip."""

from collections.abc import Sequence
from typing import Any

import msgspec

from backtesting.metrics.definition import Value
from backtesting.record import BacktestRecord
from bot_manager.trading import RoundTrip


class BacktestDifference(msgspec.Struct, frozen=True):
    """A setting or metric, and its value in each backtest."""

    name: str
    values: list[Any]


class Divergence(msgspec.Struct, frozen=True, kw_only=True):
    """The first round trip in which two backtests differ; None where one has no more."""

    number: int
    one: RoundTrip | None
    other: RoundTrip | None


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Result of a comparison.

    `first_divergence`: of the first two, None if their trades are equal.
    """

    ids: list[int]
    config: list[BacktestDifference]
    metrics: list[BacktestDifference]
    same_outcome: bool
    first_divergence: Divergence | None = msgspec.field(name="parting")


def compare(records: Sequence[BacktestRecord]) -> Comparison:
    """Compare two or more backtests."""
    summaries = [record.summary for record in records]
    configs = [_flat(summary.config) for summary in summaries]
    names = list(dict.fromkeys(name for config in configs for name in config))
    rows = [BacktestDifference(name, [config.get(name) for config in configs]) for name in names]
    return Comparison(
        ids=[summary.id for summary in summaries],
        config=[row for row in rows if any(value != row.values[0] for value in row.values)],
        metrics=[BacktestDifference(name, _values(records, name)) for name in summaries[0].metrics],
        same_outcome=len({summary.digests.outcome for summary in summaries}) == 1,
        first_divergence=_first_divergence(records[0].round_trips, records[1].round_trips),
    )


def _values(records: Sequence[BacktestRecord], name: str) -> list[Value]:
    return [record.summary.metrics.get(name) for record in records]


def _flat(config: dict[str, Any], path: str = "") -> dict[str, Any]:
    """Flatten nested settings to dotted names."""
    flat: dict[str, Any] = {}
    for name, value in config.items():
        flat |= _flat(value, f"{path}{name}.") if isinstance(value, dict) else {path + name: value}
    return flat


def _first_divergence(one: Sequence[RoundTrip], other: Sequence[RoundTrip]) -> Divergence | None:
    for number in range(max(len(one), len(other))):
        first = one[number] if number < len(one) else None
        second = other[number] if number < len(other) else None
        if first != second:
            return Divergence(number=number, one=first, other=second)
    return None
