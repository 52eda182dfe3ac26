"""The one database handle, the naming of constraints, and the column types all models share."""

from __future__ import annotations

import time
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, Engine, MetaData, Text, event
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import UserDefinedType

# Migrations and error handling refer to constraints by name, so no name is left to the database.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

Instant = DateTime(timezone=True)
TextList = ARRAY(Text)


class TransactionId(UserDefinedType[str]):
    """PostgreSQL's xid8: the transaction that last wrote a row, in an order that never wraps."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Return the type's name in DDL."""
        return "xid8"


# Known by name, so that comparing the schema with the models understands it.
ischema_names["xid8"] = TransactionId


class Model(DeclarativeBase):
    """What every table's class inherits."""

    metadata = MetaData(naming_convention=NAMING)


db = SQLAlchemy(
    model_class=Model,
    disable_autonaming=True,
    # Rows handed to a view after the commit are read, never written; loading them anew would
    # cost a query each.
    session_options={"expire_on_commit": False, "autoflush": True},
)


def ask_after_rest(engine: Engine, *, seconds: float = 1.0) -> None:
    """Ask a pooled connection that has rested so long whether it still stands, before it is used.

    A database that was restarted is so noticed before anything is built upon it, and nobody is
    told that it is away when it is back. A connection in steady use is not asked: that would cost
    every request a round trip.
    """

    def rest(_: Any, record: Any) -> None:
        record.info["rested_since"] = time.monotonic()

    def ask(connection: Any, record: Any, _: Any) -> None:
        since = record.info.get("rested_since")
        if since is None or time.monotonic() - since < seconds:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            # The pool answers this with a new connection.
            raise DisconnectionError from error

    event.listen(engine, "checkin", rest)
    event.listen(engine, "checkout", ask)


def close_connections(*, inherited: bool = False) -> None:
    """Close the pools' connections; forget them instead when another process is still using them.

    Needs the application's context. The pools open new ones when they are asked.
    """
    for engine in db.engines.values():
        engine.dispose(close=not inherited)
