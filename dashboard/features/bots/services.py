"""What the pages of bots show, with what is cached between two reads, and their form.

Blocking: read in a thread. Methods may raise RepositoryUnavailable and RepositoryError.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from bot_manager.domain.config import BotConfig
from bot_manager.reporting.fleet import FleetRepository, FleetRow, RoundTripCount
from bot_manager.runtime.command_service import BotCommandService
from dashboard.features.bots.buy_and_hold import benchmark_payload
from dashboard.features.bots.buy_and_hold_reads import BuyAndHoldReads
from dashboard.features.bots.csv_export import days_csv, round_trips_csv
from dashboard.features.bots.detail import bot_detail_payload
from dashboard.features.bots.form import ExistingNames, check_bot, sections
from dashboard.features.bots.portfolio_payload import (
    BotSelection,
    portfolio_payload,
    selected_round_trips,
    start_of,
)
from dashboard.features.bots.reads import POINTS, BotReads
from dashboard.features.bots.rows import Row, round_trip_fields, row_of, totals_of
from dashboard.features.bots.verification import BotVerifications
from dashboard.forms.config_form import strategy_choices
from dashboard.forms.validation import CheckedForm
from strategies.ports import StrategyRepository
from utils.clock import Clock

CommandServiceFactory = Callable[[str], BotCommandService]
"""Opens the command service of a user, whose name is stored with all its requests."""


class RoundTripIndex:
    """Caches the counts of closed round trips of bots: these never reopen, so only newer ones
    are read. `refresh` blocks.
    """

    def __init__(self, fleet: FleetRepository) -> None:
        self._fleet = fleet
        self._counts: dict[str, RoundTripCount] = {}

    def refresh(self, names: Iterable[str]) -> None:
        """Read what these bots closed since the last read. Raises what the port raises."""
        counts = {name: self.of(name) for name in names}
        after = {name: count.last_exit for name, count in counts.items()}
        for name, later in self._fleet.closed_round_trips(after).items():
            self._counts[name] = counts[name].combined_with(later)

    def of(self, name: str) -> RoundTripCount:
        """Return the cached counts of a bot."""
        return self._counts.get(name, RoundTripCount())


class BotServices:
    """Rows, details and portfolio of bots; `open_command_service` is for commands to them."""

    def __init__(
        self,
        reads: BotReads,
        buy_and_hold: BuyAndHoldReads,
        strategies: StrategyRepository,
        verifications: BotVerifications,
        open_command_service: CommandServiceFactory,
        clock: Clock,
    ) -> None:
        self.reads = reads
        self.verifications = verifications
        self.open_command_service = open_command_service
        self._buy_and_hold = buy_and_hold
        self._strategies = strategies
        self._clock = clock
        self._round_trips = RoundTripIndex(reads.fleet)

    def fleet_rows(self, names: Collection[str] | None = None) -> list[FleetRow]:
        """Return all bots, or only the named ones."""
        self.verifications.refresh(names)
        fleet_rows = self.reads.fleet_rows(self._clock.now(), names)
        self._round_trips.refresh(one.status.name for one in fleet_rows)
        return fleet_rows

    def row_extras(self, name: str) -> Row:
        """Return the cached extra fields of a bot's row: its last replay, its round trips."""
        return {
            "verification": self.verifications.of(name),
            **round_trip_fields(self._round_trips.of(name)),
        }

    def fleet(self) -> dict[str, Any]:
        """Return every bot as a row, and the totals."""
        fleet_rows = self.fleet_rows()
        prices = self.reads.prices(one.config.instrument_id for one in fleet_rows)
        rows = [
            row_of(one, prices.get(one.config.instrument_id)) | self.row_extras(one.status.name)
            for one in fleet_rows
        ]
        return {"rows": rows, "totals": totals_of(rows)}

    def detail(self, name: str) -> dict[str, Any]:
        """Return one bot with all its details. Raises UnknownBot."""
        detail = self.reads.detail(name, self._clock.now())
        self.verifications.refresh([name])
        return {**bot_detail_payload(detail), "verification": self.verifications.of(name)}

    def portfolio(
        self, span: str, search_text: str, currency: str | None, benchmark: bool = False
    ) -> dict[str, Any]:
        """Return the portfolio of the bots that match a search text; with its benchmark on request.

        Only bots of one quote currency; None: that of most of them.
        """
        now = self._clock.now()
        history = self.reads.history(start_of(span, now), now)
        selection = BotSelection.of(history, search_text, currency)
        changes = self.reads.changes(selection.names(history), history)
        payload = portfolio_payload(history, changes, selection)
        if not benchmark:
            return payload
        buy_and_hold = self._buy_and_hold.buy_and_hold(
            history, [member["name"] for member in payload["members"]]
        )
        return {**payload, "benchmark": benchmark_payload(buy_and_hold, history.start, now, POINTS)}

    def round_trips_csv(self, span: str, search_text: str, currency: str | None) -> str:
        """Return the round trips of the bots that `portfolio` selects as a CSV file."""
        now = self._clock.now()
        history = self.reads.history(start_of(span, now), now)
        configs = {one.status.name: one.config for one in history.fleet_rows}
        return round_trips_csv(
            selected_round_trips(history, BotSelection.of(history, search_text, currency)), configs
        )

    def days_csv(self, span: str, search_text: str, currency: str | None) -> str:
        """Return the days of the bots that `portfolio` selects as a CSV file."""
        payload = self.portfolio(span, search_text, currency)
        return days_csv(**payload["day_profits"], currency=payload["currency"])

    def catalog(self) -> dict[str, Any]:
        """Return the fields and choices of the form."""
        return {
            "sections": sections(),
            "strategies": strategy_choices(self._strategies.files()),
            **self.reads.instrument_choices().payload(),
        }

    def check(self, given: Mapping[str, str], *, is_new: bool) -> CheckedForm[BotConfig]:
        """Return the configuration of a form, or its problems.

        `is_new`: the form is of a new bot, whose name must be free.
        """
        taken = {status.name for status in self.reads.bots.all()} if is_new else set()
        existing = ExistingNames(self.reads.instrument_choices().with_steps, taken)
        return check_bot(given, self._strategies.files(), existing)
