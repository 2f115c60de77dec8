"""Chart layouts in memory."""

from strategies.charts import ChartLayout
from strategies.charts.ports import ChartLayoutRepository
from strategies.errors import LayoutMissing, LayoutNameTaken
from tests.fakes.store import InMemoryStore


class InMemoryChartLayoutRepository(ChartLayoutRepository):
    """Layouts in a dictionary."""

    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    def all(self) -> list[ChartLayout]:
        self._store.require()
        return [layout for _, layout in sorted(self._store.layouts.items())]

    def save(self, layout: ChartLayout) -> None:
        self._store.require()
        self._store.layouts[layout.name] = layout

    def rename(self, name: str, new_name: str) -> None:
        self._store.require()
        layouts = self._store.layouts
        if name not in layouts:
            raise LayoutMissing(name)
        if new_name in layouts and new_name != name:
            raise LayoutNameTaken(new_name)
        layouts[new_name] = ChartLayout(name=new_name, indicators=layouts.pop(name).indicators)

    def delete(self, name: str) -> bool:
        self._store.require()
        return self._store.layouts.pop(name, None) is not None
