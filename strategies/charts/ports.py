"""What charts need of a store. Implemented above, in `database`, and by a test fake.

Every method may raise RepositoryUnavailable (try again later) and RepositoryError (our fault).
"""

from abc import ABC, abstractmethod

from strategies.charts.layout import ChartLayout


class ChartLayoutRepository(ABC):
    """The layouts that people saved."""

    @abstractmethod
    def all(self) -> list[ChartLayout]:
        """Return every layout, by name."""

    @abstractmethod
    def save(self, layout: ChartLayout) -> None:
        """Insert a layout, or replace the one of its name."""

    @abstractmethod
    def rename(self, name: str, new_name: str) -> None:
        """Give a layout another name. Raises LayoutMissing, LayoutNameTaken."""

    @abstractmethod
    def delete(self, name: str) -> None:
        """Forget a layout, if there is one of this name."""
