"""What the pages of bots may ask, and ask of bots, without blocking the event loop.

Methods may raise RepositoryUnavailable, RepositoryError, BotError and ConfigError.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from backtesting.ports import BacktestRepository
from bot_manager.asking import BotDesk
from bot_manager.config import BotConfig
from bot_manager.fleet import BotFigures
from bot_manager.lifecycle import Rule
from bot_manager.status import AskedCommand
from bot_manager.versions import ConfigVersion
from dashboard.backtests.promotion import bot_values, not_taken_over
from dashboard.bots.detail import story_payload
from dashboard.bots.door import CheckedBot, Existing, check_bot
from dashboard.bots.exporting import days_csv, trips_csv
from dashboard.bots.form import sections
from dashboard.bots.held_reads import HeldReads
from dashboard.bots.holding import benchmark_payload
from dashboard.bots.portfolio_payload import (
    BotSelection,
    chosen_trips,
    portfolio_payload,
    start_of,
)
from dashboard.bots.ports import BotChecks, BotVerdict, verdict_of
from dashboard.bots.reads import POINTS, BotReads
from dashboard.bots.rows import Row, row_of, totals_of, trips_of
from dashboard.bots.trip_book import TripBook
from dashboard.catalog import strategy_choices
from dashboard.slots import Slots
from dashboard.words import flat_values
from data import InstrumentId
from data.errors import InvalidValue
from strategies.ports import StrategyRepository
from utils.clock import Clock

DeskOf = Callable[[str], BotDesk]
"""Returns the desk of a person, whose name is kept with all that is asked there."""


class BotServices:
    """Reads over the ports; what is asked of bots goes through their desk, which rings."""

    def __init__(
        self,
        reads: BotReads,
        held: HeldReads,
        desk_of: DeskOf,
        checks: BotChecks,
        *,
        strategies: StrategyRepository,
        backtests: BacktestRepository,
        clock: Clock,
        slots: Slots,
    ) -> None:
        self._reads = reads
        self._held = held
        self._desk_of = desk_of
        self._checks = checks
        self._strategies = strategies
        self._backtests = backtests
        self._clock = clock
        self._read = slots.read
        self._verdicts: dict[str, BotVerdict] = {}
        self._trips = TripBook(reads.fleet)

    # -- what there is

    async def figures(self, names: Collection[str] | None = None) -> list[BotFigures]:
        """Return bots, all unless named."""
        return await self._read(self._figures, names)

    async def prices(self, instruments: Iterable[InstrumentId]) -> dict[InstrumentId, Decimal]:
        """Return the newest price of each instrument."""
        return await self._read(self._reads.prices, instruments)

    async def fleet(self) -> dict[str, Any]:
        """Return every bot as a row, and all of them as one line."""
        return await self._read(self._fleet)

    async def story(self, name: str) -> dict[str, Any]:
        """Return one bot, whole. Raises UnknownBot."""
        story = await self._read(self._reads.story, name, self._clock.now())
        await self._read(self._learn_verdicts, [name])
        return {**story_payload(story), "verdict": self._verdicts.get(name)}

    async def portfolio(
        self, span: str, words: str, currency: str | None, benchmark: bool = False
    ) -> dict[str, Any]:
        """Return what the bots that fit these words came to in a span; and held, if asked.

        Only bots of one quote currency; None: that of most of them.
        """
        return await self._read(self._portfolio, span, words, currency, benchmark)

    async def trips_csv(self, span: str, words: str, currency: str | None) -> str:
        """Return the round trips of the bots that `portfolio` selects as a CSV file."""
        return await self._read(self._trips_csv, span, words, currency)

    async def days_csv(self, span: str, words: str, currency: str | None) -> str:
        """Return the days of the bots that `portfolio` selects as a CSV file."""
        payload = await self.portfolio(span, words, currency)
        return days_csv(**payload["day_profits"], currency=payload["currency"])

    def known_of(self, name: str) -> Row:
        """Return what a bot's row says beside its figures: its last replay, its round trips."""
        return {"verdict": self._verdicts.get(name), **trips_of(self._trips.of(name))}

    # -- the form

    async def catalog(self) -> dict[str, Any]:
        """Return what the form is made of."""
        return await self._read(self._catalog)

    async def check(self, given: Mapping[str, str], *, creates: bool) -> CheckedBot:
        """Return the configuration that a form makes, or what is wrong with it.

        `creates`: it is of a new bot, whose name must be free.
        """
        return await self._read(self._check, given, creates)

    async def from_backtest(self, backtest_id: int) -> dict[str, Any]:
        """Return the form of a bot that trades as a kept backtest did. Raises InvalidValue."""
        return await self._read(self._from_backtest, backtest_id)

    # -- what is asked

    async def create(self, who: str, config: BotConfig, reason: str) -> ConfigVersion:
        """Store a new bot. Raises NameTaken, UnknownInstrument."""
        return await self._read(self._desk_of(who).create, config, reason)

    async def change(self, who: str, config: BotConfig, reason: str) -> ConfigVersion:
        """Store the next version, in force from the next start on."""
        return await self._read(self._desk_of(who).change, config, reason)

    async def command(
        self, who: str, names: Sequence[str], command: Rule, reason: str
    ) -> list[AskedCommand]:
        """Ask something of bots, all or none. Raises UnknownBot, IllegalTransition."""
        return await self._read(self._desk_of(who).command, names, command, reason)

    async def command_all(self, who: str, command: Rule, reason: str) -> None:
        """Ask something of every bot that can do it when it is taken: one row, obeyed as one."""
        await self._read(self._desk_of(who).command_all, command, reason)

    async def verify(self, name: str) -> BotVerdict:
        """Replay a bot. Raises UnknownBot, ComputingUnavailable, ComputingFailed."""
        await self._read(self._reads.version, name)
        self._verdicts[name] = await self._checks.check(name)
        return self._verdicts[name]

    def close(self) -> None:
        """End whatever runs."""
        self._checks.close()

    def _learn_verdicts(self, names: Collection[str] | None = None) -> None:
        """Take what the daily verification found, unless somebody asked later."""
        for name, proof in self._reads.verified(names).items():
            known = self._verdicts.get(name)
            if known is None or known.checked_at < proof.verified_at:
                self._verdicts[name] = verdict_of(proof)

    def _figures(self, names: Collection[str] | None = None) -> list[BotFigures]:
        self._learn_verdicts(names)
        figures = self._reads.figures(self._clock.now(), names)
        self._trips.learn(one.status.name for one in figures)
        return figures

    def _fleet(self) -> dict[str, Any]:
        figures = self._figures()
        prices = self._reads.prices(one.config.instrument_id for one in figures)
        rows = [
            row_of(one, prices.get(one.config.instrument_id)) | self.known_of(one.status.name)
            for one in figures
        ]
        return {"rows": rows, "totals": totals_of(rows)}

    def _portfolio(
        self, span: str, words: str, currency: str | None, benchmark: bool
    ) -> dict[str, Any]:
        now = self._clock.now()
        history = self._reads.history(start_of(span, now), now)
        selection = BotSelection.of(history, words, currency)
        changes = self._reads.changes(selection.names(history), history)
        payload = portfolio_payload(history, changes, selection)
        if not benchmark:
            return payload
        held = self._held.held(history, [member["name"] for member in payload["members"]])
        return {**payload, "benchmark": benchmark_payload(held, history.start, now, POINTS)}

    def _trips_csv(self, span: str, words: str, currency: str | None) -> str:
        now = self._clock.now()
        history = self._reads.history(start_of(span, now), now)
        configs = {one.status.name: one.config for one in history.figures}
        return trips_csv(chosen_trips(history, BotSelection.of(history, words, currency)), configs)

    def _catalog(self) -> dict[str, Any]:
        return {
            "sections": sections(),
            "strategies": strategy_choices(self._strategies.files()),
            "instruments": self._reads.names(),
        }

    def _check(self, given: Mapping[str, str], creates: bool) -> CheckedBot:
        taken = {status.name for status in self._reads.bots.all()} if creates else set()
        existing = Existing(self._reads.names(), taken)
        return check_bot(given, self._strategies.files(), existing)

    def _from_backtest(self, backtest_id: int) -> dict[str, Any]:
        record = self._backtests.get(backtest_id)
        if record is None:
            raise InvalidValue(f"there is no backtest {backtest_id}; it may have been deleted")
        return {"values": flat_values(bot_values(record)), "remarks": not_taken_over(record)}
