"""A bot on days: more of them than are collected, so they are downloaded, and the bot runs."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot_manager.domain.config import read_bot
from bot_manager.domain.lifecycle import BotState, LifecycleEvent
from bot_manager.domain.ports import BotStores
from bot_manager.domain.status import CommandRequest
from bot_manager.domain.versions import first_version
from bot_manager.runtime.manager import BotManager
from bot_manager.runtime.settings import BotManagerSettings
from data import InstrumentId, Timeframe
from data.collectors.config import HistoryRules, RestRules
from data.collectors.store import CollectorStore
from data.simulator import Simulator, SimulatorConfig
from database import Database, SqlHistoryRequestRepository, open_database
from database.migrate import migrate
from database.repositories.signal_requests import SqlRequestRepository
from database.repositories.signals import SqlSignalRepository
from database.repositories.strategies import SqlStrategyRepository
from scripts.composition.bots import bot_stores
from strategies.engine.engine import EngineStore, StrategyEngine
from strategies.engine.settings import EngineSettings
from tests.fakes.workers import InlineWorkers
from tests.integration.collection import SYMBOLS, a_collection, hasty_config, sql_store
from utils.clock import Clock, SystemClock

pytestmark = pytest.mark.integration

START_TIME = datetime(2026, 2, 1, 12, tzinfo=UTC)
"""When the market is read: it has days since New Year, and few behind an anchor of theirs."""
NEEDED = 8
EXCHANGE = "warming-up"


class ShiftedClock(SystemClock):
    """The machine's clock, as if it were now another day."""

    def __init__(self, now: datetime) -> None:
        self._shift = now - datetime.now(UTC)

    def now(self) -> datetime:
        return super().now() + self._shift


def an_engine(store: CollectorStore, database: Database, clock: Clock) -> StrategyEngine:
    engine_store = EngineStore(
        candles=store.candles,
        history_requests=SqlHistoryRequestRepository(database),
        signals=SqlSignalRepository(database),
        requests=SqlRequestRepository(database),
        strategies=SqlStrategyRepository(database),
        bus=store.bus,
    )
    rules = EngineSettings(poll_s=0.1)
    return StrategyEngine(engine_store, InlineWorkers(), InlineWorkers(), rules, clock)


async def test_a_bot_on_more_days_than_are_collected_runs_by_itself(
    database_url: str, redis_url: str, bus_prefix: str
) -> None:
    migrate(database_url)
    clock, database = ShiftedClock(START_TIME), open_database(database_url)
    simulated = SimulatorConfig(
        instruments=SYMBOLS[:1], start_ms=int(START_TIME.timestamp() * 1_000)
    )
    config = hasty_config(
        EXCHANGE,
        instruments=SYMBOLS[:1],
        timeframes=(Timeframe.M1, Timeframe.D1),
        history_days=1,
        warmup_days=3650,
        rest=RestRules(timeout_s=30, clock_samples=1),
        history=HistoryRules(round_s=0.5, requests_every_s=0.2),
    )
    (instrument,) = config.ids
    stores = bot_stores(database)
    start_a_bot(stores, instrument, clock)
    with sql_store(database_url, redis_url, bus_prefix) as store:
        engine = an_engine(store, database, clock)
        bots = BotManager(stores, store.bus, clock, BotManagerSettings())
        async with (
            Simulator(simulated) as simulator,
            a_collection(simulator, store, config, clock).running(),
            asyncio.timeout(60),
        ):
            while state_of(stores) is not BotState.RUNNING:
                await asyncio.to_thread(engine.step)
                await asyncio.to_thread(bots.turn)
                await asyncio.sleep(0.05)
        days = store.candles.announced(
            instrument, Timeframe.D1, START_TIME - timedelta(days=60), START_TIME
        )
    assert len(days) > NEEDED
    assert days[-1].close_time == Timeframe.D1.floor(START_TIME)
    reasons = [one.reason for one in stores.bots.transitions("ann")]
    assert any("is stored yet" in reason or "warms up" in reason for reason in reasons), reasons
    database.close()


def start_a_bot(stores: BotStores, instrument: InstrumentId, clock: Clock) -> None:
    config = read_bot(
        {
            "name": "ann",
            "instrument": str(instrument),
            "timeframe": "1d",
            "strategy": "DonchianBreakout",
            "parameters": {"length": NEEDED},
        }
    )
    made = {"actor": "ann", "reason": "", "made_at": clock.now()}
    stores.bots.create(first_version(config, **made))  # type: ignore[arg-type]
    stores.bots.request([CommandRequest(bot="ann", command=LifecycleEvent.START, **made)])  # type: ignore[arg-type]


def state_of(stores: BotStores) -> BotState:
    status = stores.bots.get("ann")
    assert status is not None
    return status.state
