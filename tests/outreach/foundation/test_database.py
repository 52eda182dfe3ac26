"""The pools of connections, and what they notice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from outreach.foundation.database import ask_after_rest


@pytest.fixture
def engine(app: Flask) -> Iterator[sa.Engine]:
    made = sa.create_engine(app.config["SQLALCHEMY_DATABASE_URI"], pool_size=1)
    yield made
    made.dispose()


def _rest_a_connection_and_cut_it(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        pid = connection.scalar(sa.text("SELECT pg_backend_pid()"))
    apart = sa.create_engine(engine.url, poolclass=sa.NullPool)
    with apart.connect() as connection:
        connection.execute(sa.text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})


def test_a_rested_connection_that_was_cut_is_replaced_before_it_is_used(engine: sa.Engine) -> None:
    ask_after_rest(engine, seconds=0)
    _rest_a_connection_and_cut_it(engine)

    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT 1")) == 1


def test_a_connection_in_steady_use_is_not_asked(engine: sa.Engine) -> None:
    ask_after_rest(engine, seconds=3600)
    _rest_a_connection_and_cut_it(engine)

    with engine.connect() as connection, pytest.raises(sa.exc.OperationalError):
        connection.scalar(sa.text("SELECT 1"))
