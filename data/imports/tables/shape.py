"""What all rows of a file must have in common."""

from collections.abc import Mapping, Sequence

from data.errors import InvalidValue


class RowShape:
    """One width, and one symbol if the file has it: several would be mixed into one tape."""

    def __init__(self, header: Sequence[str] | None, places: Mapping[str, int]) -> None:
        self._width = len(header) if header is not None else None
        self._needed = max(places.values()) + 1
        self._symbol_place = places.get("symbol")
        self._symbol: str | None = None

    def check(self, cells: Sequence[str]) -> None:
        """Refuse a row that differs from the others. Raises InvalidValue."""
        if self._width is None:
            self._width = len(cells)
        if len(cells) != self._width or len(cells) < self._needed:
            expected = max(self._width, self._needed)
            raise InvalidValue(f"has {len(cells)} cells, {expected} expected")
        if self._symbol_place is not None:
            self._check_symbol(cells[self._symbol_place])

    def _check_symbol(self, symbol: str) -> None:
        if self._symbol is None:
            self._symbol = symbol
        if symbol != self._symbol:
            raise InvalidValue(f"symbol {symbol!r} differs from the first row's, {self._symbol!r}")
