"""Positions and portfolios as values: folds of fills, valued at a price."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from math import floor

import msgspec
import numpy as np

from bot_manager.trading.fills import Fill
from bot_manager.trading.rows import RowArray
from bot_manager.trading.units import Scales, from_us
from data import Side


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """A signed size and its cost; `contract` is the amount that one unit of size represents.

    Cost is negative for a short position: the proceeds of its sale.
    """

    contract: Decimal
    size: Decimal = Decimal(0)
    cost: Decimal = Decimal(0)

    @property
    def average_entry(self) -> Decimal | None:
        """Return the price paid per unit, None when flat."""
        return self.cost / (self.size * self.contract) if self.size else None

    def value(self, price: Decimal) -> Decimal:
        """Return the value at `price` in quote currency, negative for a short position."""
        return self.size * self.contract * price

    def unrealised(self, price: Decimal) -> Decimal:
        """Return the profit if it were closed at `price`, before costs."""
        return self.value(price) - self.cost


class Portfolio(msgspec.Struct, frozen=True, kw_only=True):
    """Cash and a position. cash = capital + realised - cost - fees.

    `money_step` is the smallest amount: a partial close rounds its cost down to it, and the last
    close gets the remainder.
    """

    capital: Decimal
    cash: Decimal
    position: Position
    money_step: Decimal
    realised: Decimal = Decimal(0)
    fees: Decimal = Decimal(0)

    @classmethod
    def opening(cls, capital: Decimal, scales: Scales) -> "Portfolio":
        """Return a portfolio of cash only."""
        return cls(
            capital=capital,
            cash=capital,
            position=Position(contract=scales.contract),
            money_step=scales.money(1),
        )

    def equity(self, price: Decimal) -> Decimal:
        """Return cash plus the position's value at `price`."""
        return self.cash + self.position.value(price)

    def after(self, fill: Fill) -> "Portfolio":
        """Return the portfolio after a fill, which may open, add, reduce, close or flip."""
        signed = fill.size if fill.side is Side.BUY else -fill.size
        held = self.position
        closed = min(abs(signed), abs(held.size)) if signed * held.size < 0 else Decimal(0)
        removed = self._cost_of(closed)
        sign = 1 if signed > 0 else -1
        unit = fill.price * held.contract
        return msgspec.structs.replace(
            self,
            cash=self.cash - signed * unit - fill.fee,
            position=Position(
                contract=held.contract,
                size=held.size + signed,
                cost=held.cost - removed + sign * (abs(signed) - closed) * unit,
            ),
            realised=self.realised - sign * closed * unit - removed,
            fees=self.fees + fill.fee,
        )

    def _cost_of(self, closed: Decimal) -> Decimal:
        if closed == abs(self.position.size):
            return self.position.cost
        share = Fraction(closed) / Fraction(abs(self.position.size))
        steps = floor(Fraction(self.position.cost) * share / Fraction(self.money_step))
        return steps * self.money_step


class EquityPoint(msgspec.Struct, frozen=True, kw_only=True):
    """Equity at the close of a candle, and the position's signed value in it."""

    account: int
    time: datetime
    equity: Decimal
    position_value: Decimal


def equity_points_of(rows: RowArray, scales: Scales) -> Iterator[EquityPoint]:
    """Convert mark rows of the kernel."""
    for row in rows:
        yield EquityPoint(
            account=int(row["account"]),
            time=from_us(row["time"]),
            equity=scales.money(row["equity"]),
            position_value=scales.money(row["value"]),
        )


def portfolio_of(parameters: np.void, state: np.void, scales: Scales) -> Portfolio:
    """Convert one account's rows to a portfolio."""
    return Portfolio(
        capital=scales.money(parameters["capital"]),
        cash=scales.money(state["cash"]),
        position=Position(
            contract=scales.contract,
            size=scales.size(state["size"]),
            cost=scales.money(state["cost"]),
        ),
        money_step=scales.money(1),
        realised=scales.money(state["realised"]),
        fees=scales.money(state["fees"]),
    )
