"""Warnings of a run: why a backtest or a bot traded less than its strategy decided. Pure."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

import msgspec

from bot_manager.trading import OrderRefusal
from data import Instrument, InstrumentKind


class RunWarning(msgspec.Struct, frozen=True, kw_only=True):
    """One warning: `code` for programs, `text` for users."""

    code: str
    text: str


_REASONS = {
    OrderRefusal.KILLED: "the account was killed",
    OrderRefusal.LIQUIDATED: "the account was liquidated",
    OrderRefusal.PAUSED: "the account was paused",
    OrderRefusal.MAX_DRAWDOWN: "the maximum drawdown was reached",
    OrderRefusal.DAILY_LOSS: "the daily loss was reached",
    OrderRefusal.COOL_DOWN: "the account was in its cool-down",
    OrderRefusal.NO_PRICE: "the price was below one tick",
}


def refused_entries(
    refusals: Mapping[OrderRefusal, int],
    instrument: Instrument,
    capital: Decimal,
    min_notional: Decimal,
) -> Iterator[RunWarning]:
    """Yield a warning for each reason of refused entries, the most frequent first."""
    for refusal, number in sorted(refusals.items(), key=lambda item: -item[1]):
        if refusal is not OrderRefusal.NONE:
            reason = _reason(refusal, instrument, capital, min_notional)
            entries = "1 entry was" if number == 1 else f"{number:,} entries were"
            yield RunWarning(
                code=f"refused_{refusal.name.lower()}", text=f"{entries} refused: {reason}."
            )


def shorts_taken_as_flat(number: int, instrument: Instrument) -> Iterator[RunWarning]:
    """Yield a warning if short targets of a spot instrument were taken as flat."""
    if number and instrument.kind is InstrumentKind.SPOT:
        targets = "1 short target was" if number == 1 else f"{number:,} short targets were"
        yield RunWarning(
            code="shorts_taken_as_flat",
            text=f"{targets} treated as flat: {instrument.id} is a spot instrument, which "
            f"cannot be "
            "sold short. Choose its swap to trade them.",
        )


def _reason(
    refusal: OrderRefusal, instrument: Instrument, capital: Decimal, min_notional: Decimal
) -> str:
    spot = instrument.kind is InstrumentKind.SPOT
    unit = instrument.base if spot else "contracts"
    remedy = f"Use a capital above {capital:f} {instrument.quote}, or another sizing"
    match refusal:
        case OrderRefusal.BELOW_MIN_SIZE:
            least = f"{instrument.min_size.normalize():f} {unit}"
            return f"the size was below the minimum size of {least}. {remedy}"
        case OrderRefusal.BELOW_MIN_NOTIONAL:
            least = f"{min_notional.normalize():f} {instrument.quote}"
            return f"the value was below the minimum of {least}. {remedy}"
        case _:
            return _REASONS[refusal]
