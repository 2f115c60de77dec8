"""A page of the site: its path, its layout, and its callbacks."""

from collections.abc import Callable
from dataclasses import dataclass

from dash import Dash
from dash.development.base_component import Component

from dashboard.live.hub import LiveHub
from dashboard.services import DashboardServices


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """`layout` builds a fresh copy; `register` adds the page's callbacks to the app, once.

    A path that ends in `/` is that of all pages below it. A page that is not `listed` is not in the
    navigation.
    """

    path: str
    title: str
    icon: str
    layout: Callable[[], Component]
    register: Callable[[Dash, DashboardServices, LiveHub], None]
    listed: bool = True

    def serves(self, path: str | None) -> bool:
        """Return whether this is the page of a path."""
        is_below = self.path.endswith("/") and self.path != "/" and len(path or "") > len(self.path)
        return path == self.path or (is_below and (path or "").startswith(self.path))
