"""Controls whose values are in the address: back works, and a link shows what its sender saw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode

from dash import Dash, Input, Output, State, ctx, no_update

Query = dict[str, str]
"""The values of a page's address by name, defaults included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressField:
    """One value of the address, with its default, and the control that shows and changes it.

    Without a control only links change it. `prop` of the control is `value`, a text, or `checked`,
    which is "1" or "" in the address. A field with `is_read` False only changes what is shown of
    values that were read.
    """

    name: str
    default: str = ""
    control: str = ""
    prop: str = "value"
    is_read: bool = True

    def text_of(self, value: Any) -> str:
        """Return the value of the control as it is in the address."""
        if self.prop == "checked":
            return "1" if value else ""
        return str(value or "").strip()

    def value_of(self, text: str) -> Any:
        """Return a value of the address as the control has it."""
        return text == "1" if self.prop == "checked" else text


def query_of(search: str | None, fields: Sequence[AddressField]) -> Query:
    """Return the values of an address's search text; unknown names are dropped."""
    given = parse_qs((search or "").removeprefix("?"))
    return {field.name: given.get(field.name, [field.default])[0] for field in fields}


def search_of(query: Mapping[str, str], fields: Sequence[AddressField]) -> str:
    """Return the search text of values; defaults are left out."""
    named = {f.name: query[f.name] for f in fields if query[f.name] != f.default}
    return f"?{urlencode(named)}" if named else ""


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to change after the address or a control did; None: nothing, as in `values`."""

    search: str | None
    read: Query | None
    values: list[Any]


def changes_of(
    fields: Sequence[AddressField],
    search: str | None,
    values: Sequence[Any],
    known: Query | None,
    *,
    by_control: bool,
) -> Changes:
    """Return what makes address, controls and the query that was read equal.

    `values` are those of the controls of `fields`; `by_control`: one of these was changed, else the
    address.
    """
    controls = [field for field in fields if field.control]
    desired = query_of(search, fields)
    if by_control:
        desired |= {f.name: f.text_of(value) for f, value in zip(controls, values, strict=True)}
    read = {field.name: desired[field.name] for field in fields if field.is_read}
    shown = [field.value_of(desired[field.name]) for field in controls]
    return Changes(
        None if desired == query_of(search, fields) else search_of(desired, fields),
        None if read == known else read,
        [None if now == new else new for now, new in zip(values, shown, strict=True)],
    )


def connect_address(app: Dash, location: str, query: str, fields: Sequence[AddressField]) -> None:
    """Keep a `dcc.Location`, the controls, and the store `query` with what is read equal."""
    controls = [field for field in fields if field.control]

    @app.callback(
        output={
            "search": Output(location, "search"),
            "read": Output(query, "data"),
            "values": [Output(field.control, field.prop) for field in controls],
        },
        inputs={
            "search": Input(location, "search"),
            "values": [Input(field.control, field.prop) for field in controls],
        },
        state={"known": State(query, "data")},
    )
    async def keep_equal(
        search: str | None, values: list[Any], known: Query | None
    ) -> dict[str, Any]:
        by_control = ctx.triggered_id not in (None, location)
        changes = changes_of(fields, search, values, known, by_control=by_control)
        return {
            "search": _update(changes.search),
            "read": _update(changes.read),
            "values": [_update(value) for value in changes.values],
        }


def _update(value: Any) -> Any:
    return no_update if value is None else value
