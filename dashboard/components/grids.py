"""Columns of AG Grid tables; the modules in `web` write the values."""

from typing import Any

from dash.development.base_component import Component
from dash_ag_grid import AgGrid

Column = dict[str, Any]


def text(field: str, title: str, **more: Any) -> Column:
    """Return a column of text."""
    return {"field": field, "headerName": title, **more}


def link(field: str, title: str, path: str, **more: Any) -> Column:
    """Return a column of links to the pages below a path that the field names."""
    return {
        "field": field,
        "headerName": title,
        "cellRenderer": "TtLink",
        "cellRendererParams": {"path": path},
        **more,
    }


def number_column(
    field: str, title: str, function: str, *arguments: int | str, **more: Any
) -> Column:
    """Return a column of numbers, formatted by a function of the page's scripts.

    `arguments` follow the value: numbers, or expressions such as `params.data.currency`.
    """
    given = ", ".join(["params.value", *map(str, arguments)])
    return {
        "field": field,
        "headerName": title,
        "type": "rightAligned",
        "valueFormatter": {"function": f"{function}({given})"},
        **more,
    }


def money(field: str, title: str, *, signed: bool = False, **more: Any) -> Column:
    """Return a column of money in the quote currency that the field `currency` of a row names."""
    function = "ttProfit" if signed else "ttMoney"
    return number_column(field, title, function, "params.data.currency", **more)


def sign_colors() -> dict[str, Any]:
    """Return the classes of cells: good above 0, bad below."""
    return {"cellClassRules": {"up": "params.value > 0", "down": "params.value < 0"}}


def grid(id_: str, columns: list[Column], row_id: str, **options: Any) -> Component:
    """Return an empty table whose rows are identified by a field."""
    table: Component = AgGrid(
        id=id_,
        columnDefs=columns,
        rowData=[],
        getRowId=f"params.data.{row_id} + ''",
        defaultColDef={"sortable": True, "resizable": True, "suppressHeaderMenuButton": True},
        dashGridOptions={
            "rowHeight": 32,
            "headerHeight": 34,
            "animateRows": False,
            "suppressNoRowsOverlay": True,
            "suppressCellFocus": False,
            **options,
        },
        className="grid",
        style={"height": "100%", "width": "100%"},
    )
    return table
