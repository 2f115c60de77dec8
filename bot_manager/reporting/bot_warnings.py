"""Warnings of a bot: exits missing in its configuration, and what its session refused."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot_manager.domain.config import BotConfig
from bot_manager.domain.journal import JournalEntry, SessionStarted
from bot_manager.domain.ledger import AccountOrder
from bot_manager.reporting.run_warnings import RunWarning, refused_entries, shorts_taken_as_flat
from data import Instrument, InstrumentKind
from strategies import Direction, Exits
from strategies.ports import SignalRepository, StrategyRepository

_FOREVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class BotWarnings:
    """Collects the warnings of a bot. Raises the errors of its repositories."""

    signals: SignalRepository
    strategies: StrategyRepository

    def of(
        self,
        config: BotConfig,
        instrument: Instrument | None,
        journal: Sequence[JournalEntry],
        orders: Sequence[AccountOrder],
    ) -> list[RunWarning]:
        """Return the warnings of a bot and its newest session."""
        found = [*exits_left_out(self._own_exits(config.strategy), config)]
        starts = [entry for entry in journal if isinstance(entry.decision, SessionStarted)]
        if not starts or instrument is None:
            return found
        start = starts[-1]
        refusals = Counter(
            order.refusal
            for order in orders
            if (order.time, order.trade_id)
            >= (start.effective_at.time, start.effective_at.trade_id)
        )
        return [
            *found,
            *shorts_taken_as_flat(self._shorts(start, instrument), instrument),
            *refused_entries(refusals, instrument, config.capital, config.min_notional),
        ]

    def _own_exits(self, strategy: str) -> Exits:
        files = self.strategies.files()
        facts = {each.name: each for file in files for each in file.strategies}
        return facts[strategy].default_exits() if strategy in facts else Exits()

    def _shorts(self, start: JournalEntry, instrument: Instrument) -> int:
        decision = start.decision
        if instrument.kind is not InstrumentKind.SPOT or not isinstance(decision, SessionStarted):
            return 0
        decided = self.signals.signals(decision.group, start.effective_at.time, _FOREVER)
        return sum(signal.direction is Direction.SHORT for signal in decided)


def exits_left_out(own: Exits, config: BotConfig) -> Iterator[RunWarning]:
    """Yield a warning if the strategy has default exits that the bot's configuration lacks."""
    held = config.exits.model_dump()
    left_out = {
        name: bps
        for name, bps in own.model_dump().items()
        if bps is not None and held[name] is None
    }
    if left_out:
        settings = ", ".join(f"exits.{name}={bps}" for name, bps in left_out.items())
        yield RunWarning(
            code="exits_left_out",
            text=f"{config.strategy} has exits of its own, which apply in a backtest but "
            f"not in this "
            f"bot: its configuration has none. Set {settings} to use them.",
        )
