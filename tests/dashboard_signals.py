"""The output of the strategy engine for a small market."""

import inspect
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from data import CandleFrame, InstrumentId, Timeframe, from_datetime64
from strategies import Direction, Group, Signal, Strategy
from strategies.built_in import built_in_sources
from strategies.evaluation import evaluate, frame_of
from strategies.group_progress import GroupAdvance, Skip
from strategies.requests import RequestStatus, SignalRequest
from strategies.signals import changes_of, targets_of
from strategies.strategy_files import (
    FileProblem,
    StrategyFacts,
    StrategyFile,
    StrategyVerificationResult,
)
from strategies.topics import SIGNALS, SignalsAdvanced
from strategies.window import windows_of
from tests.dashboard_world import BTC, World

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def library_files() -> list[StrategyFile]:
    """Return the built-in strategies as the engine reports them."""
    return [
        StrategyFile(
            path=f"strategies/library/{source.path.name}",
            version=source.version,
            seen_at=NOW,
            built_in=True,
            strategies=(
                StrategyFacts(
                    name=source.name,
                    title=source.kind.title,
                    description=inspect.cleandoc(source.kind.__doc__ or ""),
                    line=source.line,
                    parameters=json.dumps(source.kind.model_json_schema()),
                ),
            ),
        )
        for source in built_in_sources().values()
    ]


def a_broken_file() -> StrategyFile:
    """Return a user's file that does not load."""
    problem = FileProblem(line=12, message="NameError: name 'emma' is not defined")
    return StrategyFile(
        path=str(Path("user_strategies") / "my_first.py"),
        version="0123456789abcdef",
        seen_at=NOW,
        problems=(problem,),
    )


def a_failed_verification(strategy: str = "EmaCrossover") -> StrategyVerificationResult:
    """Return the failed verification of a strategy that looks ahead."""
    report = ("looks ahead at 2026-11-21 10:04:", "changed with the candle behind it")
    return StrategyVerificationResult(
        strategy=strategy,
        version="v1",
        parameters="{}",
        passed=False,
        report=report,
        verified_at=NOW,
    )


def evaluate_strategy(
    world: World, strategy: str, parameters: dict[str, object], requester: str
) -> Group:
    """Evaluate a strategy on all stored minutes of BTC; return its group."""
    now = datetime.now(UTC)
    built = built_in_sources()[strategy].kind(**parameters)
    version = built_in_sources()[strategy].version
    group = _group(BTC, strategy, version, built.signal_parameters())
    frame = world.candles.frame(BTC, Timeframe.M1, now - timedelta(days=2), now)
    started = from_datetime64(frame.open_time[0])
    end = from_datetime64(frame.open_time[-1]) + Timeframe.M1.duration
    request(world, group, requester, json.dumps(parameters))
    world.signals.begin(group, started)
    found = _signals_of(group, built, frame)
    world.signals.commit(
        [GroupAdvance(group=group, evaluated_from=started, evaluated_to=end, signals=tuple(found))]
    )
    answer(world, group, requester)
    return group


def _signals_of(group: Group, strategy: Strategy, frame: CandleFrame) -> list[Signal]:
    found = []
    before = Direction.FLAT
    for window in windows_of([frame], strategy.warmup(frame.timeframe)):
        seen = frame_of(strategy, window, None)
        targets = targets_of(evaluate(strategy, window), before)
        for row in changes_of(targets, before):
            at = window.first + int(row)
            found.append(
                Signal(
                    group=group,
                    close_time=from_datetime64(window.close_times[at]),
                    direction=Direction(int(targets[row])),
                    reason=strategy.reason(seen, at),
                    window_digest=window.digest(at),
                )
            )
        before = Direction(int(targets[-1]))
    return found


def _group(instrument: InstrumentId, strategy: str, version: str, parameters: str) -> Group:
    return Group(
        instrument=instrument,
        timeframe=Timeframe.M1,
        strategy=strategy,
        version=version,
        parameters=parameters,
    )


def request(world: World, group: Group, requester: str, parameters: str = "{}") -> None:
    """Request a group."""
    pending = SignalRequest(
        requester=requester,
        instrument=group.instrument,
        timeframe=group.timeframe,
        strategy=group.strategy,
        parameters=parameters,
    )
    world.requests.put([pending])


def answer(world: World, group: Group | None, requester: str, problem: str = "") -> None:
    """Answer a request as the engine does."""
    pending = next(each for each in world.requests.all() if each.request.requester == requester)
    published = RequestStatus(request=pending.request, group=group, problem=problem)
    world.requests.save_statuses([published])


def publish_signal(
    world: World, group: Group, close_time: datetime, direction: Direction, reason: str
) -> None:
    """Store a signal of a group, and publish it."""
    signal = Signal(
        group=group,
        close_time=close_time,
        direction=direction,
        reason=reason,
        window_digest="cd34",
    )
    _advance(world, group, close_time, (signal,), ())


def skip(world: World, group: Group, close_time: datetime, reason: str) -> None:
    """Store a skip of a group, and publish it."""
    skipped = Skip(first_close_time=close_time, last_close_time=close_time, reason=reason)
    _advance(world, group, close_time, (), (skipped,))


def _advance(
    world: World,
    group: Group,
    to: datetime,
    signals: tuple[Signal, ...],
    skips: tuple[Skip, ...],
) -> None:
    status = world.signals.group(group)
    assert status is not None
    advance = GroupAdvance(
        group=group,
        evaluated_from=status.evaluated_to,
        evaluated_to=max(to, status.evaluated_to),
        signals=signals,
        skips=skips,
    )
    world.signals.commit([advance])
    published = SignalsAdvanced(instrument=group.instrument, advances=[advance])
    world.bus.publish(SIGNALS, str(group.instrument), published)
