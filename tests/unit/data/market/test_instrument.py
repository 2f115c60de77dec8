from decimal import Decimal

import msgspec
import pytest

from data import InstrumentId
from data.errors import InvalidValue
from tests.builders import BTC, an_instrument


def test_a_name_is_written_and_read_as_exchange_colon_symbol():
    assert str(BTC) == "okx:BTC-USDT"
    assert InstrumentId.parse("okx:BTC-USDT") == BTC


def test_names_sort_by_exchange_and_then_by_symbol():
    names = [InstrumentId("okx", "A"), InstrumentId("kraken", "Z"), InstrumentId("kraken", "B")]
    assert [str(name) for name in sorted(names)] == ["kraken:B", "kraken:Z", "okx:A"]


@pytest.mark.parametrize("part", ["", " okx", "okx ", "o:kx", "ok\nx", "\x00"])
def test_a_name_must_be_plain_text_without_a_colon(part: str):
    with pytest.raises(InvalidValue, match="must be plain text"):
        InstrumentId(part, "BTC-USDT")
    with pytest.raises(InvalidValue, match="must be plain text"):
        InstrumentId("okx", part)


def test_a_text_without_a_colon_is_no_name_and_the_error_shows_one():
    with pytest.raises(InvalidValue, match="'BTC-USDT' must look like okx:BTC-USDT"):
        InstrumentId.parse("BTC-USDT")


@pytest.mark.parametrize("name", ["price_step", "size_step", "min_size"])
@pytest.mark.parametrize("value", ["0", "-1", "NaN", "Infinity"])
def test_steps_must_be_above_zero(name: str, value: str):
    with pytest.raises(InvalidValue, match=f"okx:BTC-USDT: {name} must be above 0"):
        msgspec.structs.replace(an_instrument(), **{name: Decimal(value)})


@pytest.mark.parametrize(
    ("symbol", "base", "quote"),
    [
        ("ETH-BTC", "ETH", "BTC"),
        ("BTC-USDT-SWAP", "BTC", "USDT"),
        ("BTC/EUR", "BTC", "EUR"),
        ("EURUSD", "EURUSD", ""),
    ],
)
def test_a_symbol_names_what_is_traded_for_what(symbol: str, base: str, quote: str) -> None:
    name = InstrumentId("case", symbol)
    assert (name.base, name.quote) == (base, quote)
