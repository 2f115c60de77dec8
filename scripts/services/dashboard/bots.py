"""Composition: the dashboard's reads of bots, its commands, and the process that replays them."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from bot_manager.reporting.bot_warnings import BotWarnings
from bot_manager.runtime.command_service import BotCommandService
from config import Settings
from dashboard.features.bots.buy_and_hold_reads import BuyAndHoldReads
from dashboard.features.bots.reads import BotReads
from dashboard.features.bots.services import BotServices
from dashboard.features.bots.verification import BotVerifications
from dashboard.jobs.function_runner import ProcessFunctionRunner
from database import (
    Database,
    SqlCandleRepository,
    SqlInstrumentRepository,
    SqlTradeRepository,
    open_bus,
)
from database.repositories.bots import SqlBotRepository
from database.repositories.fleet import SqlFleetRepository
from database.repositories.ledger import SqlLedgerRepository
from database.repositories.signals import SqlSignalRepository
from database.repositories.verifications import SqlBotVerificationRepository
from scripts.composition.servers import redis_url
from scripts.workers.bot_verification_worker import check_bot, prepare_process
from strategies.ports import StrategyRepository
from utils.clock import SystemClock

# A bot is replayed from its first session on.
REPLAY_LIMIT_S = 600.0


@contextmanager
def open_bot_services(
    settings: Settings, database: Database, strategies: StrategyRepository
) -> Iterator[BotServices]:
    """Open the services of the bot pages; their bus closes with the block. Raises ConfigError."""
    bus, clock = open_bus(redis_url(settings), prefix=settings.redis.prefix), SystemClock()
    reads = BotReads(
        bots=SqlBotRepository(database),
        ledger=SqlLedgerRepository(database),
        fleet=SqlFleetRepository(database),
        instruments=SqlInstrumentRepository(database),
        trades=SqlTradeRepository(database),
        warnings=BotWarnings(SqlSignalRepository(database), strategies),
    )
    function_runner = ProcessFunctionRunner(
        "dashboard-replays", partial(prepare_process, settings), time_limit_s=REPLAY_LIMIT_S
    )
    verifications = BotVerifications(
        SqlBotVerificationRepository(database), function_runner, partial(check_bot, settings)
    )
    try:
        yield BotServices(
            reads,
            BuyAndHoldReads(SqlCandleRepository(database)),
            strategies,
            verifications,
            partial(BotCommandService, reads.bots, reads.instruments, bus, clock),
            clock,
        )
    finally:
        bus.close()
