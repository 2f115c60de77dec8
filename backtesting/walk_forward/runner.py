"""Runner of walk-forward tests: optimise on the past, trade the next span, repeat."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from backtesting.config import BacktestConfig
from backtesting.errors import NothingDecided
from backtesting.metrics import METRICS, EquityCurve, MetricInput
from backtesting.metrics.definition import Value
from backtesting.metrics.serial import ratio
from backtesting.monitor import UNMONITORED, RunMonitor
from backtesting.run.engine import BacktestingEngine
from backtesting.search import ParameterSpace, Point, Searcher
from backtesting.sweeps.objective import Objective
from backtesting.sweeps.ports import TrialRepository
from backtesting.sweeps.preparation import METRICS as SWEPT
from backtesting.sweeps.preparation import prepare_sweep
from backtesting.sweeps.runner import SweepRunner
from backtesting.sweeps.selection_bias import SelectionBias, selection_bias_of
from backtesting.sweeps.worker_pool import WorkerFactory
from backtesting.walk_forward.schedule import Schedule, WalkForwardFold
from bot_manager.trading import to_us
from data import TimeSpan

CURVE_METRICS = tuple(
    name
    for name, metric in METRICS.items()
    if metric.definition.group in ("return", "risk-adjusted", "drawdown", "tails")
)
"""Metrics that can be measured on equity alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkForwardStep:
    """Result of one fold. `point`: the chosen parameters; None if no trial had a value.

    Then the account does not trade: its equity is constant.
    """

    fold: WalkForwardFold
    point: Point | None
    trials: int
    train: Mapping[str, Value]
    test: Mapping[str, Value]
    curve: EquityCurve = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkForwardOutcome:
    """All steps, and their tests as one equity curve with its metrics.

    `efficiency`: return a day out of sample per return a day in sample; undefined without a
    positive return in sample.
    """

    names: tuple[str, ...]
    steps: Sequence[WalkForwardStep]
    curve: EquityCurve
    metrics: Mapping[str, Value]
    efficiency: Value
    selection_bias: SelectionBias


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkForwardRunner:
    """Walk-forward over a configuration's span. `search` creates a searcher for each fold."""

    engine: BacktestingEngine
    config: BacktestConfig
    space: ParameterSpace
    schedule: Schedule
    objective: Objective
    search: Callable[[ParameterSpace], Searcher]
    trials: TrialRepository

    def run(
        self, worker_factory: WorkerFactory, monitor: RunMonitor = UNMONITORED
    ) -> WalkForwardOutcome:
        """Run every step. Raises ConfigError, BacktestError, DataError.

        Stored trials are not evaluated again, so a cancelled run can be resumed.
        """
        folds = self.schedule.folds(TimeSpan(self.config.start, self.config.end))
        parts = [monitor.between(n / len(folds), (n + 1) / len(folds)) for n in range(len(folds))]
        steps = [
            self._step(fold, worker_factory, part) for fold, part in zip(folds, parts, strict=True)
        ]
        curve = stitch_curves([step.curve for step in steps])
        run = MetricInput(curve=curve, risk_free=self.config.risk_free)
        sharpes = self.trials.sharpes(self.config.strategy, self.config.instrument)
        return WalkForwardOutcome(
            names=self.space.names,
            steps=steps,
            curve=curve,
            metrics={name: METRICS[name](run) for name in CURVE_METRICS},
            efficiency=efficiency_of(steps),
            selection_bias=selection_bias_of(run, sharpes),
        )

    def _step(
        self, fold: WalkForwardFold, worker_factory: WorkerFactory, monitor: RunMonitor
    ) -> WalkForwardStep:
        config = self._within(fold.train)
        try:
            sweep = prepare_sweep(self.engine, config, self.space, (*SWEPT, self.objective.metric))
        except NothingDecided:
            return self._untraded_step(fold)
        searcher = self.search(self.space)
        with worker_factory.open_pool(sweep.evaluator) as worker_pool:
            outcome = SweepRunner(
                sweep_key=sweep.sweep_key,
                objective=self.objective,
                metrics=frozenset(sweep.evaluator.metrics),
                trials=self.trials,
                timeframe=self.config.timeframe,
            ).run(searcher, worker_pool, monitor)
        best = outcome.table.best(self.objective)
        point = best[0].point if best else None
        curve, measured = self._test(fold, point)
        return WalkForwardStep(
            fold=fold,
            point=point,
            trials=len(outcome.table.rows),
            train=best[0].trial.metrics if best else {},
            test=measured,
            curve=curve,
        )

    def _untraded_step(self, fold: WalkForwardFold) -> WalkForwardStep:
        """Return a step without trials: the account does not trade."""
        curve, _ = self._test(fold, None)
        return WalkForwardStep(fold=fold, point=None, trials=0, train={}, test={}, curve=curve)

    def _test(
        self, fold: WalkForwardFold, point: Point | None
    ) -> tuple[EquityCurve, Mapping[str, Value]]:
        if point is None:
            return _flat_curve(fold.test, float(self.config.capital)), {}
        parameters = self.space.parameters(point)
        config = self._within(fold.test).model_copy(update={"parameters": parameters})
        prepared = self.engine.prepare(config)
        run = prepared.run(prepared.strategy({})).run
        metric_names = dict.fromkeys([*SWEPT, self.objective.metric])
        return run.curve, {name: METRICS[name](run) for name in metric_names}

    def _within(self, span: TimeSpan) -> BacktestConfig:
        update = {"start": span.start, "end": span.end, "drill_down": False}
        return self.config.model_copy(update=update)


def efficiency_of(steps: Sequence[WalkForwardStep]) -> Value:
    """Return the daily return of all tests divided by that of all trainings."""
    taken = [step for step in steps if step.point is not None]
    inside = _a_day([(step.fold.train, step.train.get("total_return")) for step in taken])
    outside = _a_day([(step.fold.test, step.test.get("total_return")) for step in taken])
    return ratio(outside, inside) if inside is not None and inside > 0 else None


def _a_day(parts: Sequence[tuple[TimeSpan, Value]]) -> Value:
    defined = [(span, value) for span, value in parts if value is not None]
    seconds = sum((span.end - span.start).total_seconds() for span, _ in defined)
    return ratio(sum(value for _, value in defined) * 86_400, seconds)


def _flat_curve(span: TimeSpan, equity: float) -> EquityCurve:
    return EquityCurve(np.array([to_us(span.start), to_us(span.end)]), np.array([equity, equity]))


def stitch_curves(curves: Sequence[EquityCurve]) -> EquityCurve:
    """Chain consecutive curves: each is scaled to start at the end of the one before.

    The result is the equity of an account that reinvests everything. Raises ValueError for no
    curves, or for curves that overlap.
    """
    if not curves:
        raise ValueError("no equity curve to stitch")
    times, equity = [curves[0].time_us], [curves[0].equity]
    for curve in curves[1:]:
        if curve.time_us[0] < times[-1][-1]:
            raise ValueError("equity curves overlap: a time span would count twice")
        scale = equity[-1][-1] / curve.equity[0]
        times.append(curve.time_us[1:])
        equity.append(curve.equity[1:] * scale)
    return EquityCurve(np.concatenate(times), np.concatenate(equity))
