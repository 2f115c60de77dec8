"""Run backtests over stored history."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec

from backtesting.benchmark import buy_and_hold
from backtesting.config import BacktestConfig
from backtesting.finer import StoredFinerData
from backtesting.history import Scene
from backtesting.loading import HELD_ROWS, Loaded, load
from backtesting.prepared import Prepared
from backtesting.reconciliation import reconcile
from backtesting.record import Digests
from backtesting.result import BacktestResult
from backtesting.stored import Archive, Source
from backtesting.versions import code_digest
from backtesting.warming import longest_traded_warmup, traded_from
from backtesting.watching import UNWATCHED, Watch
from data import Instrument, TimeSpan
from strategies.configured import ConfiguredStrategy
from strategies.hosting.book import StrategyBook
from utils.errors import ConfigError


@dataclass(frozen=True, slots=True)
class BacktestingEngine:
    """Runs configurations on what an archive holds, by the strategies of a book."""

    archive: Archive
    book: StrategyBook
    held_rows: int = HELD_ROWS

    def run(self, config: BacktestConfig, watch: Watch = UNWATCHED) -> BacktestResult:
        """Run one backtest. Raises ConfigError, BacktestError, DataError, ExternalServiceError."""
        prepared = self.prepare(config, watch=watch.between(0.0, 0.7))
        return self.finish(prepared, watch.between(0.7, 1.0))

    def prepare(
        self,
        config: BacktestConfig,
        variants: Sequence[ConfiguredStrategy] = (),
        watch: Watch = UNWATCHED,
    ) -> Prepared:
        """Read what a configuration needs, and `variants` of its strategy, that will be run, too.

        Where the warm-up reaches into the span, the run begins behind it: see `traded_from`. Raises
        ConfigError before anything is read, NothingDecided where the warm-up leaves nothing.
        """
        strategy_type = self.book.find(config.strategy)
        strategy = strategy_type.configure(config.parameters)
        config = config.with_parameters(strategy)
        strategy.require_timeframe(config.timeframe)
        config.account(strategy)
        scene = scene_of(config, self._instrument(config))
        source = Source(self.archive, scene, config.resolution, scene.gaps_for(strategy))
        loaded = self._load(source, [strategy, *variants], config.max_missing, watch)
        scene = loaded.history.scene
        archive, scales = self.archive, loaded.history.scales
        finer = StoredFinerData(
            archive.candles, archive.trades, archive.holes, scene.instrument.id, scales
        )
        return Prepared(
            config=config,
            strategy_type=strategy_type,
            loaded=loaded,
            benchmark=buy_and_hold(config.account(strategy), loaded.history),
            finer=finer if config.drill_down else None,
        )

    def _load(
        self,
        source: Source,
        strategies: Sequence[ConfiguredStrategy],
        max_missing: float,
        watch: Watch,
    ) -> Loaded:
        """Read a history whose span begins where the strategies are warm."""
        asked = source.scene
        loaded = load(source, strategies, max_missing, watch, self.held_rows)
        start = traded_from(strategies, loaded.history)
        if start > asked.span.start:
            scene = replace(asked, span=TimeSpan(start, asked.span.end))
            moved = replace(source, scene=scene)
            loaded = load(moved, strategies, max_missing, watch, self.held_rows)
        quality = msgspec.structs.replace(
            loaded.quality,
            warmup=longest_traded_warmup(strategies, loaded.history),
            warmup_in_span=(start - asked.span.start) // asked.timeframe.duration,
        )
        return replace(loaded, quality=quality)

    def digests(self, prepared: Prepared) -> tuple[str, str, str]:
        """Return what names a run before it is run: configuration, data and code."""
        code = f"{code_digest()}-{prepared.strategy_type.version}"
        return prepared.config.digest(), prepared.loaded.digest, code

    def finish(self, prepared: Prepared, watch: Watch = UNWATCHED) -> BacktestResult:
        """Run what was prepared, and look through its books."""
        outcome = prepared.run(prepared.strategy({}), watch)
        history, finer = prepared.history, prepared.finer
        scene = history.scene
        config, data, code = self.digests(prepared)
        return BacktestResult(
            config=prepared.config,
            instrument=scene.instrument,
            scales=history.scales,
            digests=Digests(
                config=config,
                data=data,
                code=code,
                finer=finer.digest() if isinstance(finer, StoredFinerData) else "",
                outcome=outcome.digest(),
            ),
            quality=prepared.loaded.quality,
            outcome=outcome,
            metrics=outcome.metrics(),
            reconciled=reconcile(
                outcome.books, history.scales, scene.start_us, scene.end_us, outcome.told
            ),
            history=history,
        )

    def _instrument(self, config: BacktestConfig) -> Instrument:
        known = self.archive.instruments.get(config.instrument_id)
        if known is not None:
            return known
        if config.steps is not None:
            return config.steps.instrument(config.instrument_id)
        raise ConfigError(
            "backtest",
            field="instrument",
            problem=f"the steps of {config.instrument} are not known: collect it, or say `steps`",
        )


def scene_of(config: BacktestConfig, instrument: Instrument) -> Scene:
    """Return where a backtest takes place: whole candles only. Raises ConfigError."""
    start, end = config.timeframe.ceil(config.start), config.timeframe.floor(config.end)
    if start >= end:
        problem = f"holds no whole {config.timeframe} candle"
        raise ConfigError("backtest", field="start, end", problem=problem)
    return Scene(
        instrument=instrument,
        timeframe=config.timeframe,
        span=TimeSpan(start, end),
        gaps=config.gaps,
    )
