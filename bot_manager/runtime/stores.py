"""The repositories of the bot manager in one value."""

from dataclasses import dataclass

from bot_manager.domain.ports import BotRepository, LedgerRepository
from data.ports import InstrumentRepository, TradeRepository
from strategies.ports import RequestRepository, SignalRepository


@dataclass(frozen=True, slots=True, kw_only=True)
class BotStores:
    """Repositories that the bot manager reads and writes."""

    instruments: InstrumentRepository
    trades: TradeRepository
    requests: RequestRepository
    signals: SignalRepository
    bots: BotRepository
    ledger: LedgerRepository
