"""Reads of the pages of bots and commands to bots, without blocking the event loop.

Methods may raise RepositoryUnavailable, RepositoryError, BotError and ConfigError.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from backtesting.archive.ports import BacktestRepository
from bot_manager.domain.config import BotConfig
from bot_manager.domain.lifecycle import TransitionRule
from bot_manager.domain.status import BotCommand
from bot_manager.domain.versions import ConfigVersion
from bot_manager.reporting.fleet import FleetRow
from bot_manager.runtime.command_service import BotCommandService
from dashboard.backtests.promotion import bot_values, not_copied
from dashboard.bots.buy_and_hold import benchmark_payload
from dashboard.bots.buy_and_hold_reads import BuyAndHoldReads
from dashboard.bots.csv_export import days_csv, round_trips_csv
from dashboard.bots.detail import bot_detail_payload
from dashboard.bots.form import sections
from dashboard.bots.form_validation import CheckedBot, ExistingNames, check_bot
from dashboard.bots.portfolio_payload import (
    BotSelection,
    portfolio_payload,
    selected_round_trips,
    start_of,
)
from dashboard.bots.reads import POINTS, BotReads
from dashboard.bots.round_trip_index import RoundTripIndex
from dashboard.bots.rows import Row, round_trip_fields, row_of, totals_of
from dashboard.bots.verification import BotVerificationResult, verification_result_of
from dashboard.forms.catalog import strategy_choices
from dashboard.forms.config_text import flat_values
from dashboard.jobs.compute import Computing
from dashboard.thread_pools import ThreadPools
from data import InstrumentId
from data.errors import InvalidValue
from strategies.ports import StrategyRepository
from utils.clock import Clock

CommandServiceFactory = Callable[[str], BotCommandService]
"""Opens the command service of a user, whose name is stored with all its requests."""

BotReplay = Callable[[str], BotVerificationResult]
"""Replays a bot from its first session on, in another process; picklable."""


class BotServices:
    """Reads over the ports; commands go through a BotCommandService, which publishes them."""

    def __init__(
        self,
        reads: BotReads,
        buy_and_hold: BuyAndHoldReads,
        open_command_service: CommandServiceFactory,
        computing: Computing,
        replay: BotReplay,
        *,
        strategies: StrategyRepository,
        backtests: BacktestRepository,
        clock: Clock,
        thread_pools: ThreadPools,
    ) -> None:
        self._reads = reads
        self._buy_and_hold = buy_and_hold
        self._open_command_service = open_command_service
        self._computing = computing
        self._replay = replay
        self._strategies = strategies
        self._backtests = backtests
        self._clock = clock
        self._read = thread_pools.read
        self._verifications: dict[str, BotVerificationResult] = {}
        self._round_trips = RoundTripIndex(reads.fleet)

    # -- reads

    async def fleet_rows(self, names: Collection[str] | None = None) -> list[FleetRow]:
        """Return all bots, or only the named ones."""
        return await self._read(self._fleet_rows, names)

    async def prices(self, instruments: Iterable[InstrumentId]) -> dict[InstrumentId, Decimal]:
        """Return the newest price of each instrument."""
        return await self._read(self._reads.prices, instruments)

    async def fleet(self) -> dict[str, Any]:
        """Return every bot as a row, and the totals."""
        return await self._read(self._fleet)

    async def detail(self, name: str) -> dict[str, Any]:
        """Return one bot with all its details. Raises UnknownBot."""
        detail = await self._read(self._reads.detail, name, self._clock.now())
        await self._read(self._refresh_verifications, [name])
        return {**bot_detail_payload(detail), "verification": self._verifications.get(name)}

    async def portfolio(
        self, span: str, search_text: str, currency: str | None, benchmark: bool = False
    ) -> dict[str, Any]:
        """Return the portfolio of the bots that match a search text; with its benchmark on request.

        Only bots of one quote currency; None: that of most of them.
        """
        return await self._read(self._portfolio, span, search_text, currency, benchmark)

    async def round_trips_csv(self, span: str, search_text: str, currency: str | None) -> str:
        """Return the round trips of the bots that `portfolio` selects as a CSV file."""
        return await self._read(self._round_trips_csv, span, search_text, currency)

    async def days_csv(self, span: str, search_text: str, currency: str | None) -> str:
        """Return the days of the bots that `portfolio` selects as a CSV file."""
        payload = await self.portfolio(span, search_text, currency)
        return days_csv(**payload["day_profits"], currency=payload["currency"])

    def row_extras(self, name: str) -> Row:
        """Return the extra fields of a bot's row: its last replay, its round trips."""
        return {
            "verification": self._verifications.get(name),
            **round_trip_fields(self._round_trips.of(name)),
        }

    # -- the form

    async def catalog(self) -> dict[str, Any]:
        """Return the fields and choices of the form."""
        return await self._read(self._catalog)

    async def check(self, given: Mapping[str, str], *, is_new: bool) -> CheckedBot:
        """Return the configuration of a form, or its problems.

        `is_new`: the form is of a new bot, whose name must be free.
        """
        return await self._read(self._check, given, is_new)

    async def from_backtest(self, backtest_id: int) -> dict[str, Any]:
        """Return the form of a bot that trades as a stored backtest did. Raises InvalidValue."""
        return await self._read(self._from_backtest, backtest_id)

    # -- commands

    async def create(self, user: str, config: BotConfig, reason: str) -> ConfigVersion:
        """Store a new bot. Raises NameTaken, UnknownInstrument."""
        return await self._read(self._open_command_service(user).create, config, reason)

    async def change(self, user: str, config: BotConfig, reason: str) -> ConfigVersion:
        """Store the next version, in force from the next start."""
        return await self._read(self._open_command_service(user).change, config, reason)

    async def command(
        self, user: str, names: Sequence[str], command: TransitionRule, reason: str
    ) -> list[BotCommand]:
        """Request a command for bots, all or none. Raises UnknownBot, IllegalTransition."""
        return await self._read(self._open_command_service(user).command, names, command, reason)

    async def command_all(self, user: str, command: TransitionRule, reason: str) -> None:
        """Request a command for every bot that allows it when it is applied, in one row."""
        await self._read(self._open_command_service(user).command_all, command, reason)

    async def verify(self, name: str) -> BotVerificationResult:
        """Replay a bot. Raises UnknownBot, WorkerUnavailable, WorkFailed."""
        await self._read(self._reads.version, name)
        self._verifications[name] = await self._computing.call(self._replay, name)
        return self._verifications[name]

    def close(self) -> None:
        """End a running replay."""
        self._computing.close()

    def _refresh_verifications(self, names: Collection[str] | None = None) -> None:
        """Cache the results of the daily verification, unless a later replay was requested."""
        for name, verification in self._reads.verified(names).items():
            cached = self._verifications.get(name)
            if cached is None or cached.verified_at < verification.verified_at:
                self._verifications[name] = verification_result_of(
                    verification, verification.verified_at
                )

    def _fleet_rows(self, names: Collection[str] | None = None) -> list[FleetRow]:
        self._refresh_verifications(names)
        fleet_rows = self._reads.fleet_rows(self._clock.now(), names)
        self._round_trips.refresh(one.status.name for one in fleet_rows)
        return fleet_rows

    def _fleet(self) -> dict[str, Any]:
        fleet_rows = self._fleet_rows()
        prices = self._reads.prices(one.config.instrument_id for one in fleet_rows)
        rows = [
            row_of(one, prices.get(one.config.instrument_id)) | self.row_extras(one.status.name)
            for one in fleet_rows
        ]
        return {"rows": rows, "totals": totals_of(rows)}

    def _portfolio(
        self, span: str, search_text: str, currency: str | None, benchmark: bool
    ) -> dict[str, Any]:
        now = self._clock.now()
        history = self._reads.history(start_of(span, now), now)
        selection = BotSelection.of(history, search_text, currency)
        changes = self._reads.changes(selection.names(history), history)
        payload = portfolio_payload(history, changes, selection)
        if not benchmark:
            return payload
        buy_and_hold = self._buy_and_hold.buy_and_hold(
            history, [member["name"] for member in payload["members"]]
        )
        return {**payload, "benchmark": benchmark_payload(buy_and_hold, history.start, now, POINTS)}

    def _round_trips_csv(self, span: str, search_text: str, currency: str | None) -> str:
        now = self._clock.now()
        history = self._reads.history(start_of(span, now), now)
        configs = {one.status.name: one.config for one in history.fleet_rows}
        return round_trips_csv(
            selected_round_trips(history, BotSelection.of(history, search_text, currency)), configs
        )

    def _catalog(self) -> dict[str, Any]:
        return {
            "sections": sections(),
            "strategies": strategy_choices(self._strategies.files()),
            "instruments": self._reads.names(),
        }

    def _check(self, given: Mapping[str, str], is_new: bool) -> CheckedBot:
        taken = {status.name for status in self._reads.bots.all()} if is_new else set()
        existing = ExistingNames(self._reads.names(), taken)
        return check_bot(given, self._strategies.files(), existing)

    def _from_backtest(self, backtest_id: int) -> dict[str, Any]:
        record = self._backtests.get(backtest_id)
        if record is None:
            raise InvalidValue(f"backtest {backtest_id} does not exist; it may have been deleted")
        return {"values": flat_values(bot_values(record)), "warnings": not_copied(record)}
