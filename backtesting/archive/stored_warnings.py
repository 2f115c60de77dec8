"""Warnings that need the full result of a run: what changed or emptied it. Pure."""

from collections import Counter
from collections.abc import Iterator

from backtesting.archive.shown_warnings import warmup_warnings
from backtesting.run.result import BacktestResult
from bot_manager.reporting.run_warnings import RunWarning, refused_entries, shorts_taken_as_flat
from bot_manager.trading import OrderRefusal
from bot_manager.trading.codes import LONG, SHORT
from data import InstrumentKind


def stored_warnings(result: BacktestResult) -> list[RunWarning]:
    """Return the warnings that need the full result; they are stored with it."""
    return [
        *warmup_warnings(result.quality, result.config.strategy, result.history.scope.span.start),
        *_of_steps(result),
        *_of_orders(result),
        *_of_benchmark(result),
    ]


def _of_steps(result: BacktestResult) -> Iterator[RunWarning]:
    steps = result.config.steps
    if steps is not None and steps.instrument(result.instrument.id) != result.instrument:
        yield RunWarning(
            code="steps_not_used",
            text=f"The configuration's steps were not used: those of {result.instrument.id} are "
            "stored.",
        )


def _of_orders(result: BacktestResult) -> Iterator[RunWarning]:
    config, outcome, instrument = result.config, result.outcome, result.instrument
    orders = outcome.ledger.orders
    shorts = int((outcome.ledger.targets["direction"] == SHORT).sum())
    yield from shorts_taken_as_flat(shorts, instrument)
    refusals = Counter(OrderRefusal(code) for code in orders["refusal"].tolist())
    yield from refused_entries(refusals, instrument, config.capital, config.min_notional)
    if len(orders):
        return
    targets, spot = outcome.ledger.targets["direction"], instrument.kind is InstrumentKind.SPOT
    if not ((targets == LONG) | ((targets == SHORT) & (not spot))).any():
        text = f"Nothing was traded: {config.strategy} decided no target that opens a position."
        yield RunWarning(code="no_target", text=text)
    else:
        yield RunWarning(
            code="target_in_force_never_changed",
            text="Nothing was traded: the target in force at the start did not change to another "
            "that opens a position. With enter_on_start the account trades it at the first print.",
        )


def _of_benchmark(result: BacktestResult) -> Iterator[RunWarning]:
    if result.outcome.benchmark.curve is None:
        yield RunWarning(
            code="benchmark_undefined",
            text="Buy and hold is undefined: its only order, for the whole capital, was refused at "
            "the first print.",
        )
