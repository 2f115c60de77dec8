"""Engine that runs backtests over stored history."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import msgspec

from backtesting.config import BacktestConfig
from backtesting.data.history import BacktestScope
from backtesting.data.intrabar import IntrabarData
from backtesting.data.loader import MAX_ROWS_IN_MEMORY, LoadedHistory, load
from backtesting.data.stored import HistorySource, MarketStore
from backtesting.monitor import UNMONITORED, RunMonitor
from backtesting.record import Digests
from backtesting.run.benchmark import buy_and_hold
from backtesting.run.prepared import PreparedBacktest
from backtesting.run.reconciliation import reconcile
from backtesting.run.result import BacktestResult
from backtesting.run.warmup import find_trading_start, longest_traded_warmup
from data import Instrument, TimeSpan
from strategies.hosts.registry import StrategyRegistry
from strategies.strategy_handle import ConfiguredStrategy
from utils.compiled_cache import sources_digest
from utils.errors import ConfigError

CODE = ("data/market", "strategies", "bot_manager/trading", "backtesting", "utils")
"""The folders whose modules may change a result."""
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class BacktestingEngine:
    """Runs configurations on stored market data, with the strategies of a registry."""

    market: MarketStore
    registry: StrategyRegistry
    max_rows_in_memory: int = MAX_ROWS_IN_MEMORY

    def run(self, config: BacktestConfig, monitor: RunMonitor = UNMONITORED) -> BacktestResult:
        """Run one backtest. Raises ConfigError, BacktestError, DataError, ExternalServiceError."""
        prepared = self.prepare(config, monitor=monitor.between(0.0, 0.7))
        return self.finish(prepared, monitor.between(0.7, 1.0))

    def prepare(
        self,
        config: BacktestConfig,
        variants: Sequence[ConfiguredStrategy] = (),
        monitor: RunMonitor = UNMONITORED,
    ) -> PreparedBacktest:
        """Load the history for a configuration and for `variants` of its strategy to be run.

        Where the warm-up reaches into the span, the run starts after it (`find_trading_start`).
        Raises ConfigError before anything is read, NothingDecided where the warm-up leaves nothing.
        """
        strategy_type = self.registry.find(config.strategy)
        strategy = strategy_type.configure(config.parameters)
        config = config.with_parameters(strategy)
        strategy.require_timeframe(config.timeframe)
        config.account(strategy)
        scope = scope_of(config, self._instrument(config))
        source = HistorySource(self.market, scope, config.resolution, scope.gaps_for(strategy))
        loaded = self._load(source, [strategy, *variants], config.max_missing, monitor)
        scope = loaded.history.scope
        market, scales = self.market, loaded.history.scales
        intrabar = IntrabarData(
            market.candles, market.trades, market.holes, scope.instrument.id, scales
        )
        return PreparedBacktest(
            config=config,
            strategy_type=strategy_type,
            loaded=loaded,
            benchmark=buy_and_hold(config.account(strategy), loaded.history),
            intrabar=intrabar if config.drill_down else None,
        )

    def _load(
        self,
        source: HistorySource,
        strategies: Sequence[ConfiguredStrategy],
        max_missing: float,
        monitor: RunMonitor,
    ) -> LoadedHistory:
        """Read a history whose span starts where the strategies are warm."""
        requested = source.scope
        loaded = load(source, strategies, max_missing, monitor, self.max_rows_in_memory)
        start = find_trading_start(strategies, loaded.history)
        if start > requested.span.start:
            scope = replace(requested, span=TimeSpan(start, requested.span.end))
            moved = replace(source, scope=scope)
            loaded = load(moved, strategies, max_missing, monitor, self.max_rows_in_memory)
        quality = msgspec.structs.replace(
            loaded.quality,
            warmup=longest_traded_warmup(strategies, loaded.history),
            warmup_in_span=(start - requested.span.start) // requested.timeframe.duration,
        )
        return replace(loaded, quality=quality)

    def digests(self, prepared: PreparedBacktest) -> tuple[str, str, str]:
        """Return the digests known before a run: configuration, data and code."""
        code = f"{code_digest()}-{prepared.strategy_type.version}"
        return prepared.config.digest(), prepared.loaded.digest, code

    def finish(
        self, prepared: PreparedBacktest, monitor: RunMonitor = UNMONITORED
    ) -> BacktestResult:
        """Run a prepared backtest and reconcile its ledger."""
        outcome = prepared.run(prepared.strategy({}), monitor)
        history, intrabar = prepared.history, prepared.intrabar
        scope = history.scope
        config, data, code = self.digests(prepared)
        return BacktestResult(
            config=prepared.config,
            instrument=scope.instrument,
            scales=history.scales,
            digests=Digests(
                config=config,
                data=data,
                code=code,
                intrabar="" if intrabar is None else intrabar.digest(),
                outcome=outcome.digest(),
            ),
            quality=prepared.loaded.quality,
            outcome=outcome,
            metrics=outcome.metrics(),
            reconciled=reconcile(outcome.ledger, history.scales, scope.start_us, scope.end_us),
            history=history,
        )

    def _instrument(self, config: BacktestConfig) -> Instrument:
        stored = self.market.instruments.get(config.instrument_id)
        if stored is not None:
            return stored
        if config.steps is not None:
            return config.steps.instrument(config.instrument_id)
        raise ConfigError(
            "backtest",
            field="instrument",
            problem=f"the steps of {config.instrument} are unknown: collect it, or set `steps`",
        )


def scope_of(config: BacktestConfig, instrument: Instrument) -> BacktestScope:
    """Return a backtest's scope, of whole candles only. Raises ConfigError."""
    start, end = config.timeframe.ceil(config.start), config.timeframe.floor(config.end)
    if start >= end:
        problem = f"contains no complete {config.timeframe} candle"
        raise ConfigError("backtest", field="start, end", problem=problem)
    return BacktestScope(
        instrument=instrument,
        timeframe=config.timeframe,
        span=TimeSpan(start, end),
        gaps=config.gaps,
    )


@cache
def code_digest(root: Path = _ROOT) -> str:
    """Return a digest of everything that may change a result: our sources, numba and Python.

    The processor is not included: signals depend on floating point and may differ on another.
    """
    digest = hashlib.blake2b(sources_digest(root).encode(), digest_size=16)
    for folder in CODE:
        for path in sorted((root / folder).rglob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()
