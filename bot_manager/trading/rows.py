"""Rows of plain int64 columns: one annotated class gives names, units and the numpy type."""

# Compiled into the kernel: an edit here recompiles it.

from typing import Annotated, Any, Protocol, TypeVar, get_args, get_type_hints

import numpy as np
import numpy.typing as npt

Price = Annotated[int, "price"]
Size = Annotated[int, "size"]
Money = Annotated[int, "money"]
Exposure = Annotated[int, "exposure"]
"""Money per unit of price: size times contract, signed."""
Time = Annotated[int, "time"]
"""Microseconds since the epoch."""
Count = Annotated[int, "count"]
Ppm = Annotated[int, "ppm"]

RowArray = npt.NDArray[np.void]

Row = TypeVar("Row", covariant=True)


class Rows(Protocol[Row]):
    """A RowArray as typed for compiled code."""

    def __getitem__(self, index: int) -> Row: ...

    def __setitem__(self, index: int, row: Any) -> None: ...

    def __len__(self) -> int: ...


def row_type(layout: type) -> np.dtype[np.void]:
    """Return the numpy type of rows laid out like the annotations of `layout`."""
    return np.dtype([(name, np.int64) for name in layout.__annotations__])


def units_of(layout: type) -> dict[str, str]:
    """Return the unit of each column of `layout`."""
    hints: dict[str, Any] = get_type_hints(layout, include_extras=True)
    return {name: get_args(hint)[1] for name, hint in hints.items()}
