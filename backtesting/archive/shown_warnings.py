"""Warnings of a backtest or a sweep, shown first by result, page, report and command. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from backtesting.data.quality import DataQuality
from backtesting.record import BacktestSummary
from backtesting.sweeps.trial import SweepTrial
from bot_manager.reporting.run_warnings import RunWarning
from bot_manager.trading import RoundTrip
from utils.number_format import count

FEW_ROUND_TRIPS = 30
DOMINANT = 0.4


def shown_warnings(summary: BacktestSummary, round_trips: Sequence[RoundTrip]) -> list[str]:
    """Return warning texts, the most severe first."""
    return [
        *_of_ledger(summary),
        *(warning.text for warning in summary.warnings),
        *_of_round_trips(round_trips),
        *_of_candles(summary),
    ]


def warnings_of_trials(trials: Sequence[SweepTrial]) -> list[str]:
    """Return warning texts on the trials of a sweep."""
    untraded = sum(not trial.is_traded for trial in trials)
    if not untraded:
        return []
    return [
        f"{untraded:,} of {count(len(trials), 'trial')} were not traded: their warm-up ends after "
        "at the common start of all. Fetch older candles with truetape data download, or use "
        "parameters with a shorter warm-up."
    ]


def warmup_warnings(quality: DataQuality, subject: str, start: datetime) -> Iterator[RunWarning]:
    """Yield a warning if the requested span contains warm-up; the run starts at `start`."""
    if quality.warmup_in_span:
        required = f"{count(quality.warmup, 'candle')} before its first decision"
        if quality.warmup_in_span > quality.warmup:
            required += ", and the trials of a sweep 2 more, so that they start from a known target"
        yield RunWarning(
            code="warmup_in_span",
            text=f"The first {count(quality.warmup_in_span, 'candle')} of the span were warm-up: "
            f"{subject} requires {required}, and fewer are stored before the span. All "
            f"metrics, buy "
            f"and hold included, start at {start:%Y-%m-%d %H:%M} UTC. Fetch older candles with "
            "truetape data download to use the whole span.",
        )


def _of_ledger(summary: BacktestSummary) -> Iterator[str]:
    failed = [check.name for check in summary.reconciled if not check.holds]
    if failed:
        yield f"Reconciliation failed ({', '.join(failed)}): do not rely on this result."


def _of_round_trips(round_trips: Sequence[RoundTrip]) -> Iterator[str]:
    if len(round_trips) < FEW_ROUND_TRIPS:
        yield f"{count(len(round_trips), 'round trip')}: too few for significant statistics."
    gross = sum(round_trip.profit + round_trip.fees for round_trip in round_trips)
    fees = sum(round_trip.fees for round_trip in round_trips)
    if round_trips and fees > max(gross, 0):
        yield "Fees exceed the profit before fees."
    gains = [round_trip.profit for round_trip in round_trips if round_trip.profit > 0]
    net = sum(round_trip.profit for round_trip in round_trips)
    if len(gains) > 1 and net > 0 and float(max(gains) / net) >= DOMINANT:
        yield f"One round trip made {float(max(gains) / net):.0%} of the profit."


def _of_candles(summary: BacktestSummary) -> Iterator[str]:
    quality = summary.quality
    if quality.gap_count:
        yield (
            f"{quality.missing:.2%} of the span is unknown: {count(quality.gap_count, 'hole')}, "
            f"{count(quality.missing_candles, 'candle')} missing."
        )
    undecided = int(summary.metrics.get("ambiguous_candles") or 0) - summary.drilled_candles
    if undecided > 0:
        yield (
            f"{count(undecided, 'ambiguous candle')}: it is unknown which exit came first; "
            "resolution 1m or trades resolves it."
        )
