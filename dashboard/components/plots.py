"""Result plots: `dcc.Graph` with a figure of `dashboard/figures`, in the colours of the page.

A callback writes figures into the plot's store; a function of the browser draws the chosen one with
the colours of the scheme, again when the scheme changes, and keeps the zoom while the figure's
`uirevision` stays the same.
"""

from dash import ClientsideFunction, Dash, Input, Output, dcc, html
from dash.development.base_component import Component

from dashboard import ids
from dashboard.figures.style import Figure, empty_figure

Figures = dict[str, Figure]
"""The figures of one plot by the values of its choice; a plot without a choice has one figure."""

_STORE = "-figures"


def plot(id_: str, height: int) -> Component:
    """Return an empty plot of this height in px; its figures give other heights."""
    return html.Div(
        [
            dcc.Store(id=figures_of(id_)),
            dcc.Graph(
                id=id_,
                figure=empty_figure(height),
                config={"displayModeBar": False, "responsive": True},
                style={"minHeight": height},
            ),
        ]
    )


def figures_of(id_: str) -> str:
    """Return the id of the store whose `data` a callback writes: the `Figures` of a plot."""
    return f"{id_}{_STORE}"


def connect_plot(app: Dash, id_: str, choice: str | None = None) -> None:
    """Draw the figures of a plot; `choice` is the id of the control whose value names one."""
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("figures", "draw"),
        Output(id_, "figure"),
        Input(figures_of(id_), "data"),
        Input(ids.SHOWN_SCHEME, "data"),
        *([Input(choice, "value")] if choice else []),
        prevent_initial_call=True,
    )


def figures(view: str, **by_choice: Figure) -> Figures:
    """Return the figures of a plot by the values of its choice.

    The zoom of each is kept as long as `view`, such as the page's query, stays the same.
    """
    return {name: _of_view(figure, f"{view} {name}") for name, figure in by_choice.items()}


def _of_view(figure: Figure, view: str) -> Figure:
    return {**figure, "layout": {**figure["layout"], "uirevision": view}}
