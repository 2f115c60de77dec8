"""Conversion of decimals to integer units."""

from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import numpy as np
import pytest

from bot_manager.errors import DoesNotFit, UnsupportedInstrument
from bot_manager.trading.units import Scales, column_units, decimals_of, from_us, to_units, to_us
from data import InstrumentKind
from tests.builders import an_instrument
from tests.unit.bot_manager.kernel_builders import SWAP

BTC_SCALES = Scales.of(an_instrument())


def test_money_has_the_decimals_of_a_price_times_a_size() -> None:
    assert (BTC_SCALES.price_decimals, BTC_SCALES.size_decimals) == (1, 8)
    assert BTC_SCALES.money_decimals == 9


def test_contracts_add_the_decimals_of_their_value() -> None:
    scales = Scales.of(msgspec.structs.replace(SWAP, contract_value=Decimal("0.010")))
    assert (scales.contract_decimals, scales.contract_units, scales.money_decimals) == (2, 1, 5)
    assert scales.contract == Decimal("0.01")
    thousand = Scales.of(msgspec.structs.replace(SWAP, contract_value=Decimal(1000)))
    assert (thousand.contract_decimals, thousand.contract_units) == (0, 1000)


def test_the_finer_of_instrument_and_data_counts() -> None:
    scales = Scales.of(an_instrument(), price_decimals=3, size_decimals=2)
    assert (scales.price_decimals, scales.size_decimals) == (3, 8)


def test_a_minimum_size_finer_than_its_step_counts_too() -> None:
    odd = msgspec.structs.replace(SWAP, min_size=Decimal("0.005"))
    assert Scales.of(odd).size_decimals == 3


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"inverse": True}, "inverse swap contracts are not supported"),
        ({"kind": InstrumentKind.FUTURES}, "futures contracts are not supported"),
        ({"kind": InstrumentKind.OPTION}, "option contracts are not supported"),
        ({"contract_value": None}, "the contract value is None"),
        ({"contract_value": Decimal(0)}, "the contract value is 0"),
    ],
)
def test_what_the_kernel_cannot_account_for_is_refused(
    changes: dict[str, object], message: str
) -> None:
    with pytest.raises(UnsupportedInstrument, match=message):
        Scales.of(msgspec.structs.replace(SWAP, **changes))


def test_values_go_in_and_out_unchanged() -> None:
    assert BTC_SCALES.price_units(Decimal("97123.4")) == 971234
    assert BTC_SCALES.price(971234) == Decimal("97123.4")
    assert BTC_SCALES.size_units(Decimal("1E-8")) == 1
    assert BTC_SCALES.size(1) == Decimal("0.00000001")
    assert BTC_SCALES.money_units(Decimal("-0.000000001")) == -1
    assert BTC_SCALES.money(-1) == Decimal("-0.000000001")


def test_a_print_finer_than_the_scales_is_refused_not_rounded() -> None:
    with pytest.raises(DoesNotFit, match=r"price 100\.05: the account has 1 decimals"):
        BTC_SCALES.price_units(Decimal("100.05"))


def test_trailing_zeros_are_no_decimals() -> None:
    assert decimals_of(Decimal("100.0500")) == 2
    assert decimals_of(Decimal("1E+3")) == 0
    assert BTC_SCALES.price_units(Decimal("100.100")) == 1001


def test_what_is_too_large_is_refused() -> None:
    with pytest.raises(DoesNotFit, match="must be below"):
        to_units("amount", Decimal(2**62), 0)
    assert to_units("amount", Decimal(2**62 - 1), 0) == 2**62 - 1


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_refused(value: str) -> None:
    with pytest.raises(DoesNotFit, match="must be a finite number"):
        to_units("price", Decimal(value), 2)


def test_columns_of_floats_are_the_decimals_they_were_read_from() -> None:
    texts = ["0.1", "0.3", "97123.4", "1.1", "2.2", "4.35", "0.0"]
    units = column_units("open", np.array([float(text) for text in texts]), 2)
    assert units.tolist() == [int(Decimal(text) * 100) for text in texts]
    assert units.dtype == np.int64


@pytest.mark.parametrize("value", [0.125, float("nan"), float("inf"), 1e15, 0.1 + 0.2])
def test_a_column_that_does_not_fit_names_the_value(value: float) -> None:
    with pytest.raises(DoesNotFit, match="close"):
        column_units("close", np.array([1.0, value]), 2)


def test_times_are_microseconds_since_the_epoch() -> None:
    time = datetime(2025, 1, 6, 1, 2, 3, 456789, tzinfo=UTC)
    assert from_us(to_us(time)) == time
    assert to_us(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)) == 1_000_000
