"""Check that a bot's instrument exists."""

from bot_manager.domain.config import BotConfig
from bot_manager.errors import UnknownInstrument
from data.ports import InstrumentRepository


def require_instrument(config: BotConfig, instruments: InstrumentRepository) -> None:
    """Raise UnknownInstrument unless the instrument is collected, or its data was imported."""
    if instruments.get(config.instrument_id) is None:
        raise UnknownInstrument(config.instrument)
