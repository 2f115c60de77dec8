"""The storage port of chart layouts. Implemented in `database`, and by a test fake.

Every method may raise RepositoryUnavailable (try again later) and RepositoryError (a bug).
"""

from abc import ABC, abstractmethod

from strategies.charts.layout import ChartLayout


class ChartLayoutRepository(ABC):
    """The layouts that users saved."""

    @abstractmethod
    def all(self) -> list[ChartLayout]:
        """Return every layout, by name."""

    @abstractmethod
    def save(self, layout: ChartLayout) -> None:
        """Insert a layout, or replace the one of its name."""

    @abstractmethod
    def rename(self, name: str, new_name: str) -> None:
        """Rename a layout. Raises LayoutMissing, LayoutNameTaken."""

    @abstractmethod
    def delete(self, name: str) -> bool:
        """Delete the layout of this name; return whether there was one."""
