"""The evaluation of a strategy over history, and its report."""

import json
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import cast

import msgspec
import numpy as np
import typer
from rich.table import Table

from data import CandleFrame, InstrumentId, Timeframe, TimeSpan, from_datetime64, to_datetime64
from data.ports import CandleRepository, OnProgress
from scripts.cli.options.parsers import json_object
from scripts.cli.progress import bar
from scripts.cli.tables import print_table
from scripts.composition.strategies import strategies_named
from strategies.frame_reader import FrameReader, frames_for
from strategies.hosts.registry import StrategyRegistry
from strategies.replay import EvaluationSession, replay_evaluations
from strategies.strategy_handle import ConfiguredStrategy
from strategies.target_evaluation import TargetChange
from strategies.warmup import describe_warmup, first_warm_time
from utils.codec import encode
from utils.errors import ConfigError


class SignalLine(msgspec.Struct, frozen=True, kw_only=True):
    """One change of target."""

    close_time: datetime
    direction: str
    reason: str


class RunReport(msgspec.Struct, frozen=True, kw_only=True):
    """The signals of a strategy; `last_signals` are the newest, oldest first."""

    strategy: str
    parameters: str
    instrument: str
    timeframe: Timeframe
    first_time: datetime
    last_time: datetime
    candles: int
    warnings: list[str]
    signals: dict[str, int]
    last_signals: list[SignalLine]


class StrategyRun:
    """A run of a strategy through history, with counts."""

    def __init__(self, strategy: ConfiguredStrategy, last: int) -> None:
        self.strategy = strategy
        self.candles = 0
        self.directions: Counter[str] = Counter()
        self.last: deque[SignalLine] = deque(maxlen=last)

    def over(
        self,
        candles: CandleRepository,
        series: tuple[InstrumentId, Timeframe],
        span: TimeSpan,
        reader: type[FrameReader],
    ) -> Iterator[TargetChange]:
        """Yield the changes of target at the candles that open in a span."""
        session = EvaluationSession(started_from=span.start, evaluated_to=span.end)
        frames, second_frames = frames_for(self.strategy, candles, series, span, reader)
        with bar(self.strategy.name) as on_progress:
            reported = self._with_progress(frames, span, on_progress)
            for evaluation in replay_evaluations(self.strategy, reported, session, second_frames):
                yield from evaluation.changes

    def record(self, change: TargetChange) -> SignalLine:
        """Count a change."""
        name = change.direction.name
        line = SignalLine(close_time=change.close_time, direction=name, reason=change.reason)
        self.directions[name] += 1
        self.last.append(line)
        return line

    def _with_progress(
        self, frames: Iterable[CandleFrame], span: TimeSpan, on_progress: OnProgress
    ) -> Iterator[CandleFrame]:
        for frame in frames:
            yield frame
            in_span = frame.open_time >= to_datetime64(span.start)
            self.candles += int((in_span & frame.traded).sum())
            read_to = from_datetime64(cast(np.datetime64, frame.open_time[-1]))
            on_progress(max((read_to - span.start) / (span.end - span.start), 0.0))


def strategy_of(target: str, registry: StrategyRegistry, parameters: str) -> ConfiguredStrategy:
    """Return the only strategy of a file, or the one of a name. Raises ConfigError."""
    types, problems = strategies_named(target, registry)
    if problems or len(types) != 1:
        names = ", ".join(each.name for each in types)
        problem = "; ".join(map(str, problems)) or f"holds more than one strategy: {names}"
        raise ConfigError(target, problem=problem)
    return types[0].configure(json_object("--parameters", parameters))


def write_signals(run: StrategyRun, changes: Iterable[TargetChange], file: Path | None) -> None:
    """Record every change of target, and write it to a file if one is given. Raises OSError."""
    if file is None:
        for change in changes:
            run.record(change)
        return
    with file.open("wb") as lines:
        for change in changes:
            lines.write(encode(run.record(change)) + b"\n")


def warnings_on(
    strategy: ConfiguredStrategy,
    candles: CandleRepository,
    series: tuple[InstrumentId, Timeframe],
    span: TimeSpan,
    reader: type[FrameReader],
) -> list[str]:
    """Return a warning if the warm-up of either timeframe leaves no candle to decide."""
    if first_warm_time(strategy, *frames_for(strategy, candles, series, span, reader)) is not None:
        return []
    frames, second_frames = frames_for(strategy, candles, series, span, reader)
    count, second_count = sum(map(len, frames)), sum(map(len, second_frames))
    return [f"{describe_warmup(strategy, series[1], count, second_count)}: none was decided"]


def report_of(
    run: StrategyRun, series: tuple[InstrumentId, Timeframe], span: TimeSpan, warnings: list[str]
) -> RunReport:
    """Return the report of a run."""
    return RunReport(
        strategy=run.strategy.name,
        parameters=run.strategy.signal_parameters,
        instrument=str(series[0]),
        timeframe=series[1],
        first_time=span.start,
        last_time=span.end,
        candles=run.candles,
        warnings=warnings,
        signals=dict(run.directions),
        last_signals=list(run.last),
    )


def show_report(report: RunReport) -> None:
    """Print a report."""
    for warning in report.warnings:
        typer.echo(f"warning: {warning}")
    given = json.loads(report.parameters)
    shown = ", ".join(f"{name} {value}" for name, value in given.items())
    title = f"{report.strategy} ({shown}) on {report.instrument} {report.timeframe}"
    table = Table("candle closed", "target", "because", title=title)
    for line in report.last_signals:
        table.add_row(f"{line.close_time:%Y-%m-%d %H:%M:%SZ}", line.direction, line.reason)
    print_table(table)
    counts = ", ".join(f"{count:,} {name}" for name, count in report.signals.items())
    typer.echo(f"{report.candles:,} candles: {counts or 'no signal'}")
