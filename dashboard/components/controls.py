"""The grid of a page, and controls that several pages have."""

from collections.abc import Mapping

import dash_bootstrap_components as dbc
import dash_mantine_components as dmc
from dash.development.base_component import Component

from dashboard.components.elements import attributes


def page_grid(*columns: Component) -> Component:
    """Return columns, `dbc.Col`, that stand beside each other where the screen is wide enough."""
    grid: Component = dbc.Container(dbc.Row(list(columns)), fluid=True, className="page-grid")
    return grid


def choice(id_: str, label: str, choices: Mapping[str, str]) -> Component:
    """Return a control of which one part is chosen; `choices` are texts by the `value`."""
    control: Component = dmc.SegmentedControl(
        id=id_,
        data=[{"value": value, "label": text} for value, text in choices.items()],
        size="xs",
        className="choice",
        **attributes(aria_label=label),
    )
    return control
