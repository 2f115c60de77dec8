"""Encoding of account parameters to the row that the kernel reads."""

from datetime import timedelta
from decimal import Decimal

import numpy as np

from bot_manager.errors import DoesNotFit, InvalidParameter
from bot_manager.trading.account import PARAMETERS
from bot_manager.trading.codes import SizingRule
from bot_manager.trading.fixed_point import PPM
from bot_manager.trading.parameters import (
    AccountParameters,
    EquityFraction,
    QuoteAmount,
    RiskPerTrade,
    Sizing,
)
from bot_manager.trading.rows import RowArray
from bot_manager.trading.units import Scales, to_units, to_us
from data import Instrument, InstrumentKind, Timeframe

_MICROSECOND = timedelta(microseconds=1)


def encode(
    parameters: AccountParameters, instrument: Instrument, scales: Scales, marks: Timeframe
) -> RowArray:
    """Return the row that the kernel reads; equity is marked at the closes of `marks`, or of 1m.

    Raises InvalidParameter where an amount does not fit the scales.
    """
    every = Timeframe.M1 if marks.duration < Timeframe.M1.duration else marks
    row = np.zeros(1, PARAMETERS)
    row["contract"] = scales.contract_units
    row["tick"] = scales.price_units(instrument.price_step)
    row["lot"] = scales.size_units(instrument.size_step)
    row["min_size"] = scales.size_units(instrument.min_size)
    row["shorts"] = instrument.kind is not InstrumentKind.SPOT
    row["capital"] = _money("capital", parameters.capital, scales)
    row["min_notional"] = _money("min_notional", parameters.min_notional, scales)
    row["leverage"] = _ppm(parameters.leverage)
    row["latency"] = parameters.latency // _MICROSECOND
    row["mark_every"] = every.duration // _MICROSECOND
    row["mark_origin"] = to_us(every.origin)
    row["sizing"], row["amount"] = _encode_sizing(parameters.sizing, scales)
    _encode_rates(row, parameters)
    return row


def _encode_sizing(sizing: Sizing, scales: Scales) -> tuple[int, int]:
    match sizing:
        case QuoteAmount(amount=amount):
            return SizingRule.QUOTE_AMOUNT, _money("sizing.amount", amount, scales)
        case EquityFraction(fraction=fraction):
            return SizingRule.EQUITY_FRACTION, _ppm(fraction)
        case RiskPerTrade(fraction=fraction):
            return SizingRule.RISK_PER_TRADE, _ppm(fraction)


def _encode_rates(row: RowArray, parameters: AccountParameters) -> None:
    costs, exits, protections = parameters.costs, parameters.exits, parameters.protections
    row["maker_fee"], row["taker_fee"] = _ppm(costs.maker_fee), _ppm(costs.taker_fee)
    row["slippage"] = _ppm(costs.slippage_bps / 10_000)
    row["stop_loss"] = _ppm(exits.stop_loss)
    row["take_profit"] = _ppm(exits.take_profit)
    row["trailing_stop"] = _ppm(exits.trailing_stop)
    row["max_drawdown"] = _ppm(protections.max_drawdown)
    row["daily_loss"] = _ppm(protections.daily_loss)
    row["follows"] = exits.trailing_stop is not None or protections.max_drawdown is not None
    row["cool_down"] = protections.cool_down // _MICROSECOND


def _ppm(fraction: Decimal | None) -> int:
    return 0 if fraction is None else int(fraction * PPM)


def _money(field: str, amount: Decimal, scales: Scales) -> int:
    try:
        return to_units(field, amount, scales.money_decimals)
    except DoesNotFit as error:
        raise InvalidParameter(field, str(error)) from error
