"""Panels and placeholders that scripts fill."""

from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.components.elements import attributes


def button(id_: str, label: str, *, more: str = "", **properties: Any) -> Component:
    """Return a button; a script handles its clicks."""
    return html.Button(label, id=id_, type="button", className=f"text-button {more}", **properties)


def panel(title: str, *content: Component) -> Component:
    """Return a panel with a heading."""
    return html.Section([html.H2(title), *content], className="panel")


def placeholder(name: str, class_name: str = "") -> Component:
    """Return an element that a script finds by its name."""
    return html.Div(className=class_name, **attributes(data_slot=name))
