"""Diagnosis of a replay that differs: data, configuration, command or code. Pure.

Each order holds its evidence: the print that filled it. Each session names the configuration and
the code it started with, each announced candle the number of trades it was made from.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from bot_manager.domain.ledger import AccountOrder, EquityMark
from bot_manager.domain.session import BotSession
from bot_manager.domain.verification import Cause
from bot_manager.domain.versions import ConfigVersion
from bot_manager.trading import OrderReason, OrderRefusal
from data import Candle, Trade, aggregate
from strategies import Signal

LedgerRow = AccountOrder | EquityMark

_COMMANDED = (OrderReason.FLATTEN, OrderReason.KILL)
_REFUSED_BY_COMMAND = (OrderRefusal.PAUSED, OrderRefusal.KILLED)


@dataclass(frozen=True, slots=True)
class LedgerDifference:
    """The first row that differs: None on the side that has no such row."""

    stored: LedgerRow | None
    replayed: LedgerRow | None

    @property
    def row(self) -> LedgerRow:
        """Return the stored row, else the replayed one."""
        row = self.stored or self.replayed
        assert row is not None
        return row

    @property
    def text(self) -> str:
        """Describe the difference."""
        where = f"{type(self.row).__name__} at {self.row.time.isoformat()}"
        if self.stored is None or self.replayed is None:
            return f"{where} is in the {'ledger' if self.stored else 'replay'} only"
        for field in self.stored.__struct_fields__:
            was, comes = getattr(self.stored, field), getattr(self.replayed, field)
            if was != comes:
                return f"{where}: {field} is {was} in the ledger, {comes} in the replay"
        return where


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Stored data around a difference.

    `trade`: the print that the order names, as stored now. `candle`: the announced candle that
    contains the row, and `tape` its trades as stored now. `signals` were decided since the last
    order that is equal. `code` names the compiled code of the replay.
    """

    session: BotSession
    version: ConfigVersion
    trade: Trade | None
    candle: Candle | None
    tape: Sequence[Trade]
    signals: Sequence[Signal]
    code: str


def first_difference(
    stored: Sequence[LedgerRow], replayed: Sequence[LedgerRow]
) -> LedgerDifference | None:
    """Return the first row that differs, None if all are equal."""
    for one, other in zip_longest(stored, replayed):
        if one != other:
            return LedgerDifference(one, other)
    return None


def diagnose(difference: LedgerDifference, evidence: Evidence) -> tuple[Cause, str]:
    """Return the cause of a difference and an explanation."""
    for cause, explanation in (
        (Cause.CONFIG, _other_config(evidence)),
        (Cause.DATA, _other_tape(difference, evidence)),
        (Cause.DATA, _other_signals(difference, evidence)),
        (Cause.COMMAND, _other_commands(difference)),
    ):
        if explanation:
            return cause, f"{difference.text}; {explanation}"
    return Cause.CODE, f"{difference.text}; {_other_code(evidence)}"


def _other_config(evidence: Evidence) -> str:
    began, is_now = evidence.session.facts.config_digest, evidence.version.digest
    number = evidence.version.number
    same = not began or began == is_now
    return "" if same else f"version {number} of its configuration was changed after its start"


def _other_tape(difference: LedgerDifference, evidence: Evidence) -> str:
    order, trade = difference.stored, evidence.trade
    if isinstance(order, AccountOrder):
        if trade is None:
            return f"trade {order.trade_id} is not on the tape any more"
        if (trade.price, trade.size) != (order.market_price, order.print_size):
            seen = f"{order.print_size} at {order.market_price}"
            return f"trade {order.trade_id} was {seen}, is now {trade.size} at {trade.price}"
    return _other_candle(evidence)


def _other_candle(evidence: Evidence) -> str:
    candle = evidence.candle
    if candle is None or candle.trade_count is None:
        return ""
    inside = [trade for trade in evidence.tape if trade.time < candle.close_time]
    when = candle.open_time.isoformat()
    if len(inside) != candle.trade_count:
        return f"the candle of {when} had {candle.trade_count} trades, the tape has {len(inside)}"
    made = aggregate(candle.instrument, [candle.timeframe], evidence.tape)
    same = not made or (made[0].open, made[0].high, made[0].low, made[0].close) == (
        candle.open, candle.high, candle.low, candle.close,
    )  # fmt: skip
    return "" if same else f"the candle of {when} differs from its trades"


def _other_signals(difference: LedgerDifference, evidence: Evidence) -> str:
    stored, replayed = difference.stored, difference.replayed
    if not isinstance(stored, AccountOrder):
        return ""
    if isinstance(replayed, AccountOrder) and stored.sequence > replayed.sequence:
        return f"order {replayed.sequence} is missing from the ledger"
    decided = [signal for signal in evidence.signals if signal.close_time <= stored.time]
    without_signal = stored.reason is OrderReason.SIGNAL and not decided
    return "no stored signal caused it" if without_signal else ""


def _other_commands(difference: LedgerDifference) -> str:
    orders = [
        row
        for row in (difference.stored, difference.replayed)
        if isinstance(row, AccountOrder)
        and (row.reason in _COMMANDED or row.refusal in _REFUSED_BY_COMMAND)
    ]
    return "the journal has other commands than those that took effect" if orders else ""


def _other_code(evidence: Evidence) -> str:
    began = evidence.session.facts.code
    if began and began != evidence.code:
        return f"it was started by code {began}, replayed by code {evidence.code}"
    return f"tape, configuration and commands are unchanged, code {evidence.code} is not"
