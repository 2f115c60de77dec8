"""Checks of a bot's inputs: prints of the tape and evaluation of its strategy. Pure."""

from datetime import timedelta

from bot_manager.groups.signal_view import SignalView
from data import Cursor, InstrumentId


def find_degraded_reason(
    signal_view: SignalView | None, tape_end: Cursor | None, silent_s: float, stale_after: timedelta
) -> str:
    """Return why a bot is degraded, "" if it is not.

    `silent_s`: seconds since the tape last advanced, by a monotonic clock.
    """
    if tape_end is None:
        return "its instrument has no tape"
    if silent_s > stale_after.total_seconds():
        return f"no trade since {tape_end.time.isoformat(timespec='seconds')}"
    if signal_view is None:
        return "its strategy is not evaluated"
    if tape_end.time - signal_view.limit > stale_after:
        evaluated = signal_view.evaluated_to.isoformat(timespec="seconds")
        return f"its strategy is evaluated up to {evaluated} only"
    if signal_view.problem:
        return f"its strategy skipped a candle: {signal_view.problem}"
    return ""


def delisted_reason(instrument: InstrumentId) -> str:
    """Return why a bot on a delisted instrument is degraded, and the effect on its position."""
    return (
        f"{instrument} is delisted and has no more trades: a position stays open, valued at the "
        "last price; keep ends the bot at once, stop and kill would wait for a trade"
    )
