"""Named layouts of the price chart, in PostgreSQL."""

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from data.errors import RepositoryError
from database.engine import Database
from database.models import ChartLayoutRow
from database.repositories.rows import change
from strategies.charts import ChartIndicator, ChartLayout
from strategies.charts.ports import ChartLayoutRepository
from strategies.errors import LayoutMissing, LayoutNameTaken
from utils.codec import CodecError, decode, encode


class SqlChartLayoutRepository(ChartLayoutRepository):
    """The table `chart_layout`: one row per layout, its indicators in serialized form."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[ChartLayout]:
        operation = "reading the chart layouts"
        statement = select(ChartLayoutRow.name, ChartLayoutRow.indicators)
        with self._database.session(operation) as session:
            rows = session.execute(statement).all()
        try:
            layouts = [
                ChartLayout(name=name, indicators=decode(tuple[ChartIndicator, ...], indicators))
                for name, indicators in rows
            ]
        except CodecError as error:
            raise RepositoryError(f"{operation}: one is of another version") from error
        return sorted(layouts, key=lambda layout: layout.name)

    def save(self, layout: ChartLayout) -> None:
        statement = insert(ChartLayoutRow).values(
            name=layout.name, indicators=encode(layout.indicators).decode()
        )
        statement = statement.on_conflict_do_update(
            index_elements=["name"], set_={"indicators": statement.excluded.indicators}
        )
        with self._database.session(f"saving the chart layout {layout.name!r}") as session:
            session.execute(statement)

    def rename(self, name: str, new_name: str) -> None:
        with self._database.session(f"renaming the chart layout {name!r}") as session:
            found = select(ChartLayoutRow.name).where(ChartLayoutRow.name.in_([name, new_name]))
            names = set(session.scalars(found.with_for_update()))
            if name not in names:
                raise LayoutMissing(name)
            if new_name in names and new_name != name:
                raise LayoutNameTaken(new_name)
            renaming = update(ChartLayoutRow).where(ChartLayoutRow.name == name)
            session.execute(renaming.values(name=new_name))

    def delete(self, name: str) -> bool:
        statement = delete(ChartLayoutRow).where(ChartLayoutRow.name == name)
        with self._database.session(f"deleting the chart layout {name!r}") as session:
            return change(session, statement) > 0
