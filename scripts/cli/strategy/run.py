"""Run a strategy over stored candles, of any span, in constant memory."""

import json
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, cast

import msgspec
import numpy as np
import typer
from rich.table import Table

from data import CandleFrame, InstrumentId, Timeframe, TimeSpan, from_datetime64, to_datetime64
from data.ports import CandleRepository
from scripts.cli.exits import ExitCode, exit_on_error
from scripts.cli.options.instruments import (
    From,
    Name,
    To,
    bounds_given,
    instrument_named,
    span_within,
)
from scripts.cli.options.parsers import MAX_ROWS, json_object
from scripts.cli.options.standard import AsJson, DataDir
from scripts.cli.progress import bar
from scripts.cli.strategy.verify import types_of
from scripts.cli.tables import print_table
from scripts.composition.location import existing_store
from scripts.composition.strategies import open_command_registry
from strategies.configured import ConfiguredStrategy
from strategies.frame_reader import AnnouncedReader, FrameReader, frames_for
from strategies.replay import EvaluationSession, replay
from strategies.sandbox.registry import StrategyRegistry
from strategies.target_evaluation import TargetChange
from strategies.warmup import describe_warmup, first_warm_time
from utils.codec import encode
from utils.errors import ConfigError

_EXAMPLE = (
    "Example: uv run truetape strategy run EmaCrossover okx:BTC-USDT --timeframe 1h "
    """--parameters '{"fast": 10}'"""
)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


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
        with bar(self.strategy.name) as watch:
            reported = self._with_progress(frames, span, watch)
            for evaluation in replay(self.strategy, reported, session, second_frames):
                yield from evaluation.changes

    def record(self, change: TargetChange) -> SignalLine:
        """Count a change."""
        name = change.direction.name
        line = SignalLine(close_time=change.close_time, direction=name, reason=change.reason)
        self.directions[name] += 1
        self.last.append(line)
        return line

    def _with_progress(
        self, frames: Iterable[CandleFrame], span: TimeSpan, watch: Callable[[float], None]
    ) -> Iterator[CandleFrame]:
        for frame in frames:
            yield frame
            in_span = frame.open_time >= to_datetime64(span.start)
            self.candles += int((in_span & frame.traded).sum())
            read_to = from_datetime64(cast(np.datetime64, frame.open_time[-1]))
            watch(max((read_to - span.start) / (span.end - span.start), 0.0))


@app.command(epilog=_EXAMPLE)
def main(
    target: Annotated[str, typer.Argument(metavar="FILE|NAME", help="A .py file, or a class.")],
    name: Name,
    timeframe: Annotated[Timeframe, typer.Option()] = Timeframe.M1,
    parameters: Annotated[str, typer.Option(help="Other than the defaults, as JSON.")] = "{}",
    folder: Annotated[Path, typer.Option(help="Where your own strategies are.")] = Path(
        "user_strategies"
    ),
    start: From = None,
    end: To = None,
    announced: Annotated[
        bool, typer.Option("--announced/--best", help="As first stored, or as known today.")
    ] = False,
    last: Annotated[
        int, typer.Option(min=0, max=MAX_ROWS, help="How many of the last signals to show.")
    ] = 20,
    signals: Annotated[
        Path | None, typer.Option(help="Write all signals there, a JSON object a line.")
    ] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Decide every stored candle of a span, as the strategy engine would have."""
    with exit_on_error(), open_command_registry(folder) as registry:
        strategy = strategy_of(target, registry, parameters)
        strategy.require_timeframe(timeframe)
        series = (instrument_named(name), timeframe)
        bounds = bounds_given(start, end)
        run = StrategyRun(strategy, last)
        with existing_store(data_dir) as store:
            span = span_within(store.candles, *series, bounds)
            reader = AnnouncedReader if announced else FrameReader
            _write(run, run.over(store.candles, series, span, reader), signals)
            warnings = _warnings(strategy, store.candles, series, span, reader)
    report = _report(run, series, span, warnings)
    if as_json:
        typer.echo(encode(report).decode())
    else:
        _show(report)
    raise typer.Exit(ExitCode.OK)


def strategy_of(target: str, registry: StrategyRegistry, parameters: str) -> ConfiguredStrategy:
    """Return the only strategy of a file, or the one of a name. Raises ConfigError."""
    types, problems = types_of(target, registry)
    if problems or len(types) != 1:
        names = ", ".join(each.name for each in types)
        problem = "; ".join(map(str, problems)) or f"holds more than one strategy: {names}"
        raise ConfigError(target, problem=problem)
    return types[0].configure(json_object("--parameters", parameters))


def _write(run: StrategyRun, changes: Iterable[TargetChange], file: Path | None) -> None:
    if file is None:
        for change in changes:
            run.record(change)
        return
    with file.open("wb") as lines:
        for change in changes:
            lines.write(encode(run.record(change)) + b"\n")


def _warnings(
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


def _report(
    run: StrategyRun, series: tuple[InstrumentId, Timeframe], span: TimeSpan, warnings: list[str]
) -> RunReport:
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


def _show(report: RunReport) -> None:
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
