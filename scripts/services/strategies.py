"""Compute signals: evaluate every requested strategy at each closed candle."""

import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from config import Settings, load_model
from database import Database, SqlCandleRepository, SqlHistoryRequestRepository, open_bus
from database.repositories.signal_requests import SqlRequestRepository
from database.repositories.signals import SqlSignalRepository
from database.repositories.strategies import SqlStrategyRepository
from scripts.composition.database import open_process_database
from scripts.composition.process import reporting, start_logging
from scripts.composition.servers import redis_url
from strategies.config import ConfigurationFolder, StrategyConfig
from strategies.engine.engine import EngineStore, StrategyEngine
from strategies.engine.settings import EngineSettings
from strategies.requests import SignalRequest
from strategies.strategy_files import FileProblem, StrategyFile
from strategies.workers.pool import ProcessWorkers
from strategies.workers.worker import launcher
from utils.clock import Clock, SystemClock
from utils.compiled_cache import use_compiled_cache
from utils.files import FileState, folder_state
from utils.isolation import Isolation, ItemFailures
from utils.supervision import ProcessCpuMeter
from utils.telemetry.heartbeat import Heartbeat
from utils.telemetry.meters import Meters
from utils.telemetry.reporter import Vitals

log = logging.getLogger("truetape.strategies")


class ConfiguredRequests:
    """The requests of a folder's configuration files, read again when one of them changes.

    An invalid file is left out, named in `failures`, and returned with its problem; the other
    files are not affected.
    """

    def __init__(self, folder: Path, clock: Clock, failures: ItemFailures) -> None:
        self._folder = folder
        self._clock = clock
        self._isolation = Isolation("strategy configuration", clock, failures)
        self._read: dict[Path, FileState] | None = None

    def __call__(self) -> ConfigurationFolder | None:
        states = folder_state(self._folder, "*.json")
        if states == self._read:
            return None
        self._read = states
        self._isolation.keep({path.name for path in states})
        requests: list[SignalRequest] = []
        invalid: list[StrategyFile] = []
        for path in states:
            with self._isolation.attempt(path.name) as attempt:
                requests += load_model(path, StrategyConfig).requests(path.stem)
            if attempt.failed:
                problem = FileProblem(line=None, message=attempt.problem)
                invalid.append(
                    StrategyFile(
                        path=str(path), version="", seen_at=self._clock.now(), problems=(problem,)
                    )
                )
        return ConfigurationFolder(tuple(requests), tuple(invalid))


def serve(settings: Settings) -> None:
    """Compute signals until SIGTERM. Meant for a child process, too. Raises ConfigError."""
    start_logging(settings, "strategies")
    compiled = settings.folders.data_dir / "compiled"
    use_compiled_cache(compiled)
    clock, rules = SystemClock(), rules_of(settings)

    def workers(name: str, most: int) -> ProcessWorkers:
        launch = launcher(name, compiled)
        return ProcessWorkers(
            launch, clock, ProcessCpuMeter(), most=most, loading_s=rules.loading_s
        )

    evaluators, inspectors = (
        workers("strategy-worker", rules.workers),
        workers("strategy-inspector", 1),
    )
    failures = ItemFailures()
    configured = ConfiguredRequests(settings.folders.strategies_dir, clock, failures)
    meters, heartbeat = Meters(), Heartbeat(clock, rules.poll_s + 1)
    vitals = Vitals(process="strategies", meters=meters, heartbeat=heartbeat, failures=failures)
    # After an outage the engine retries by itself.
    with (
        open_process_database(settings, ping_first=False) as database,
        _open_store(settings, database) as store,
        reporting(settings, vitals, database),
    ):
        engine = StrategyEngine(
            store, evaluators, inspectors, rules, clock, configured, heartbeat, meters, failures
        )
        log.info("strategy engine starts")
        engine.run()


def rules_of(settings: Settings) -> EngineSettings:
    """Return the engine rules of the settings."""
    given = settings.strategies
    return EngineSettings(
        user_strategies=settings.folders.user_strategies_dir,
        allow_unverified=given.allow_unverified,
        history_candles=given.history_candles,
        poll_s=given.poll_s,
        budget_s=given.budget_s,
        loading_s=given.loading_s,
        verifying_s=given.verifying_s,
        workers=given.workers,
    )


@contextmanager
def _open_store(settings: Settings, database: Database) -> Iterator[EngineStore]:
    with closing(open_bus(redis_url(settings), prefix=settings.redis.prefix)) as bus:
        yield EngineStore(
            candles=SqlCandleRepository(database),
            history_requests=SqlHistoryRequestRepository(database),
            signals=SqlSignalRepository(database),
            requests=SqlRequestRepository(database),
            strategies=SqlStrategyRepository(database),
            bus=bus,
        )
