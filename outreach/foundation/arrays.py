"""Many rows in one statement that is the same however many they are: each column as one array."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

Columns = Mapping[str, TypeEngine[Any]]


def unnested(columns: Columns) -> sa.TableValuedAlias:
    """Return a table of the rows that a statement is given as `as_arrays` makes them."""
    arrays = (sa.bindparam(_given(name), type_=sa.ARRAY(kind)) for name, kind in columns.items())
    named = (sa.column(name, kind) for name, kind in columns.items())
    return sa.func.unnest(*arrays).table_valued(*named, name="given").render_derived()


def as_arrays(rows: Sequence[Mapping[str, Any]], columns: Columns) -> dict[str, Any]:
    """Return the parameters of a statement with `unnested`: the columns of the rows, as lists."""
    return {_given(name): [row[name] for row in rows] for name in columns}


def _given(name: str) -> str:
    # A column's own name is SQLAlchemy's, in an INSERT.
    return f"given_{name}"
