"""The look-ahead check: no decision may change when later candles change."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from strategies.evaluation import decide_rows, reason_at
from strategies.frame import StrategyFrame
from strategies.indicators import Column
from strategies.signals import Direction, Directions
from strategies.verification.future_mutation import FutureScenario, delay_future, mutate_future
from strategies.verification.report import (
    StrategyVerificationCheck,
    StrategyVerificationFinding,
    candle_label,
)
from strategies.verification.trial import StrategyVerificationTrial
from strategies.window import Window, close_times_of


@dataclass(frozen=True, slots=True, eq=False)
class _Cut:
    """A window known up to and including `row`, and another future after it."""

    window: Window
    row: int
    future: FutureScenario
    seed: int


def check_future(
    trial: StrategyVerificationTrial, cuts: int, rng: np.random.Generator
) -> StrategyVerificationCheck:
    """Mutate all candles after random rows and compare the decisions before."""
    windows = trial.windows()
    findings = []
    for number in range(cuts):
        window = windows[number % len(windows)]
        directions = trial.directions(window)
        row = _choose_row(window, directions, rng, near_event=number % 2 == 0)
        future = list(FutureScenario)[number % len(FutureScenario)]
        cut = _Cut(window, row, future, int(rng.integers(2**32)))
        finding = _compare(trial, cut, directions)
        if finding is not None:
            findings.append(finding)
    rule = "no decision and no reason depends on later candles"
    return StrategyVerificationCheck("look-ahead", rule, cuts, tuple(findings))


def _choose_row(
    window: Window, directions: Directions, rng: np.random.Generator, *, near_event: bool
) -> int:
    """Choose a row; `near_event`: one where the direction changes, or the one before."""
    events = (
        np.flatnonzero((directions[1:] != directions[:-1]) & (directions[1:] != Direction.HOLD)) + 1
    )
    events = events[(events > window.first) & (events < window.stop - 1)]
    if near_event and len(events):
        return int(rng.choice(events) - rng.integers(0, 2))
    return int(rng.integers(window.missing, window.stop))


def _compare(
    trial: StrategyVerificationTrial, cut: _Cut, directions: Directions
) -> StrategyVerificationFinding | None:
    frame = _frame_with_mutated_future(trial, cut)
    past = slice(0, cut.row + 1)
    true_frame = trial.frame(cut.window)
    cut_off = f"changed when only candles after {candle_label(true_frame.open_time[cut.row])} did"
    changed = np.flatnonzero(decide_rows(trial.make(), frame)[past] != directions[past])
    if len(changed):
        when = candle_label(true_frame.open_time[changed[-1]])
        what = "the decision" if len(changed) == 1 else f"{len(changed)} decisions, the last one"
        causes = _find_causes(trial, true_frame, frame, cut.row)
        return StrategyVerificationFinding(f"{what} at candle {when} {cut_off}", causes)
    if trial.requires_reason(cut.window, directions, cut.row):
        one, other = (reason_at(trial.make(), each, cut.row) for each in (true_frame, frame))
        if one != other:
            return StrategyVerificationFinding(f"the reason {one!r} {cut_off}: {other!r}")
    return None


def _frame_with_mutated_future(trial: StrategyVerificationTrial, cut: _Cut) -> StrategyFrame:
    candles = mutate_future(cut.window.candles, cut.row + 1, cut.future, cut.seed)
    if trial.make().gaps == "skip":
        candles = delay_future(candles, cut.row + 1, cut.seed)
    window = replace(cut.window, candles=candles)
    if trial.second is None:
        return trial.frame(window)
    closed = cut.window.close_times[cut.row]
    cut_off = int(np.searchsorted(close_times_of(trial.second), closed, side="right"))
    second = mutate_future(trial.second, cut_off, cut.future, cut.seed + 1)
    return replace(trial, second=second).frame(window)


def _find_causes(
    trial: StrategyVerificationTrial, true: StrategyFrame, other: StrategyFrame, row: int
) -> tuple[str, ...]:
    """Name the causes of a look-ahead: indicators that changed, else the columns read ahead."""
    past = slice(0, row + 1)
    values = [
        f"indicator {name}"
        for name, column in _all_columns(true).items()
        if not np.array_equal(column[past], _all_columns(other)[name][past], equal_nan=True)
    ]
    if values:
        return tuple(values)
    directions = decide_rows(trial.make(), true)[past]
    changed_columns = [
        f"column {name}"
        for name, mixed in _replace_each_column(true, other)
        if not np.array_equal(decide_rows(trial.make(), mixed)[past], directions)
    ]
    return tuple(changed_columns)


def _all_columns(frame: StrategyFrame) -> dict[str, Column]:
    second = {} if frame.second is None else frame.second.columns
    return {**frame.columns, **{f"second.{name}": column for name, column in second.items()}}


def _replace_each_column(
    true: StrategyFrame, other: StrategyFrame
) -> Iterator[tuple[str, StrategyFrame]]:
    """Yield the true frame with one column at a time taken from the other."""
    yield "open_time", replace(true, open_time=other.open_time)
    for name in true.columns:
        yield name, replace(true, columns={**true.columns, name: other.columns[name]})
    if true.second is None or other.second is None:
        return
    for name in true.second.columns:
        columns = {**true.second.columns, name: other.second.columns[name]}
        yield f"second.{name}", replace(true, second=replace(true.second, columns=columns))
