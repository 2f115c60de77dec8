"""What a careful reader would hold against a result. Pure."""

from collections.abc import Iterator, Sequence

from backtesting.record import BacktestSummary
from bot_manager.trading import RoundTrip
from dashboard.formats import count

FEW_TRIPS = 30
DOMINANT = 0.4


def remarks_on(summary: BacktestSummary, trips: Sequence[RoundTrip]) -> list[str]:
    """Return sentences, the gravest first; none: nothing stands out."""
    return [*_of_books(summary), *_of_trips(trips), *_of_candles(summary)]


def _of_books(summary: BacktestSummary) -> Iterator[str]:
    failed = [check.name for check in summary.reconciled if not check.holds]
    if failed:
        yield f"The books do not agree ({', '.join(failed)}): do not trust this result."


def _of_trips(trips: Sequence[RoundTrip]) -> Iterator[str]:
    if len(trips) < FEW_TRIPS:
        yield f"{count(len(trips), 'round trip')}: too few for statistics to mean much."
    gross = sum(trip.profit + trip.fees for trip in trips)
    fees = sum(trip.fees for trip in trips)
    if trips and fees > max(gross, 0):
        yield "Fees are more than what was earned before them."
    gains = [trip.profit for trip in trips if trip.profit > 0]
    net = sum(trip.profit for trip in trips)
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
            f"{count(undecided, 'ambiguous candle')}: which exit came first inside is not known; "
            "resolution 1m or trades tells it."
        )
