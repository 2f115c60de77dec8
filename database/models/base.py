"""The base class of all tables, and which tables are compared with it."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    LargeBinary,
    MetaData,
    Numeric,
    SmallInteger,
    Text,
    cast,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.types import UserDefinedType


class JsonText(UserDefinedType[str]):
    """JSONB that is written and read as text: the codec validates it, not the driver."""

    cache_ok = True
    comparator_factory = JSONB.Comparator
    astext_type = Text()

    def get_col_spec(self, **_: object) -> str:
        """Return the type's name in SQL."""
        return "JSONB"

    def column_expression(self, column: ColumnElement[str]) -> ColumnElement[str]:
        """Return the selected form of a column."""
        return cast(column, Text)


Instant = Annotated[datetime, mapped_column(DateTime(timezone=True))]
Exact = Annotated[Decimal, mapped_column(Numeric)]
Big = Annotated[int, mapped_column(BigInteger)]
Small = Annotated[int, mapped_column(SmallInteger)]
Str = Annotated[str, mapped_column(Text)]
Json = Annotated[str, mapped_column(JsonText)]
Bytes = Annotated[bytes, mapped_column(LargeBinary)]


class Base(DeclarativeBase):
    """The base of all rows, private to the package `database`."""

    metadata: ClassVar[MetaData] = MetaData(
        naming_convention={
            "pk": "%(table_name)s_pkey",
            "uq": "%(table_name)s_%(column_0_N_name)s_key",
            "ix": "%(table_name)s_%(column_0_N_name)s_idx",
            "ck": "%(table_name)s_%(constraint_name)s_check",
            "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        }
    )


def only_ours(_object: Any, name: str | None, kind: str, _reflected: bool, _model: Any) -> bool:
    """Leave tables of extensions out of comparisons: Alembic's `include_object`."""
    return kind != "table" or name in Base.metadata.tables
