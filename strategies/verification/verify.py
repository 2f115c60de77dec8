"""All checks of one strategy, on synthetic or given candles."""

import hashlib
import inspect
import traceback
from collections.abc import Callable

import numpy as np

from data import CandleFrame, Timeframe
from strategies.base import Strategy
from strategies.evaluation import check_timeframes
from strategies.signals import Direction
from strategies.verification.future import check_future
from strategies.verification.purity import check_purity
from strategies.verification.report import (
    StrategyVerificationCheck,
    StrategyVerificationFinding,
    StrategyVerificationReport,
)
from strategies.verification.synthetic_market import aggregate_frame, synthetic_candles
from strategies.verification.trial import CandleDecisions, StrategyVerificationTrial
from strategies.verification.windows import (
    check_anchors,
    check_history,
    check_live,
    check_repeat,
)
from strategies.window import ANCHOR_CANDLES

CUTS = 120
LENGTHS = 50
_WINDOWS = 3
_ANSWER = "every candle has a direction, and every change a reason"


def verify(
    make: Callable[[], Strategy],
    source: str,
    *,
    candles: CandleFrame | None = None,
    second: CandleFrame | None = None,
    seed: int = 1,
) -> StrategyVerificationReport:
    """Run all checks of a strategy and return their report. Pure, but for the strategy's code.

    Without `candles` it is verified on synthetic ones. `source` is the text of its file.
    """
    kind = type(make())
    checks = [check_purity(source)]
    try:
        trial = (
            synthetic_trial(make, seed)
            if candles is None
            else StrategyVerificationTrial(make, candles, second)
        )
        checks += _checks(trial, np.random.default_rng(seed))
    except Exception as error:  # noqa: BLE001 a user's strategy may raise anything
        checks.append(
            StrategyVerificationCheck("answer", _ANSWER, 1, (_exception_finding(error, kind),))
        )
    return StrategyVerificationReport(kind.__name__, tuple(checks))


def decisions_digest(make: Callable[[], Strategy], seed: int = 1) -> str:
    """Return a digest of all decisions on synthetic candles: the same in every process."""
    decisions = synthetic_trial(make, seed).decisions()
    answers = decisions.directions.tobytes() + decisions.counts.tobytes()
    return hashlib.blake2b(answers, digest_size=16).hexdigest()


def _exception_finding(error: Exception, kind: type[Strategy]) -> StrategyVerificationFinding:
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == inspect.getfile(kind)]
    place = f"line {lines[-1]}: " if lines else ""
    return StrategyVerificationFinding(f"{place}{type(error).__name__}: {error}")


def synthetic_trial(make: Callable[[], Strategy], seed: int = 1) -> StrategyVerificationTrial:
    """Return a trial on synthetic candles of fitting timeframes, enough for some windows."""
    declared = make().second()
    timeframe = Timeframe.M1 if declared is None else _base_of(declared.timeframe)
    check_timeframes(make(), timeframe)
    rows = make().warmup(timeframe) + _WINDOWS * ANCHOR_CANDLES
    if declared is not None:
        rows += declared.warmup * declared.timeframe.seconds // timeframe.seconds
    candles = synthetic_candles(rows, timeframe, seed)
    second = None if declared is None else aggregate_frame(candles, declared.timeframe)
    if make().gaps == "flat":
        return StrategyVerificationTrial(make, candles, second)
    return StrategyVerificationTrial(
        make, _traded(candles), None if second is None else _traded(second)
    )


def _traded(candles: CandleFrame) -> CandleFrame:
    return candles.take(~candles.flat)


def _describe_decisions(decisions: CandleDecisions) -> str:
    """Describe how many candles are decided: a strategy that always holds passes every check."""
    decided = int(np.count_nonzero(decisions.counts & (decisions.directions != Direction.HOLD)))
    if not decided:
        return f"{_ANSWER}; but all {len(decisions.counts):,} are HOLD: nothing was verified"
    return f"{_ANSWER}; {decided:,} of {len(decisions.counts):,} are decided, the rest HOLD"


def _base_of(second: Timeframe) -> Timeframe:
    fitting = [
        timeframe
        for timeframe in Timeframe
        if timeframe.divides(second) and second.seconds >= 3 * timeframe.seconds
    ]
    return fitting[-1]


def _checks(
    trial: StrategyVerificationTrial, rng: np.random.Generator
) -> list[StrategyVerificationCheck]:
    """Run the checks up to the first failure: it would make the later ones fail, too."""
    decisions = trial.decisions()
    steps: tuple[Callable[[], StrategyVerificationCheck], ...] = (
        lambda: check_repeat(trial, decisions),
        lambda: check_future(trial, CUTS, rng),
        lambda: check_live(trial, LENGTHS, rng),
        lambda: check_history(trial, decisions, rng),
        lambda: check_anchors(trial, decisions),
    )
    checks = [StrategyVerificationCheck("answer", _describe_decisions(decisions), 1)]
    for step in steps:
        checks.append(step())
        if not checks[-1].passed:
            break
    return checks
