"""The account in plain Python and Decimal: slow, simple, independent of the kernel.

It follows docs/kernel.md step by step: every print is processed, equity is recomputed each time,
and only levels that were placed as orders are stored.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, Context, Decimal
from fractions import Fraction
from math import ceil, floor
from typing import NamedTuple

from bot_manager.trading.parameters import (
    AccountParameters,
    EquityFraction,
    QuoteAmount,
    RiskPerTrade,
)
from data import Instrument, InstrumentKind

WIDE = Context(prec=80)
DAY_US = 24 * 3600 * 1_000_000
ZERO = Decimal(0)


class Deal(NamedTuple):
    """An order with its result."""

    time: int
    trade_id: int
    side: int
    size: Decimal
    price: Decimal
    fee: Decimal
    reason: str
    refusal: str
    cash: Decimal
    position: Decimal
    high: Decimal = ZERO
    low: Decimal = ZERO


class Mark(NamedTuple):
    """Equity at a close."""

    time: int
    equity: Decimal
    value: Decimal


class Overflow(Exception):
    """An amount is out of the range that the kernel counts."""


def rounded(value: Decimal | Fraction, step: Decimal, mode: str) -> Decimal:
    """Round to a multiple of `step`: toward +infinity, -infinity or zero."""
    steps = Fraction(value) / Fraction(step)
    if mode == ROUND_CEILING:
        count = ceil(steps)
    elif mode == ROUND_FLOOR:
        count = floor(steps)
    else:
        count = int(steps)
    return WIDE.multiply(Decimal(count), step)


@dataclass
class DecimalAccount:
    """One account that processes prints or candles in order."""

    parameters: AccountParameters
    instrument: Instrument
    price_grid: Decimal
    money_step: Decimal
    money_limit: Decimal
    mark_every: int
    targets: list[tuple[int, int]]
    commands: list[tuple[int, int, str]]

    deals: list[Deal] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    cash: Decimal = ZERO
    size: Decimal = ZERO
    cost: Decimal = ZERO
    realised: Decimal = ZERO
    fees: Decimal = ZERO
    entry_price: Decimal = ZERO
    entry_fee: Decimal = ZERO
    best: Decimal = ZERO
    high: Decimal = ZERO
    low: Decimal = ZERO
    stop: Decimal | None = None
    take_profit: Decimal | None = None
    peak: Decimal = ZERO
    day_equity: Decimal = ZERO
    day: int | None = None
    bucket: int | None = None
    last: Decimal = ZERO
    target: int = 0
    target_changed: bool = False
    exit_request: str = ""
    paused: bool = False
    halted: str = ""
    status: str = "RUNNING"
    cool_until: int = -1
    ambiguous: int = 0

    def __post_init__(self) -> None:
        self.cash = self.peak = self.day_equity = self.parameters.capital
        self.contract = self.instrument.contract_value or Decimal(1)
        self.targets = sorted(self.targets)
        self.commands = list(self.commands)

    # inputs

    def trade(self, price: Decimal, time: int, trade_id: int) -> None:
        """Process a print of the tape."""
        self._guarded(lambda: self._on_print(price, time, trade_id, 0, is_open=False))

    def candle(self, ohlc: tuple[Decimal, Decimal, Decimal, Decimal], time: int, span: int) -> None:
        """Process a candle that opens at `time` and lasts `span`."""
        self._guarded(lambda: self._candle(ohlc, time, span))

    def finish(self, time: int) -> None:
        """Mark the last bucket if it closes by `time`."""
        if self.status != "FAILED" and self.bucket is not None:
            self._guarded(lambda: self._mark_before(time))

    def equity(self, price: Decimal) -> Decimal:
        """Return cash plus the position's value."""
        return self.cash + self.size * self.contract * price

    # prints

    def _guarded(self, act: Callable[[], None]) -> None:
        if self.status == "FAILED":
            return
        try:
            act()
        except Overflow:
            self.status = "FAILED"

    def _on_print(
        self, price: Decimal, time: int, trade_id: int, span: int, *, is_open: bool
    ) -> None:
        self._mark_before(time)
        self._turn_day(time)
        self._process_due(time, trade_id, span)
        if self.size:
            self._countable(price)
        at = (time, trade_id)
        held = self.size != 0
        if self.exit_request and self.size:
            self._leave(price, at, self.exit_request)
        self.exit_request = ""
        entered = False
        if self.target_changed:
            self.target_changed = False
            if self.size and self.target != self._sign():
                self._leave(price, at, "SIGNAL")
            if self.size == 0 and self.target:
                entered = self._enter(price, at)
        if held and self.size and not entered:
            self._match(price, at, is_open=is_open)
        self._update_extremes(price)
        self.last = price

    def _match(self, price: Decimal, at: tuple[int, int], *, is_open: bool) -> None:
        guard, reason = self._guard(self.best)
        if guard is not None and self._is_beyond(price, guard, losing=True):
            self._leave(price, at, reason)
        elif self.take_profit is not None and self._is_beyond(
            price, self.take_profit, losing=False
        ):
            self._leave_at_take_profit(
                self._against(price, -self._sign()) if is_open else self.take_profit, at
            )

    def _candle(
        self, ohlc: tuple[Decimal, Decimal, Decimal, Decimal], time: int, span: int
    ) -> None:
        open_, high, low, close = ohlc
        self._on_print(open_, time, 2**62, span, is_open=True)
        if self.size:
            adverse, favourable = (low, high) if self.size > 0 else (high, low)
            self._on_bar(open_, adverse, favourable, (time + span - 1, 2**62))
        self._update_extremes(close)
        self.last = close

    def _on_bar(
        self, start: Decimal, adverse: Decimal, favourable: Decimal, at: tuple[int, int]
    ) -> None:
        follows = self._follows()
        guard, reason = self._guard(self.best)
        reaches_take_profit = self.take_profit is not None and self._is_beyond(
            favourable, self.take_profit, losing=False
        )
        if guard is not None and self._is_beyond(adverse, guard, losing=True):
            reach = self._clamped(favourable)
            raised = self._guard(self._better(self.best, reach))[0] if follows else guard
            self.ambiguous += reaches_take_profit or raised != guard
            self._leave(self._worse(guard, start), at, reason)
            return
        self._update_extremes(adverse)
        if reaches_take_profit:
            assert self.take_profit is not None
            self._countable(self.take_profit)
            if follows:
                raised = self._guard(self._better(self.best, self.take_profit))[0]
                self.ambiguous += raised is not None and self._is_beyond(
                    adverse, raised, losing=True
                )
            self._leave_at_take_profit(self.take_profit, at)
            return
        self._countable(max(adverse, favourable))
        self._update_extremes(favourable)
        guard, reason = self._guard(self.best)
        if follows and guard is not None and self._is_beyond(adverse, guard, losing=True):
            self.ambiguous += 1
            self._leave(self._worse(guard, favourable), at, reason)

    def _update_extremes(self, price: Decimal) -> None:
        if self.size:
            self.best = self._better(self.best, price)
            self.high, self.low = max(self.high, price), min(self.low, price)
            self.peak = max(self.peak, self.equity(price))

    # levels

    def _follows(self) -> bool:
        exits, protections = self.parameters.exits, self.parameters.protections
        return exits.trailing_stop is not None or protections.max_drawdown is not None

    def _guard(self, best: Decimal) -> tuple[Decimal | None, str]:
        """Return the nearest losing level if `best` were the best price; on ties the first."""
        levels: list[tuple[Decimal, str]] = []
        if self.stop is not None:
            levels.append((self.stop, "STOP_LOSS"))
        trailing = self.parameters.exits.trailing_stop
        if trailing is not None:
            levels.append((self._away(best, trailing, self._sign()), "TRAILING_STOP"))
        limit, cause = self._equity_limit(max(self.peak, self.equity(best)))
        fraction = Fraction(limit - self.cash) / Fraction(self.size * self.contract)
        mode = ROUND_FLOOR if self.size > 0 else ROUND_CEILING
        levels.append((rounded(fraction, self.price_grid, mode), cause))
        nearest = max if self.size > 0 else min
        level = nearest(price for price, _ in levels)
        return level, next(name for price, name in levels if price == level)

    def _equity_limit(self, peak: Decimal) -> tuple[Decimal, str]:
        limits = [(ZERO, "LIQUIDATION"), *self._limits(peak)]
        limit = max(amount for amount, _ in limits)
        return limit, next(name for amount, name in limits if amount == limit)

    def _limits(self, peak: Decimal) -> list[tuple[Decimal, str]]:
        protections = self.parameters.protections
        limits = []
        for of, share, name in (
            (peak, protections.max_drawdown, "MAX_DRAWDOWN"),
            (self.day_equity, protections.daily_loss, "DAILY_LOSS"),
        ):
            if share is not None:
                limits.append((rounded(of * (1 - share), self.money_step, ROUND_FLOOR), name))
        return limits

    def _away(self, price: Decimal, distance: Decimal, sign: int) -> Decimal:
        """Return a level on the losing side, rounded against us, at least a tick away."""
        tick = self.instrument.price_step
        level = Fraction(price) * Fraction(1 - sign * distance)
        if sign > 0:
            return rounded(min(level, Fraction(price - tick)), tick, ROUND_FLOOR)
        return rounded(max(level, Fraction(price + tick)), tick, ROUND_CEILING)

    def _take_profit_for(self, price: Decimal, sign: int) -> Decimal | None:
        distance = self.parameters.exits.take_profit
        if distance is None:
            return None
        tick = self.instrument.price_step
        if sign > 0:
            return max(rounded(price * (1 + distance), tick, ROUND_FLOOR), price + tick)
        return min(rounded(max(price * (1 - distance), ZERO), tick, ROUND_CEILING), price - tick)

    def _against(self, price: Decimal | Fraction, side: int) -> Decimal:
        mode = ROUND_CEILING if side > 0 else ROUND_FLOOR
        return rounded(price, self.instrument.price_step, mode)

    def _market(self, price: Decimal, side: int) -> Decimal:
        slipped = price * (1 + side * self.parameters.costs.slippage_bps / 10_000)
        return self._against(slipped, side)

    # deals

    def _enter(self, price: Decimal, at: tuple[int, int]) -> bool:
        side = self.target
        paid = self._market(price, side)
        refusal, size = self._refusal_now(at[0]), ZERO
        if not refusal and paid <= 0:
            refusal = "NO_PRICE"
        if not refusal:
            size = self._size_of_entry(paid, side)
            refusal = self._refusal_of_size(paid, size)
        if refusal:
            self._note(at, side, size, paid, ZERO, "SIGNAL", refusal)
            return False
        value = size * self.contract * paid
        fee = rounded(value * self.parameters.costs.taker_fee, self.money_step, ROUND_CEILING)
        self.size, self.cost = side * size, side * value
        self.cash -= side * value + fee
        self.fees += fee
        self.entry_price, self.entry_fee, self.best = paid, fee, paid
        self.high, self.low = max(paid, price), min(paid, price)
        stop_loss = self.parameters.exits.stop_loss
        self.stop = None if stop_loss is None else self._away(paid, stop_loss, side)
        if self.stop == 0:
            self.stop = None
        self.take_profit = self._take_profit_for(paid, side)
        self._note(at, side, size, paid, fee, "SIGNAL", "")
        self._check(self.equity(price))
        return True

    def _refusal_now(self, time: int) -> str:
        if self.status in ("KILLED", "LIQUIDATED"):
            return self.status
        if self.paused:
            return "PAUSED"
        return self.halted or ("COOL_DOWN" if time < self.cool_until else "")

    def _refusal_of_size(self, price: Decimal, size: Decimal) -> str:
        if size <= 0 or size < self.instrument.min_size:
            return "BELOW_MIN_SIZE"
        if size * self.contract * price < self.parameters.min_notional:
            return "BELOW_MIN_NOTIONAL"
        return ""

    def _size_of_entry(self, price: Decimal, side: int) -> Decimal:
        if self.cash <= 0:
            return ZERO
        with_fee = Fraction(1 + self.parameters.costs.taker_fee)
        leveraged = rounded(self.cash * self.parameters.leverage, self.money_step, ROUND_DOWN)
        unit = Fraction(price * self.contract)
        most = self._amount(Fraction(leveraged) / with_fee) / unit
        match self.parameters.sizing:
            case QuoteAmount(amount=amount):
                raw_size = Fraction(amount) / unit
            case EquityFraction(fraction=fraction):
                budget = rounded(self.cash * fraction, self.money_step, ROUND_DOWN)
                raw_size = self._amount(Fraction(budget) / with_fee) / unit
            case RiskPerTrade(fraction=fraction):
                budget = rounded(self.cash * fraction, self.money_step, ROUND_DOWN)
                raw_size = Fraction(budget) / Fraction(
                    self._risk_distance(price, side) * self.contract
                )
        return rounded(min(most, raw_size), self.instrument.size_step, ROUND_DOWN)

    def _amount(self, money: Fraction) -> Fraction:
        return Fraction(rounded(money, self.money_step, ROUND_DOWN))

    def _risk_distance(self, price: Decimal, side: int) -> Decimal:
        exits = self.parameters.exits
        shares = [share for share in (exits.stop_loss, exits.trailing_stop) if share is not None]
        return min(abs(price - self._away(price, share, side)) for share in shares)

    def _leave(self, price: Decimal, at: tuple[int, int], reason: str) -> None:
        self._countable(price)
        self.high, self.low = max(self.high, price), min(self.low, price)
        self._close(self._market(price, -self._sign()), at, reason)

    def _leave_at_take_profit(self, price: Decimal, at: tuple[int, int]) -> None:
        self.high, self.low = max(self.high, price), min(self.low, price)
        self._close(price, at, "TAKE_PROFIT")

    def _close(self, price: Decimal, at: tuple[int, int], reason: str) -> None:
        value = self._fits(self.size * self.contract * price)
        costs = self.parameters.costs
        rate = costs.maker_fee if reason == "TAKE_PROFIT" else costs.taker_fee
        fee = rounded(abs(value) * rate, self.money_step, ROUND_CEILING)
        profit = value - self.cost
        side, size = -self._sign(), abs(self.size)
        self.cash += value - fee
        self.realised += profit
        self.fees += fee
        if profit - fee - self.entry_fee < 0 and self.parameters.protections.cool_down:
            wait = self.parameters.protections.cool_down
            self.cool_until = at[0] + (wait.days * DAY_US + wait.seconds * 1_000_000)
        self.size = self.cost = ZERO
        self.stop = self.take_profit = None
        self.peak = max(self.peak, self.cash)
        self._check_limits()
        self._note(at, side, size, price, fee, reason, "")
        self._check(self.cash)

    def _check_limits(self) -> None:
        limits = dict((name, amount) for amount, name in self._limits(self.peak))
        if self.cash <= 0:
            self.status = "LIQUIDATED" if self.status == "RUNNING" else self.status
        elif "MAX_DRAWDOWN" in limits and self.cash <= limits["MAX_DRAWDOWN"]:
            self.halted = "MAX_DRAWDOWN"
        elif "DAILY_LOSS" in limits and self.cash <= limits["DAILY_LOSS"]:
            self.halted = self.halted or "DAILY_LOSS"

    def _note(
        self,
        at: tuple[int, int],
        side: int,
        size: Decimal,
        price: Decimal,
        fee: Decimal,
        reason: str,
        refusal: str,
    ) -> None:
        is_exit = not refusal and self.size == 0
        extremes = (self.high, self.low) if is_exit else (ZERO, ZERO)
        self.deals.append(
            Deal(*at, side, size, price, fee, reason, refusal, self.cash, self.size, *extremes)
        )

    # targets, commands and time

    def _process_due(self, time: int, trade_id: int, span: int) -> None:
        latency = self.parameters.latency
        delay = max(0, latency.days * DAY_US + latency.seconds * 1_000_000 - span)
        due: list[tuple[int, int, int | str]] = []
        while self.commands and self.commands[0][:2] <= (time, trade_id):
            at, _, command = self.commands.pop(0)
            due.append((at, 0, command))
        while self.targets and self.targets[0][0] + delay <= time:
            at, direction = self.targets.pop(0)
            due.append((at + delay, 1, direction))
        for _, _, instruction in sorted(due, key=lambda entry: entry[:2]):
            if isinstance(instruction, str):
                self._apply_command(instruction)
            elif instruction in (-1, 0, 1):
                self._set_target(
                    0
                    if instruction < 0 and self.instrument.kind is InstrumentKind.SPOT
                    else instruction
                )

    def _set_target(self, direction: int) -> None:
        if direction != self.target:
            self.target, self.target_changed = direction, True

    def _apply_command(self, command: str) -> None:
        if command == "PAUSE":
            self.paused = True
        elif command == "RESUME":
            self.paused = False
            if self.halted == "MAX_DRAWDOWN":
                self.peak = self.equity(self.last)
            elif self.halted:
                self.day_equity = self.equity(self.last)
            self.halted = ""
        elif command == "FLATTEN":
            self.exit_request, self.target_changed = "FLATTEN", False
        elif self.status == "RUNNING":
            self.status, self.exit_request, self.target_changed = "KILLED", "KILL", False

    def _mark_before(self, time: int) -> None:
        bucket = time - time % self.mark_every
        if self.bucket is not None and bucket > self.bucket:
            value = self.size * self.contract * self.last
            self.marks.append(Mark(self.bucket + self.mark_every, self.cash + value, value))
            self._fits(self.cash + value)
        self.bucket = bucket

    def _turn_day(self, time: int) -> None:
        day = time // DAY_US
        if self.day is not None and day > self.day:
            self.day_equity = self.equity(self.last)
            if self.halted == "DAILY_LOSS":
                self.halted = ""
        self.day = day

    # helpers

    def _sign(self) -> int:
        return 1 if self.size > 0 else -1

    def _is_beyond(self, price: Decimal, level: Decimal, *, losing: bool) -> bool:
        return price <= level if (self.size > 0) is losing else price >= level

    def _better(self, one: Decimal, other: Decimal) -> Decimal:
        return max(one, other) if self.size > 0 else min(one, other)

    def _worse(self, one: Decimal, other: Decimal) -> Decimal:
        return min(one, other) if self.size > 0 else max(one, other)

    def _clamped(self, price: Decimal) -> Decimal:
        """Return `price`, or the last price at which the position does not overflow."""
        headroom = (
            self.money_limit - self.money_step - (max(self.cash, ZERO) if self.size > 0 else 0)
        )
        limit = Fraction(headroom) / abs(Fraction(self.size * self.contract))
        return min(price, rounded(limit, self.price_grid, ROUND_FLOOR))

    def _countable(self, price: Decimal) -> None:
        self._fits(self.size * self.contract * price)
        self._fits(self.equity(price))

    def _fits(self, money: Decimal) -> Decimal:
        if abs(money) >= self.money_limit:
            raise Overflow
        return money

    def _check(self, equity: Decimal) -> None:
        for amount in (self.cash, self.realised, self.fees, equity):
            self._fits(amount)
