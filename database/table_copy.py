"""COPY, the fast bulk transfer to and from PostgreSQL: ADR 0187 has the figures."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt
from psycopg2.extensions import cursor as Cursor

TRADE_COLUMNS = (
    "time, trade_id, exchange_time, instrument_id, match_count, side, exchange_source, price, size"
)

_BLOCK_BYTES = 1 << 20
_BINARY_HEADER_BYTES = 19
_BINARY_TRAILER_BYTES = 2


def copy_trades_in(cursor: Cursor, table: str, lines: bytes) -> None:
    """Append lines of `trade_lines` to a table."""
    cursor.copy_expert(f"COPY {table} ({TRADE_COLUMNS}) FROM STDIN", BytesIO(lines), _BLOCK_BYTES)


def binary_record(columns: Mapping[str, str]) -> np.dtype[Any]:
    """Return the layout of one row of binary COPY, given each column's numpy type, by name.

    Only for columns of a fixed width that are never null. Each is preceded by its length.
    """
    fields: list[tuple[str, str]] = [("columns_in_row", ">i2")]
    for name, kind in columns.items():
        fields += [(f"{name}_bytes", ">i4"), (name, kind)]
    return np.dtype(fields)


def copy_out(cursor: Cursor, query: str | bytes, record: np.dtype[Any]) -> npt.NDArray[Any]:
    """Return the rows of a query as a structured array of `binary_record`."""
    text = query if isinstance(query, bytes) else query.encode()
    buffer = BytesIO()
    cursor.copy_expert(b"COPY (" + text + b") TO STDOUT (FORMAT binary)", buffer, _BLOCK_BYTES)
    body = memoryview(buffer.getbuffer())[_BINARY_HEADER_BYTES:-_BINARY_TRAILER_BYTES]
    return np.frombuffer(body, record)
