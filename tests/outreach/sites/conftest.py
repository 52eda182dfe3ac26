"""The administrator, and code lists that are put back after a test has changed them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from outreach.sites.models import Code, Site, SiteActivity
from tests.builders import Visitor

SignIn = Callable[..., Visitor]
_TABLES = (SiteActivity.__table__, Site.__table__, Code.__table__)


@pytest.fixture
def administrator(signed_in: SignIn, _lists_put_back: None) -> Visitor:
    """The administrator's browser."""
    return signed_in(role="administrator", sites=(), committee=None)


@pytest.fixture
def _lists_put_back(app: Flask, owner: sa.Engine) -> Iterator[None]:
    assert app
    with owner.connect() as connection:
        kept = {
            table: [dict(row) for row in connection.execute(sa.select(table)).mappings()]
            for table in _TABLES
        }
    yield
    with owner.begin() as connection:
        # The rows of contacts point at sites; they are emptied only after this.
        connection.execute(sa.text("SET CONSTRAINTS ALL DEFERRED"))
        connection.execute(sa.text("TRUNCATE contact CASCADE"))
        for table in _TABLES:
            connection.execute(sa.delete(table))  # type: ignore[arg-type]
        for table in reversed(_TABLES):
            connection.execute(sa.insert(table), kept[table])
