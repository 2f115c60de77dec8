"""The window checks: a decision depends on its candles alone.

Neither on what was evaluated before, nor on the part of history that it is made on.
"""

import numpy as np

from strategies.evaluation import decide_rows, reason_at
from strategies.frame import StrategyFrame
from strategies.signals import Direction
from strategies.verification.report import (
    StrategyVerificationCheck,
    StrategyVerificationFinding,
    candle_label,
)
from strategies.verification.trial import CandleDecisions, StrategyVerificationTrial
from strategies.window import ANCHOR_CANDLES, Window, build_window


def check_repeat(
    trial: StrategyVerificationTrial, decisions: CandleDecisions
) -> StrategyVerificationCheck:
    """Evaluate again, with one instance and with new ones, in another order, and compare."""
    one = trial.make()
    same_instance = StrategyVerificationTrial(lambda: one, trial.candles, trial.second)
    windows = trial.windows()
    backwards = [trial.directions(window) for window in reversed(windows)][::-1]
    rows = [slice(window.first, window.stop) for window in windows]
    repeats = {
        "evaluated again": trial.decisions().directions,
        "evaluated twice by one instance": same_instance.decisions().directions,
        "evaluated in reverse order of windows": np.concatenate(
            [directions[row] for directions, row in zip(backwards, rows, strict=True)]
        ),
    }
    findings = [
        StrategyVerificationFinding(
            f"{how}, {np.count_nonzero(directions != decisions.directions)} decisions differ"
        )
        for how, directions in repeats.items()
        if not np.array_equal(directions, decisions.directions)
    ]
    rule = "equal candles give equal decisions"
    return StrategyVerificationCheck("repeat", rule, len(repeats), tuple(findings))


def check_live(
    trial: StrategyVerificationTrial, lengths: int, rng: np.random.Generator
) -> StrategyVerificationCheck:
    """Compare live windows, which end at some row, with the full ones, bit for bit."""
    windows = trial.windows()
    findings = []
    for number in range(lengths):
        window = windows[number % len(windows)]
        row = _choose_last_row(window, number // len(windows), rng)
        finding = _compare_live(trial, window, row)
        if finding is not None:
            findings.append(finding)
    rule = "the decision at a candle's close equals the backtest's, bit for bit"
    return StrategyVerificationCheck("live", rule, lengths, tuple(findings))


def _choose_last_row(window: Window, number: int, rng: np.random.Generator) -> int:
    edges = (window.first, window.stop - 1, window.first + 1)
    return (
        edges[number]
        if number < len(edges) and edges[number] < window.stop
        else int(rng.integers(window.first, window.stop))
    )


def _compare_live(
    trial: StrategyVerificationTrial, window: Window, row: int
) -> StrategyVerificationFinding | None:
    live_candles = window.candles.take(slice(window.missing, row + 1))
    live_window = build_window(live_candles, window.anchor, window.first)
    full, live = trial.frame(window), trial.frame(live_window)
    past = slice(0, row + 1)
    different = [name for name in full.columns if not _same_bits(full, live, name, past)]
    changed = decide_rows(trial.make(), full)[past] != decide_rows(trial.make(), live)[past]
    when = f"at candle {candle_label(full.open_time[row])}"
    if different or changed.any():
        message = f"{when}, the live decision differs from the backtest's"
        return StrategyVerificationFinding(
            message, tuple(f"indicator {name}" for name in different)
        )
    if trial.requires_reason(window, decide_rows(trial.make(), full), row):
        reasons = [reason_at(trial.make(), frame, row) for frame in (full, live)]
        if reasons[0] != reasons[1]:
            return StrategyVerificationFinding(
                f"{when}, the reason in a backtest is {reasons[0]!r}, live {reasons[1]!r}"
            )
    return None


def _same_bits(full: StrategyFrame, live: StrategyFrame, name: str, past: slice) -> bool:
    return full.columns[name][past].tobytes() == live.columns[name][past].tobytes()


def check_anchors(
    trial: StrategyVerificationTrial, decisions: CandleDecisions
) -> StrategyVerificationCheck:
    """Move all anchors by half a window and compare."""
    hint = "it has state older than its warm-up (return HOLD instead) or counts rows"
    findings = _differences(decisions, trial.decisions(ANCHOR_CANDLES // 2), hint)
    rule = "no decision depends on the start of its window"
    return StrategyVerificationCheck("anchors", rule, 1, findings)


def check_history(
    trial: StrategyVerificationTrial, decisions: CandleDecisions, rng: np.random.Generator
) -> StrategyVerificationCheck:
    """Start the history later, at some rows, and compare the decisions that still count."""
    starts = [int(start) for start in rng.integers(1, len(trial.candles) // 2, 4)]
    hint = (
        "its warm-up is too short (declare `lookback`), it turns NaN into numbers, it counts rows, "
        "or it has state (return HOLD instead)"
    )
    findings = [
        finding
        for start in starts
        for finding in _differences(decisions.after(start), trial.later(start).decisions(), hint)
    ]
    rule = "no decision after the warm-up depends on the start of the history"
    return StrategyVerificationCheck("warm-up", rule, len(starts), tuple(dict.fromkeys(findings)))


def _differences(
    one: CandleDecisions, other: CandleDecisions, hint: str
) -> tuple[StrategyVerificationFinding, ...]:
    changed = (one.directions != other.directions) & one.counts & other.counts
    if not changed.any():
        return ()
    row = int(np.argmax(changed))
    first, second = (Direction(int(decisions.directions[row])).name for decisions in (one, other))
    count = np.count_nonzero(changed)
    when = candle_label(one.open_time[row])
    what = f"the decision at candle {when} is"
    if count > 1:
        what = f"{count} decisions differ, the first at candle {when}:"
    return (StrategyVerificationFinding(f"{what} {first} or {second}; {hint}"),)
