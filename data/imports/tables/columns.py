"""Map the columns of a file to fields, and check that every row has these columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from data.errors import InvalidValue
from utils.errors import ConfigError

OPTION = "--columns"
NONE = "-"


@dataclass(frozen=True, slots=True)
class Field:
    """A field that a row may hold, and the names that files commonly use for it."""

    name: str
    aliases: tuple[str, ...] = ()
    required: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """Return every name that is recognized without a mapping."""
        return (self.name, *self.aliases)


class RowShape:
    """What all rows of a file have in common: one width, and one symbol if the file has it.

    Several symbols would be mixed into one tape.
    """

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


def parse_mapping(text: str, fields: Sequence[Field]) -> dict[str, str]:
    """Parse `field=column,field=column`; a column is a name, or a number from 0.

    `-` for a column means that the file lacks the field, or that it must be ignored. Raises
    ConfigError.
    """
    known = [field.name for field in fields]
    mapping: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        field, equals, column = (part.strip() for part in pair.partition("="))
        if not equals or not column:
            raise ConfigError(OPTION, field=pair, problem="must look like price=px,size=sz")
        if field not in known:
            raise ConfigError(
                OPTION, field=field, problem=f"unknown; one of {', '.join(known)} is expected"
            )
        if field in mapping:
            raise ConfigError(OPTION, field=field, problem="is given twice")
        mapping[field] = column
    return mapping


def locate(
    fields: Sequence[Field], mapping: Mapping[str, str], header: Sequence[str] | None
) -> dict[str, int]:
    """Return the column number of each field, from 0. Raises ConfigError.

    Fields without a mapping are found by their own names in the header.
    """
    places: dict[str, int] = {}
    for field in fields:
        column = mapping.get(field.name)
        place = _find(field, header) if column is None else _resolve(field, column, header)
        if place is not None:
            places[field.name] = place
        elif field.required:
            raise ConfigError(OPTION, field=field.name, problem=_advice(field, header))
    _require_distinct(places)
    return places


def _find(field: Field, header: Sequence[str] | None) -> int | None:
    lowered = [name.strip().lower() for name in header or ()]
    found = [index for index, name in enumerate(lowered) if name in field.names]
    if len(found) > 1:
        both = " and ".join(repr(lowered[index]) for index in found)
        raise ConfigError(OPTION, field=field.name, problem=f"could be {both}: specify which")
    return found[0] if found else None


def _resolve(field: Field, column: str, header: Sequence[str] | None) -> int | None:
    if column == NONE:
        return None
    exact = [index for index, name in enumerate(header or ()) if name.strip() == column]
    if len(exact) == 1:
        return exact[0]
    if column.isascii() and column.isdigit():
        return int(column)
    problem = f"the file has no column {column!r}; it has {_shown(header)}"
    raise ConfigError(OPTION, field=field.name, problem=problem)


def _advice(field: Field, header: Sequence[str] | None) -> str:
    return f"specify it as {field.name}=COLUMN; the file has {_shown(header)}"


def _shown(header: Sequence[str] | None) -> str:
    return ", ".join(header) if header else "no header: use column numbers, from 0"


def _require_distinct(places: Mapping[str, int]) -> None:
    taken: dict[int, str] = {}
    for field, place in places.items():
        if place in taken:
            problem = f"reads the same column as {taken[place]}"
            raise ConfigError(OPTION, field=field, problem=problem)
        taken[place] = field
