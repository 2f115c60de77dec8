from decimal import Decimal

import msgspec
import numpy as np
import pytest

from data import Side
from data.market.seals import trade_lines
from database.table_copy import binary_record
from tests.builders import a_trade, at


def test_a_trade_becomes_a_line_of_tabbed_text() -> None:
    trade = msgspec.structs.replace(
        a_trade(7, price="100.50", size="0.00000001", at_s=1.5),
        exchange_time=at(1.470001),
        match_count=3,
        exchange_source=1,
        side=Side.SELL,
    )
    assert trade_lines([trade], 42) == (
        b"2025-01-06T00:00:01.500000Z\t7\t2025-01-06T00:00:01.470001Z\t42\t3\t-1\t1\t100.50\t1E-8\n"
    )


def test_a_line_per_trade() -> None:
    lines = trade_lines([a_trade(1), a_trade(2)], 1)
    assert lines.count(b"\n") == 2
    assert lines.endswith(b"\n")
    assert trade_lines([], 1) == b""


@pytest.mark.parametrize("price", ["1E+3", "1E-20", "0.10", "12345678901234567890.123456789"])
def test_a_price_is_written_exactly(price: str) -> None:
    written = trade_lines([a_trade(price=price)], 1).split(b"\t")[7]
    assert Decimal(written.decode()) == Decimal(price)


def test_a_binary_record_is_laid_out_as_postgresql_sends_it() -> None:
    record = binary_record({"time": ">i8", "flag": "?"})
    row = bytes.fromhex("00020000000800000000000000050000000101")
    (read,) = np.frombuffer(row, record)
    assert record.itemsize == len(row)
    assert (read["time"], read["flag"]) == (5, True)
