"""Builders that fold prints or candles into an account; times are seconds after START."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

import numpy as np

from bot_manager.domain.ledger import AccountOrder, account_orders, checkpoint_of
from bot_manager.reporting.valuation import Valuation, value_account
from bot_manager.trading.account import opening_state
from bot_manager.trading.codes import AccountCommand
from bot_manager.trading.columns import CandleColumns, TapeColumns
from bot_manager.trading.encoding import encode
from bot_manager.trading.fills import Fill, fills_of
from bot_manager.trading.fold import FoldResult, fold_candles, fold_trades, mark_end
from bot_manager.trading.parameters import AccountParameters, Costs, EquityFraction, ExitLevels
from bot_manager.trading.rows import RowArray
from bot_manager.trading.tables import COMMANDS, TARGETS
from bot_manager.trading.units import Scales, to_us
from data import Instrument, InstrumentId, InstrumentKind, InstrumentState, Timeframe
from tests.builders import START

LONG, FLAT, SHORT = 1, 0, -1
MINUTE_US = 60_000_000

SWAP = Instrument(
    id=InstrumentId("okx", "A-B-SWAP"),
    kind=InstrumentKind.SWAP,
    state=InstrumentState.LIVE,
    base="A",
    quote="B",
    price_step=Decimal("0.1"),
    size_step=Decimal("0.01"),
    min_size=Decimal("0.01"),
    contract_value=Decimal(1),
    contract_currency="A",
)
SPOT = Instrument(
    id=InstrumentId("okx", "A-B"),
    kind=InstrumentKind.SPOT,
    state=InstrumentState.LIVE,
    base="A",
    quote="B",
    price_step=Decimal("0.1"),
    size_step=Decimal("0.01"),
    min_size=Decimal("0.01"),
)


def given(
    *,
    capital: str = "1000",
    stop: str = "",
    take_profit: str = "",
    trailing_stop: str = "",
    **others: object,
) -> AccountParameters:
    """Return parameters: all equity on each entry, no costs, unless given otherwise."""
    levels = [Decimal(share) if share else None for share in (stop, take_profit, trailing_stop)]
    exits = ExitLevels(stop_loss=levels[0], take_profit=levels[1], trailing_stop=levels[2])
    return AccountParameters(capital=Decimal(capital), exits=exits, **others)  # type: ignore[arg-type]


FREE = given()
FEES = Costs(maker_fee=Decimal("0.0005"), taker_fee=Decimal("0.001"))
SLIPPAGE = Costs(slippage_bps=Decimal(100))
ALL_IN = EquityFraction()


def us(seconds: float) -> int:
    """Return the time in us that is some seconds after START."""
    return to_us(START) + int(seconds * 1_000_000)


@dataclass(frozen=True)
class FoldedAccount:
    """Result of a fold of one account."""

    folded: FoldResult
    scales: Scales
    row: RowArray

    @cached_property
    def fills(self) -> list[Fill]:
        """Return the fills."""
        return list(fills_of(self.folded.orders, self.scales))

    @cached_property
    def orders(self) -> list[AccountOrder]:
        """Return every order, including refused ones."""
        return list(account_orders(self.folded.orders, ["alice"], self.scales))

    @property
    def deals(self) -> list[tuple[str, str, str]]:
        """Return reason, signed size and price of each fill."""
        return [
            (fill.reason.name, f"{'+' if fill.side == 'buy' else '-'}{fill.size.normalize():f}",
             f"{fill.price.normalize():f}")
            for fill in self.fills
        ]  # fmt: skip

    @property
    def refusals(self) -> list[str]:
        """Return the reasons of the refused orders."""
        return [order.refusal.name for order in self.orders if order.refusal]

    def value(self, price: float | None = None) -> Valuation:
        """Value the account at a price, else at its last print."""
        checkpoint = checkpoint_of("alice", 0, self.scales, self.folded.state[0])
        return value_account(checkpoint, None if price is None else Decimal(price))

    @property
    def marks(self) -> list[tuple[float, Decimal]]:
        """Return seconds after START and equity of each mark."""
        return [
            ((row["time"] - us(0)) / 1e6, self.scales.money(row["equity"]))
            for row in self.folded.marks
        ]

    def state(self, name: str) -> int:
        """Return one column of the state."""
        return int(self.folded.state[name][0])


def targets_at(targets: Sequence[tuple[float, int]]) -> RowArray:
    """Return targets decided at seconds after START."""
    return np.array([(us(second), direction) for second, direction in targets], TARGETS)


def commands_at(commands: Sequence[tuple[float, str]]) -> RowArray:
    """Return commands accepted at seconds after START."""
    rows = [
        (0, n, us(second), 0, AccountCommand[name]) for n, (second, name) in enumerate(commands)
    ]
    return np.array(rows, COMMANDS)


def on_tape(
    prints: Sequence[tuple[float, float | str]],
    targets: Sequence[tuple[float, int]] = (),
    parameters: AccountParameters = FREE,
    *,
    commands: Sequence[tuple[float, str]] = (),
    instrument: Instrument = SWAP,
    scales: Scales | None = None,
) -> FoldedAccount:
    """Fold prints (second, price)."""
    scales = scales or Scales.of(instrument)
    row = encode(parameters, instrument, scales, Timeframe.M1)
    columns = TapeColumns(
        np.array([us(second) for second, _ in prints], np.int64),
        np.arange(len(prints), dtype=np.int64),
        np.array([scales.price_units(Decimal(str(price))) for _, price in prints], np.int64),
        np.full(len(prints), 7, np.int64),
    )
    state = opening_state(row, us(0))
    folded = fold_trades(row, state, columns, targets_at(targets), commands_at(commands))
    return FoldedAccount(folded, scales, row)


def candles(ohlc: Sequence[tuple[float, float, float, float]], scales: Scales) -> CandleColumns:
    """Return candles of one minute, the first one opening at START."""
    prices = [[scales.price_units(Decimal(str(price))) for price in row] for row in ohlc]
    columns = np.array(prices, np.int64).T.copy()
    opens = np.array([us(60 * number) for number in range(len(ohlc))], np.int64)
    return CandleColumns(opens, *columns, MINUTE_US)


def on_candles(
    ohlc: Sequence[tuple[float, float, float, float]],
    targets: Sequence[tuple[float, int]] = ((0, LONG),),
    parameters: AccountParameters = FREE,
    *,
    commands: Sequence[tuple[float, str]] = (),
    instrument: Instrument = SWAP,
) -> FoldedAccount:
    """Fold candles of one minute and mark the end; targets are decided at seconds."""
    scales = Scales.of(instrument)
    row = encode(parameters, instrument, scales, Timeframe.M1)
    folded = fold_candles(
        row,
        opening_state(row, us(0)),
        candles(ohlc, scales),
        targets_at(targets),
        commands_at(commands),
    )
    last = mark_end(row, folded.state, us(60 * len(ohlc)))
    marks = np.concatenate([folded.marks, last.marks])
    return FoldedAccount(FoldResult(last.state, folded.orders, marks), scales, row)
