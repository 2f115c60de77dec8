"""Statements over many rows: an array per column as parameters.

Values in the statement itself would be planned one by one, which costs more than storing them, and
change its text with their number.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Select,
    TableValuedAlias,
    UpdateBase,
    any_,
    bindparam,
    cast,
    column,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, Insert, insert
from sqlalchemy.orm import InstrumentedAttribute, Session

Column = InstrumentedAttribute[Any] | ColumnElement[Any]
Rows = Select[*tuple[Any, ...]]
"""A query whose columns are not in its type."""


def given_rows(*columns: Column, name: str = "given") -> TableValuedAlias:
    """Return a table with the names and types of `columns`; `as_parameters` are its rows."""
    arrays = [cast(bindparam(f"all_{each.key}"), ARRAY(each.type)) for each in columns]
    names = [column(str(each.key), each.type) for each in columns]
    return func.unnest(*arrays).table_valued(*names).render_derived(name=name)


def among(column: Column, parameter: str) -> ColumnElement[bool]:
    """Return the condition that a column equals a value of an array, which is a parameter."""
    return column == any_(cast(bindparam(parameter), ARRAY(column.type)))


def insert_given(*columns: InstrumentedAttribute[Any]) -> Insert:
    """Return an INSERT of rows into `columns` of one table; `as_parameters` are its rows."""
    return insert_selected(columns, select(given_rows(*columns)))


def insert_selected(columns: Sequence[InstrumentedAttribute[Any]], rows: Rows) -> Insert:
    """Return an INSERT of what a query selects into `columns` of one table."""
    statement = insert(columns[0].class_).from_select(list(columns), rows)
    # By default a session takes parameters as one entity's values.
    return statement.execution_options(dml_strategy="raw")


def as_parameters(
    columns: Iterable[Column], rows: Iterable[Sequence[object]]
) -> dict[str, list[object]]:
    """Return rows, each with a value for each of `columns`, as parameters of `given_rows`."""
    names = [f"all_{each.key}" for each in columns]
    values = list(rows)
    arrays = zip(*values, strict=True) if values else ((),) * len(names)
    return {name: list(array) for name, array in zip(names, arrays, strict=True)}


def change(
    session: Session, statement: UpdateBase, parameters: Mapping[str, object] | None = None
) -> int:
    """Execute an INSERT, UPDATE or DELETE; return how many rows it changed."""
    # No entity is loaded that would have to follow the change.
    options = {"synchronize_session": False}
    result = session.execute(statement, parameters, execution_options=options)
    assert isinstance(result, CursorResult)
    return result.rowcount
